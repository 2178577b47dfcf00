"""One thing, however it is spelt: references, numbers, acronyms, compounds, names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import text
from search.extraction import plain
from search.query import parse, typed
from search.schema import SearchDocument
from search.spellings import spellings, split
from search.terms import analyse
from tests.cases import cases

from .shelf import document, fill, find, pks, suggested
from .test_engines import matched, text_of

HARD, THIN, SOFT, ZERO = "\u00a0", "\u202f", "\u00ad", "\u200b"

SHELF = (
    document("target", "Acte", "Vu la délibération n° 2024-137 du conseil. " + "texte " * 200),
    document("list", "Liste 2024", "2024 " * 30 + "rang 137"),
    document("annex", "Bilan 2024 annexe 137"),
    document("bill", "Facture 137 de 2024"),
    document("ordinal", "Arrêté", "Vu l’arrêté nº2031-902 du maire."),
    document("plain", "Arrêté", "Vu le marché 2044/77, lot 3."),
    document("pairs", "Guichet", "Appelez le 0590 87 50 04, de 8 h à 12 h."),
    document("glued", "Guichet", "Appelez le 0590112233."),
    document("abroad", "Guichet", f"Tél. +590{HARD}690 44 55 66 ou +1 721 555 1234"),
    document("amount", "Vote", f"Une dépense de 1{THIN}250{HARD}000 € est votée."),
    document("english", "Vote", "A grant of $4,567,890.12 and one of €2,468.00 were voted."),
    document("spaced", "Train", "La S. N. C. F. dessert la ville."),
    document("figures", "Vote", "Une recette de 3750000 euros."),
    document("acronym", "Paie", "Le S.M.I.C. et l’E.P.C.I. évoluent."),
    document("letters", "Paie", "Le RSA évolue."),
    document("soft", "Courrier", f"La muni{SOFT}cipa{SOFT}lité, le ter{ZERO}ritoire."),
    document("joined", "BudgetPrimitifZorbal2026.txt"),
    document("hyphen", "Séance", "Le procès-verbal est lu à Saint-Martin par le vice-\nprésident."),
    document("broken", "Séance", "Le procèsverbal du vicepréfet, à SaintBarthélemy."),
)  # fmt: skip
SPELT = [
    ("2024-137", "target"), ("n° 2024-137", "target"), ("délibération 2024-137", "target"),
    ("2024/137", "target"), (f"n°{HARD}2024-137", "target"),
    ("n°2031-902", "ordinal"), ('"2031-902"', "ordinal"), ("nº 2031-902", "ordinal"),
    ("no 2031-902", "ordinal"), ("no2031-902", "ordinal"), ("n2031-902", "ordinal"),
    ('"arrêté n° 2031-902"', "ordinal"), ("N° 2044-77", "plain"), ('"marché 2044-77"', "plain"),
    ("0590875004", "pairs"), ("+590590875004", "pairs"), ("05 90 87 50 04", "pairs"),
    ("05.90.87.50.04", "pairs"), ("00590 590 87 50 04", "pairs"), ("+590 (0)590 87 50 04", "pairs"),
    ("590 87 50 04", "pairs"), ('"05 90 87 50 04"', "pairs"),
    ("0590 11 22 33", "glued"), ("+590 590 11 22 33", "glued"), ("05-90-11-22-33", "glued"),
    ("0690445566", "abroad"), ("+590690445566", "abroad"),
    ("7215551234", "abroad"), ("721-555-1234", "abroad"), ("+17215551234", "abroad"),
    ("1250000", "amount"), ("1 250 000", "amount"), (f"1{THIN}250{THIN}000 €", "amount"),
    (f"1{HARD}250{HARD}000", "amount"), ("1.250.000", "amount"), ('"1 250 000"', "amount"),
    ("4567890", "english"), ("4 567 890", "english"), ("4,567,890", "english"),
    ("2468", "english"), ("$2,468", "english"),
    ("SNCF", "spaced"), ("S.N.C.F.", "spaced"), ("S. N. C. F.", "spaced"),
    ("3 750 000", "figures"), (f"3{HARD}750{HARD}000", "figures"),
    ("SMIC", "acronym"), ("smic", "acronym"), ("s.m.i.c", "acronym"), ("S.M.I.C.", "acronym"),
    ("epci", "acronym"), ("r.s.a.", "letters"), ("R.S.A", "letters"),
    ("municipalité", "soft"), ("territoire", "soft"), (f"muni{ZERO}cipalité", "soft"),
    ("zorbal", "joined"), ("budget primitif", "joined"), ('"budget primitif"', "joined"),
    ("BudgetPrimitifZorbal2026", "joined"), ("budgetprimitifzorbal2026.txt", "joined"),
    ("procès-verbal lu", "hyphen"), ("Saint-Martin port", "hyphen"), ("vice-président", "hyphen"),
    ("vice président", "hyphen"), ("viceprésident", "hyphen"), ("saintmartin", "hyphen"),
    ("vice-préfet", "broken"), ("vicepréfet procès-verbal SaintBarthélemy", "broken"),
    ('"procès-verbal" vicepréfet', "broken"),
]  # fmt: skip


def test_whatever_is_asked_in_one_spelling_is_found_in_the_other(engine):
    fill(engine, *SHELF)
    assert [(raw, first(find(engine, raw))) for raw, _ in SPELT] == SPELT
    assert sorted(pks(find(engine, '"procès-verbal"'))) == ["broken", "hyphen"]
    assert sorted(pks(find(engine, "acte -2024-137"))) == []
    assert sorted(pks(find(engine, "-0590875004 guichet"))) == ["abroad", "glued"]


def first(found):
    return pks(found)[0] if found.hits else None


def test_a_reference_as_typed_comes_before_its_parts_however_good_they_are(engine):
    apart = [document(f"p{n}", f"2024 137 · {n}", "2024 et 137. " * 40) for n in range(30)]
    body = "texte " * 20_000 + "2024-137" + " texte" * 20_000
    fill(engine, *apart, document("long", "Acte", body))
    assert first(find(engine, "2024-137")) == "long"
    assert find(engine, "2024-137").total == 31  # the parts are still found


def test_what_is_found_is_marked_as_it_is_written(engine):
    fill(engine, *SHELF)
    for raw, written in (
        ("0590875004", "0590 87 50 04"),
        ("+590 590 87 50 04", "0590 87 50 04"),
        ("0690445566", f"+590{HARD}690 44 55 66"),
        ("1250000", f"1{THIN}250{HARD}000"),
        ("2044-77", "2044/77"),
        ("smic", "S.M.I.C"),
        ("sncf", "S. N. C. F"),
        ("4567890", "4,567,890"),
        ("viceprésident", "vice- président"),
    ):
        hit = find(engine, raw).hits[0]
        assert written in matched(hit.excerpt), (raw, text_of(hit.excerpt))


def test_hard_spaces_part_words(engine):
    body = f"La{HARD}mairie{THIN}: «{HARD}ouverte{HARD}», dit-on. La\u2007poste."
    fill(engine, document("1", f"Note{HARD}: la{HARD}voirie", body))
    for raw in ("mairie", "ouverte", "poste", "voirie", '"la mairie ouverte"'):
        assert pks(find(engine, raw)) == ["1"], raw


def test_results_while_typing_know_the_spellings_too(engine):
    fill(
        engine,
        document("name", "BudgetPrimitifZorbal2026.txt"),
        document("reference", "Délibération n° 2024-137 du conseil"),
        document("person", "Ada Ève", "+590 590 87 50 04"),
        document("acronym", "Le S.M.I.C."),
    )
    for raw, wanted in (
        ("zorb", "name"), ("budget prim", "name"), ("budgetprimitifzor", "name"),
        ("2024-13", "reference"), ("n° 2024-1", "reference"), ("0590 87 50 04", "person"),
        ("0590875004", "person"), ("smi", "acronym"), ("s.m.i", "acronym"),
    ):  # fmt: skip
        words = typed(raw)
        found = engine.suggest(words[:-1], words[-1], (1,), 8)
        assert [hit.pk for hit in found] == [wanted], raw
    assert suggested(engine, "zzz") == []


@pytest.mark.parametrize(
    ("content", "forms"),
    [
        ("le 12 000 2024", ["12000"]),
        ("2024 137", []),
        ("0590 87 50 04 / 0690 12 34 56", ["0590875004", "0690123456"]),
        ("+33 (0)5 36 49 00 26", ["0536490026", "33536490026"]),
        ("04 2024 100 250", ["100250"]),
        ("https://www.example.org/a/b/c/d/e/f/g/h/i/j/2024/x-y.html", []),
        ("M. D. Dupont, p. 3", []),
        ("S. N. C. F. et R. A. T. P.", ["ratp", "sncf"]),
        ("a. b. c. d.", []),
        ("4,567,890 puis 1,234,567, et $ 1,250", ["1234567", "1250", "4567890"]),
        ("1,250 kg, 12,345 m, 0,5,123,456", []),
        ("2024-137", ["2024137"]),
        ("dernier mot.Un autre", []),
    ],
)
def test_forms(content, forms):
    assert sorted(each.form for each in spellings(content)) == sorted(forms)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("BudgetPrimitif2026", ["Budget", "Primitif", "2026"]),
        ("PVConseil2024", ["PV", "Conseil", "2024"]),
        ("ÉtatCivil", ["État", "Civil"]),
        ("covid19", ["covid", "19"]),
        ("v2", []), ("RN1", []), ("NUL", []), ("Budget", []), ("1er", []),
    ],
)  # fmt: skip
def test_names_are_split_where_words_are_joined(name, parts):
    assert split(name) == parts


HOSTILE = st.text(alphabet="n°ºo0123456789 -./+()\u00a0\u202f\u00adABcdéÉ'’\n_", max_size=120)


@given(HOSTILE)
def test_words_and_their_places_agree_and_forms_are_words(raw):
    content = text.clean(raw)
    assert [word for *_, word in text.placed(content)] == text.words(content)
    for each in spellings(content):
        assert 0 <= each.start < each.end <= len(content)
        assert each.form.isalnum()
        assert text.fold(each.form) == each.form
    query = parse(raw)
    for word in query.words:
        assert all(form.isalnum() for form in word.within)


def test_the_forms_of_a_long_text_are_bounded():
    """A path or a table of figures does not bring forth more forms than it has words."""
    for content in (
        "a-" * 50_000 + "a",
        "1 234 " * 20_000,
        "1.2." * 30_000,
        "+1" * 50_000,
        "1,234," * 20_000,
        "A. " * 30_000,
    ):
        assert sum(len(row) for row in analyse(content).beside) <= len(text.words(content))


def documents(folder: Path) -> Iterator[SearchDocument]:
    for path in sorted(folder.glob("*.txt")):
        read = plain.decode(path.read_bytes())
        yield document(path.name, path.name, read)


@pytest.mark.skipif(cases() is None, reason="the inputs are not at hand (shared/cases)")
@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("2024-137", "d-cible.txt"), ("n° 2024-137", "d-cible.txt"),
        ("n°2031-902", "s02-ref-ordinal.txt"), ('"2031-902"', "s02-ref-ordinal.txt"),
        ("0590875004", "s05-tel.txt"), ("+590590875004", "s05-tel.txt"),
        ("05 90 87 50 04", "s05-tel.txt"), ("1250000", "s07-montant.txt"),
        ("1 250 000", "s07-montant.txt"), (f"1{THIN}250{HARD}000", "s07-montant.txt"),
        ("SMIC", "s13-sigle.txt"), ("smic", "s13-sigle.txt"), ("s.m.i.c", "s13-sigle.txt"),
        ("municipalidorx", "s15-shy.txt"), ("territoirix", "s15-shy.txt"),
        ("zorbal", "BudgetPrimitifZorbal2026.txt"),
        ("budget primitif", "BudgetPrimitifZorbal2026.txt"),
    ],
)  # fmt: skip
def test_the_inputs_that_stand_for_a_kind(engine, raw, name):
    folder = cases()
    assert folder is not None
    fill(engine, *documents(folder))
    assert first(find(engine, raw)) == name
