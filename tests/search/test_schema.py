"""What follows from the weights: both engines count the same whole numbers, or nothing starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from search import schema
from search.extraction.sandbox.client import ROOT

TITLE = "weight=2.0"

# A page of weights other than ours, in a process of its own: engines read it at import.
PRELUDE = f"""
import sys, types
from pathlib import Path
import search
code = Path({schema.__file__!r}).read_text().replace({TITLE!r}, sys.argv[1])
schema = types.ModuleType("search.schema")
sys.modules["search.schema"] = search.schema = schema
exec(compile(code, "schema.py", "exec"), schema.__dict__)
"""

BOTH = """
from datetime import UTC, datetime
from search.engines.base import Weighted
from search.engines.elasticsearch import queries
from search.engines.tantivy import documents
from search.query import Word
from search.terms import terms_of

word = "budget"
document = schema.SearchDocument("note", "1", 1, title=(word + " ") * 150, url="/",
    summary=(word + " ") * 1400, body=(word + " ") * 200_000, date=datetime.now(UTC))
found = documents._impacts(terms_of(document), "fr")
[impact] = [impact for impact, words in found.items() if "=" + word in words]
exact = sum(
    each.weight * schema.saturation(len(found.words), len(found.words), each)
    for each in schema.TEXT_FIELDS for found in [terms_of(document)[each.name]]
)
assert impact == round(schema.STEPS * exact), (impact, exact)
assert impact < 2 ** len(documents.IMPACTS)
boosts = [each.to_dict()["term"] for each in queries.scored(Weighted(Word(word, word), 1))]
exactly = {name: clause["boost"] for each in boosts for name, clause in each.items()}
weights = {each.name: exactly[each.name + "_words"] for each in schema.TEXT_FIELDS}
print({name: weight / schema.WEIGHT_PARTS for name, weight in weights.items()})
"""


def weighed(title: str, code: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PRELUDE + code, title],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "config.settings.test"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("weight", [2.0, 2.5, 3.0])
def test_both_engines_hold_the_weights(weight):
    done = weighed(f"{weight=}", BOTH)
    assert done.stdout.strip() == str({"title": weight, "summary": 0.5, "body": 1.0}), done.stderr


@pytest.mark.parametrize(
    ("weight", "why"),
    [
        (2.25, "counted in parts of 1/4"),
        (0.3, "counted in parts of 1/18014398509481984"),
        (4.0, "make scores of up to 17392464"),
        (0.0, "needs a weight"),
    ],
)
def test_weights_that_an_engine_cannot_hold_are_refused_at_import(weight, why):
    done = weighed(f"{weight=}")
    assert done.returncode == 1
    assert why in done.stderr.splitlines()[-1]


def test_the_page_of_weights_is_the_one_that_was_changed():
    assert TITLE in Path(schema.__file__).read_text(encoding="utf-8")
    assert schema.WEIGHT_PARTS == 2
    assert schema.TOP_IMPACT == 127
