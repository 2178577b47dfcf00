"""The small files that each stand for a kind: what is read of them, and what is found in it."""

from __future__ import annotations

import pytest

from search.extraction import Limits, extract
from tests.cases import cases

from .shelf import document, fill, find, pks

pytestmark = pytest.mark.skipif(cases() is None, reason="the inputs are not at hand (shared/cases)")
READ = [
    ("s15-shy.txt", "la municipalidorx et le territoirix", ""),
    ("word-paste.html", "administration", ""),
    ("p1-hyphen.pdf", "Saint-Martin|procès-verbal|vice-président|marchés publics", ""),
    ("p4-spacing-accent.pdf", "délibération d'intérêt", ""),
    (
        "m3-nested.eml",
        "Message interne ébloui|c@example.org|corpsinternecachalot|Feuilletoucan",
        "Cachee|feuillecacheebernache",
    ),
    ("m4-alternative-placeholder.eml", "qazemlquatre|Permanence sociale|hippodromezelda", ""),
    ("m7-latin1-but-cp1252.eml", "l’assemblée|cœur de ville|120€|“guillemets”", ""),
    ("c4-cp850.csv", "Référence;Libellé|Étude géotechnique réalisée", ""),
    ("c6-utf8-one-bad-byte.csv", "Étude géotechnique réalisée|ligne;café", "Ã"),
    (
        "x1-formats.xlsx",
        "14/07/2025|37,5 %|1 234 567,50|00421|05 90 87 50 04|2025-07-14",
        "Cachee|feuillecacheebernache",
    ),
    (
        "d1-parts.docx",
        "motclefzibulon|sujetkrapoto|categoriemolduk|textealternatifpapaye|insertionplumtree|"
        "commentairegazelle|piedpelican|enteteiguane|controlelagon|administratifblorp",
        "suppressionkoala|textecachecolibri",
    ),
    ("o1-parts.odt", "clefodtsargasse|altodtpoulpe|notebasbernique", "supprimeodtokapi"),
    (
        "r1.rtf",
        "clefrtfnautile|lienrtfrascasse|notertfbaudroie|l’élu délibérant – œuvre",
        "suppressionrtfmurene|cachertf",
    ),
]


def read(name):
    folder = cases()
    assert folder is not None
    return extract(folder / name, limits=Limits())


def found_by(name):
    """Return the text and the other readings of it that are for search alone."""
    extraction = read(name)
    return f"{extraction.text}\n{extraction.for_search}"


@pytest.mark.parametrize(("name", "there", "absent"), READ)
def test_what_is_read(name, there, absent):
    text = found_by(name)
    assert [words for words in there.split("|") if words not in text] == []
    assert [word for word in absent.split("|") if word and word in text] == []


def test_what_is_read_is_found(engine):
    files = ["p1-hyphen.pdf", "p4-spacing-accent.pdf", "x1-formats.xlsx", "c4-cp850.csv"]
    fill(
        engine, *(document(name, f"Fichier {at}", found_by(name)) for at, name in enumerate(files))
    )
    for raw, name in (
        ("procès-verbal", "p1-hyphen.pdf"),
        ("verbal", "p1-hyphen.pdf"),
        ("Saint-Martin port", "p1-hyphen.pdf"),
        ("vice-président", "p1-hyphen.pdf"),
        ("sous préfecture", "p1-hyphen.pdf"),
        ('"marchés publics"', "p1-hyphen.pdf"),
        ("délibération", "p4-spacing-accent.pdf"),
        ("14/07/2025", "x1-formats.xlsx"),
        ("14 juillet 2025", "x1-formats.xlsx"),
        ("37,5 %", "x1-formats.xlsx"),
        ("1 234 567,50", "x1-formats.xlsx"),
        ("00421", "x1-formats.xlsx"),
        ("0590 87 50 04", "x1-formats.xlsx"),
        ("étude géotechnique", "c4-cp850.csv"),
    ):
        assert pks(find(engine, raw))[:1] == [name], raw
