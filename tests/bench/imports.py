"""Bringing in a file share: seconds, files per second, how many gave text, and are they found.

The floor is what no import can do without: each file read, hashed and written elsewhere, each
batch of them made durable.
"""

from __future__ import annotations

import ctypes
import gzip
import hashlib
import io
import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.core.management import call_command
from django.http import QueryDict

from directory import consumers
from directory.models import Role, User
from documents import rereading
from documents.extraction import TextExtraction
from documents.models import Extraction, Kind, Node, Space, Version
from search import parameters, searching, text
from tests.directory.factories import make_person, make_service
from tests.documents.factories import make_space

from .measuring import wall_seconds
from .report import Report, shared

BATCH = 100
TRIALS = 20
WORD = re.compile(r"\b[a-zàâçéèêëîïôùûü]{8,20}\b")


def run(report: Report) -> None:
    """Import 4,000 texts, then the real files that lie beside the project."""
    service = make_service("archives")
    reader = make_person("ada.archivist", service=service, role=Role.CONTRIBUTOR)
    texts = settings.DATA.parent / "texts"
    _write_texts(report, texts, report.size(4000, small=12))
    _import(report, texts, make_space(service, "texts"), reader)
    real = shared("files", "tika")
    if real is None:
        report.note("shared/data/files/tika is not beside the project: no real files.")
        return
    if report.small:
        real = _some(real, settings.DATA.parent / "some", 6)
    _import(report, real, make_space(service, "files"), reader)


def _import(report: Report, source: Path, space: Space, reader: User) -> None:
    files = [path for path in source.rglob("*") if path.is_file()]
    report.note(f"{source.name}: {len(files):,} files")
    floor = wall_seconds(lambda: _copy(files, settings.DATA / f"floor-{space.slug}"))
    for consumer in consumers.registered():  # what came before is not this import's
        consumers.drain(consumer.name)
    told = io.StringIO()
    taken = wall_seconds(
        lambda: call_command("import_tree", str(source), space=space.slug, stdout=told)
    )
    rate = f"{len(files) / taken:,.0f} files/s"
    report.line("import_tree", taken, "s", floor=floor, more=rate)
    documents = Node.objects.filter(space=space, kind=Kind.DOCUMENT)
    report.held("files that are documents now", documents.count(), len(files))
    total = taken
    for consumer in sorted(consumers.registered(), key=_readers_first):
        seconds = wall_seconds(lambda name=consumer.name: _drain(name))
        total += seconds
        if seconds > 0.2:
            report.line(
                f"then {consumer.name}", seconds, "s", more=f"{len(files) / seconds:,.0f}/s"
            )
    report.line("until all can be found", total, "s", more=f"{len(files) / total:,.0f} files/s")
    contents = Version.objects.filter(node__space=space).values("blob_id")
    found = Extraction.objects.filter(pk__in=contents)
    statuses = Counter(found.values_list("status", flat=True))
    with_text = found.filter(text_length__gt=0).count()
    names = ", ".join(f"{status} {number}" for status, number in statuses.most_common())
    report.line("contents that gave text", with_text, f"of {found.count():,}", more=names)
    _look_for(report, space, reader)


def _drain(name: str) -> None:
    """Have a consumer do what it does, and after it the reader what was put off for others."""
    consumers.drain(name)
    if name == TextExtraction.name:
        while rereading.read_again():
            pass


def _readers_first(consumer: consumers.Consumer) -> tuple[bool, str]:
    """The index comes last: what is read of a document is news to it."""
    return consumer.name.startswith("search"), consumer.name


def _look_for(report: Report, space: Space, reader: User) -> None:
    """Search words from inside documents chosen at random; each must find its document."""
    words = _telling_words(space)
    chosen = random.Random(3).sample(sorted(words), min(TRIALS, len(words)))
    good = 0
    for name in chosen:
        asked = parameters.read(QueryDict(urlencode({"q": words[name]})))
        shown = searching.search(reader, asked).shown
        if any(each.hit.title == name for each in shown):
            good += 1
        else:
            report.note(f"“{words[name]}” did not find {name}")
    report.held("words from inside that find their file", good, len(chosen))


def _telling_words(space: Space) -> dict[str, str]:
    """Return, by name of document, a word of its text that no other text holds in any form."""
    seen: Counter[str] = Counter()
    held: dict[str, dict[str, set[str]]] = {}
    documents = Node.objects.filter(
        kind=Kind.DOCUMENT, current_version__blob__extraction__text_length__gt=0
    ).select_related("current_version__blob__extraction")
    for node in documents.iterator(200):
        words = set(WORD.findall(node.current_version.blob.extraction.text.lower()))
        forms = {word: _forms(word) for word in words}
        seen.update(set().union(*forms.values()))
        if node.space_id == space.pk:
            held[node.name] = forms
    only = {
        name: sorted(word for word, its in forms.items() if all(seen[form] == 1 for form in its))
        for name, forms in held.items()
    }
    return {name: words[len(words) // 2] for name, words in only.items() if words}


@cache
def _forms(word: str) -> set[str]:
    """Return what a word is searched as."""
    exact = text.fold(word)
    return {exact, text.stem(exact, "fr"), text.stem(exact, "en")}


def _copy(files: list[Path], target: Path) -> None:
    """Read, hash and write each file; make each batch durable."""
    libc = ctypes.CDLL(None, use_errno=True)
    target.mkdir(parents=True)
    folder = os.open(target, os.O_RDONLY | os.O_DIRECTORY)
    pending = iter(files)
    while batch := list(islice(pending, BATCH)):
        for path in batch:
            content = path.read_bytes()
            (target / hashlib.sha256(content).hexdigest()).write_bytes(content)
        if libc.syncfs(folder) != 0:
            raise OSError(ctypes.get_errno(), "syncfs")
    os.close(folder)


def _write_texts(report: Report, target: Path, number: int) -> None:
    """Write `number` text files, in folders by their subject."""
    for position, (folder, name, content) in enumerate(islice(_texts(report), number)):
        path = target / folder / f"{position:04} {name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def _texts(report: Report) -> Iterator[tuple[str, str, str]]:
    """Yield folder, name and text: of the French administration, or made up where it is absent."""
    place = shared("fr-admin", "docs.jsonl.gz")
    if place is None:
        report.note("shared/data/fr-admin is not beside the project: the texts are made up.")
        yield from _made_up()
        return
    with gzip.open(place, "rt", encoding="utf-8") as lines:
        for line in lines:
            each = json.loads(line)
            name = re.sub(r"[^\w -]", " ", each["title"])[:80].strip()
            parts = (each["title"], each.get("description") or "", each["body"] or "")
            yield each["source"], name, "\n\n".join(parts) + "\n"


def _made_up() -> Iterator[tuple[str, str, str]]:
    chance = random.Random(7)
    parts = ["bud", "ga", "ter", "mo", "lis", "ran", "ce", "pol", "ti", "qua", "ver", "no"]
    words = ["".join(chance.choices(parts, k=chance.randint(2, 5))) for _ in range(30_000)]
    while True:
        content = " ".join(chance.choices(words, k=chance.randint(200, 1500)))
        yield chance.choice(["notes", "actes", "guides"]), chance.choice(words), content


def _some(source: Path, target: Path, number: int) -> Path:
    """Copy a few files, for a trial."""
    target.mkdir()
    for path in sorted(source.iterdir())[:number]:
        (target / path.name).write_bytes(path.read_bytes())
    return target
