"""Two worlds that differ by what a person may not see answer that person the same."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from search.engines.base import Facet, Period, Selection, Sort, Write
from search.planning import plan
from search.query import parse, word

from .shelf import NOW, TODAY, document, fill, find, suggested

VISIBLE = (1, 2, 3)
HIDDEN = 99
WORDS = (
    "budget", "cantine", "école", "délibération", "marché", "voirie", "règlement", "subvention",
    "médiathèque", "agent", "congé", "maladie", "convention", "port", "eau", "assainissement",
    "permis", "construire", "élection", "arrêté",
)  # fmt: skip
CANARIES = ("zqxvhk", "budgez", "cantime", "délibérazion")
QUERIES = (
    "budget",
    "budget cantine école",
    "budgez",
    "cantime",
    "zqxvhk",
    "délibérazion marché",
    '"marché voirie"',
    "marché -voirie",
    "médiatèque",
    "rèlgement subvention",
    "agent congé maladie convention port eau",
    "bud",
    "le la les",
)


def texts(chance, pk, scope, more=""):
    body = " ".join(chance.choices(WORDS, k=chance.randint(5, 120)))
    return document(
        pk,
        " ".join(chance.choices(WORDS, k=chance.randint(1, 6))),
        f"{body} {more}",
        scope_id=scope,
        service_id=chance.randint(1, 4),
        kind=chance.choice(["paper", "note"]),
        language=chance.choice(["fr", "en"]),
        date=NOW - timedelta(days=chance.randint(0, 900)),
    )


def visible_documents():
    chance = random.Random(1)
    return [texts(chance, f"v{n}", chance.choice(VISIBLE)) for n in range(120)]


def hidden_documents(count):
    chance = random.Random(2)
    crowd = [f"budg{a}{b}" for a in "abcdefgh" for b in "stuvwxyz"]
    return [
        texts(chance, f"h{n}", HIDDEN, " ".join([*CANARIES, *chance.choices(crowd, k=8)]))
        for n in range(count)
    ]


def everything_shown(engine):
    """All that a person who sees VISIBLE can get out of the engine."""
    shown = []
    for raw in QUERIES:
        for selection in (
            Selection(),
            Selection(kinds=("note",)),
            Selection(services=(1, 2), period=Period.YEAR),
        ):
            for sort in Sort:
                for every_word in (False, True):
                    options = {"selection": selection, "sort": sort, "every_word": every_word}
                    made = plan(
                        engine, parse(raw), scopes=VISIBLE, today=TODAY, limit=40, **options
                    )
                    found = engine.search(made.search)
                    shown.append((raw, made.corrected, found))
        shown.append((raw, suggested(engine, raw.strip('"'), VISIBLE, 20)))
    for each in (*WORDS, *CANARIES, "bu", "a"):
        shown.append((each, suggested(engine, each[:4], VISIBLE, 20)))
        shown.append((each, engine.similar(word(each), VISIBLE, 2)))
        shown.append((each, engine.frequencies([word(each)], VISIBLE)))
    return shown


def test_hidden_documents_change_nothing_that_is_shown(engine):
    name = fill(engine, *visible_documents())
    without = everything_shown(engine)
    assert any(part[2].total for part in without if len(part) == 3)

    hidden = hidden_documents(150)
    for start in range(0, len(hidden), 40):
        fill(engine, *hidden[start : start + 40])
    assert find(engine, "zqxvhk", (HIDDEN,)).total == 150
    assert everything_shown(engine) == without

    engine.write(name, [Write(each.key, 2, None) for each in hidden[:100]])
    engine.refresh(name)
    assert everything_shown(engine) == without


def test_one_hidden_canary_changes_nothing_whatever_the_order_of_writing(engine):
    documents = visible_documents()
    fill(engine, *documents)
    without = everything_shown(engine)
    canary = hidden_documents(1)
    random.Random(3).shuffle(documents)
    fill(engine, *documents[:60], version=2)
    fill(engine, *canary, version=2)
    fill(engine, *documents[60:], version=2)
    assert everything_shown(engine) == without


@pytest.mark.parametrize("raw", QUERIES)
def test_each_query_counts_only_what_is_visible(engine, raw):
    documents = visible_documents()
    fill(engine, *documents, *hidden_documents(30))
    found = find(engine, raw, VISIBLE, limit=200)
    mine = {each.pk for each in documents}
    assert {hit.pk for hit in found.hits} <= mine
    assert found.total == len(found.hits)
    for facet in (Facet.KIND, Facet.SERVICE, Facet.LANGUAGE):
        assert sum(bucket.count for bucket in found.facets[facet]) == found.total
    assert find(engine, raw, (4, 5)).total == 0
    assert find(engine, raw, (4, 5)).facets[Facet.KIND] == ()
