"""Whatever is typed is understood, or at least does no harm."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import text
from search.distance import distance
from search.engines import highlight
from search.engines.base import Search, Weighted
from search.query import LONGEST_QUERY, MOST_WORDS, parse

from .shelf import TODAY, document, fill, find, suggested

HOSTILE = st.text(max_size=400) | st.text(
    alphabet="\"-+*?~^:\\/()[]{}<>&|!'’«»“” aàœéÉ\u0301\x00\ud800\ue0001_.,;@#%$€ANDORNT",
    max_size=80,
)


def exact(query):
    return [word.exact for word in query.words]


@pytest.mark.parametrize(
    ("raw", "words", "phrases", "without"),
    [
        ("l'eau potable", ["eau", "potable"], (), ()),
        ("L’ÉCOLE d’Été", ["ecole", "ete"], (), ()),
        ("le compte de la cantine", ["compte", "cantine"], (), ()),
        ("le la", ["le", "la"], (), ()),
        ("congé -maladie", ["conge"], (), (("maladie",),)),
        ("compte-rendu", ["compte", "rendu"], (), ()),
        ('budget -"longue maladie"', ["budget"], (), (("longue", "maladie"),)),
        ('"compte épargne temps" agent', ["agent"], (("compte", "epargne", "temps"),), ()),
        ("« conseil municipal »", [], (("conseil", "municipal"),), ()),
        ('"jamais fermé', [], (("jamais", "ferme"),), ()),
        ("cœur Œuvre", ["coeur", "oeuvre"], (), ()),
        ("rapport_2024-v2.pdf", ["rapport", "2024", "v2", "pdf"], (), ()),
        ("catégorie A", ["categorie", "a"], (), ()),
        ("mot MOT Mot", ["mot"], (), ()),
        ("- -- \"\" '' (", [], (), ()),
        ("", [], (), ()),
    ],
)
def test_parsing(raw, words, phrases, without):
    query = parse(raw)
    assert exact(query) == words
    assert query.phrases == phrases
    assert query.without == without
    assert bool(query) == bool(words or phrases or without)


@given(HOSTILE)
def test_nothing_that_is_typed_is_an_error(raw):
    query = parse(raw)
    assert len(query.words) <= MOST_WORDS
    assert len(query.raw) <= LONGEST_QUERY
    assert query.required >= 1
    for word in query.words:
        assert word.exact == text.fold(word.exact)


@given(HOSTILE)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_engines_take_whatever_is_typed(engine, raw):
    if engine.live() is None:
        fill(engine, document("1", "Budget", "cantine"), document("2", raw, raw, scope_id=2))
    found = find(engine, raw)
    assert {hit.pk for hit in found.hits} <= {"1"}
    if raw.split() and text.words(text.clean(raw)):
        assert set(suggested(engine, " ".join(text.words(text.clean(raw))))) <= {"1"}


@given(HOSTILE, HOSTILE)
def test_marked_text_is_all_of_the_text(raw, content):
    query = parse(raw)
    search = Search(
        scopes=(1,),
        groups=tuple((Weighted(word, 1),) for word in query.words),
        required=1,
        today=TODAY,
        phrases=query.phrases,
    )
    for language in text.LANGUAGES:
        marker = highlight.Marker.of(search, language)
        pieces = highlight.mark(content, marker)
        assert "".join(piece for piece, _ in pieces) == " ".join(content.split("\n"))
        shown = highlight.excerpt(content * 20, marker)
        assert sum(len(piece) for piece, _ in shown) <= highlight.EXCERPT + 80


@given(st.text(max_size=200))
def test_folding_and_splitting(content):
    cleaned = text.clean(content)
    assert text.clean(cleaned) == cleaned
    for word in text.words(cleaned):
        assert word.isalnum()
        folded = text.fold(word)
        assert text.fold(folded) == folded
        for language in text.LANGUAGES:
            assert text.stem(folded, language)


def matched(content, raw, language="fr"):
    query = parse(raw)
    search = Search(
        scopes=(1,),
        groups=tuple((Weighted(word, 1),) for word in query.words),
        required=1,
        today=TODAY,
        phrases=query.phrases,
    )
    marker = highlight.Marker.of(search, language)
    return [piece for piece, is_match in highlight.mark(content, marker) if is_match]


def test_marking():
    assert matched("Les écoles, l’école et l'ECOLE", "école") == ["écoles", "école", "ECOLE"]
    assert matched("Écoliers", "école") == []
    assert matched("Œuvres et œuvre", "oeuvre") == ["Œuvres", "œuvre"]
    assert matched("mairie mairies primaire", "mairie") == ["mairie", "mairies"]
    assert matched("Un c et c'est un C", "catégorie c") == ["c", "C"]
    assert matched("le compte de l'eau", '"compte de l\'eau"') == ["compte de l'eau"]
    assert matched("le compte", '"compte"') == ["compte"]
    assert matched("Booking and booked", "book", "en") == ["Booking", "booked"]


class Counting(highlight.Marker):
    """Knows how many characters it was asked to look at."""

    seen = 0

    def matches(self, content):
        self.seen += len(content)
        return super().matches(content)


def counting(raw):
    words = parse(raw).words
    return Counting(words, (), "fr")


@pytest.mark.parametrize("raw", ["a", "zzzz", "2024-137"])
def test_what_is_looked_at_does_not_grow_with_the_texts(raw):
    seen = []
    for length in (200_000, 800_000):
        marker, further = counting(raw), highlight.Further()
        further.left = 100_000
        content = "alors arbre avion " * (length // 18)
        for _ in range(20):
            assert highlight.excerpt(content, marker, further=further)
        seen.append(marker.seen)
    assert seen[0] == seen[1] == 20 * highlight.WINDOW + 100_000


def test_a_match_behind_the_window_is_found_and_fetched_only_then():
    before, behind = "mot " * (highlight.WINDOW // 4), "aiguille " + "mot " * 1000
    asked = []

    def rest():
        asked.append(1)
        return behind

    shown = highlight.excerpt(before, counting("aiguille"), rest=rest)
    assert [piece for piece, is_match in shown if is_match] == ["aiguille"]
    assert "…" in shown[0][0]
    shown = highlight.excerpt("aiguille " + before, counting("aiguille"), rest=rest)
    assert asked == [1]
    assert shown[0] == ("aiguille", True)


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [
        ("conge", "conge", 0),
        ("conge", "cogne", 1),
        ("conge", "conges", 1),
        ("conge", "cnge", 1),
        ("conge", "conte", 1),
        ("conge", "carte", 3),
        ("deliberation", "deliberztion", 1),
        ("ab", "ba", 1),
        ("", "ab", 2),
    ],
)
def test_slips_between_words(one, other, steps):
    assert distance(one, other, 3) == steps
    assert distance(other, one, 3) == steps
    assert distance(one, other, 0) == min(steps, 1)
