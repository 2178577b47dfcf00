"""What both engines promise: the same tests on each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from search.engines.base import (
    Facet,
    IndexMissing,
    Period,
    Selection,
    Sort,
    TooManyScopes,
    Write,
)
from search.planning import plan
from search.query import parse

from .shelf import NOW, TODAY, document, fill, find, pks, suggested


def counts(found, facet):
    return {bucket.value: bucket.count for bucket in found.facets[facet]}


def text_of(fragments):
    return "".join(text for text, _ in fragments)


def matched(fragments):
    return [text for text, is_match in fragments if is_match]


def test_what_was_written_is_found_by_its_words(engine):
    fill(
        engine,
        document("1", "Règlement du cimetière", "Les concessions sont accordées pour trente ans."),
        document("2", "Budget primitif", "Les recettes de fonctionnement."),
    )
    assert pks(find(engine, "cimetière")) == ["1"]
    assert pks(find(engine, "concession")) == ["1"]
    assert pks(find(engine, "recettes fonctionnement")) == ["2"]
    assert pks(find(engine, "piscine")) == []


def test_accents_case_elisions_and_plurals_do_not_matter(engine):
    fill(engine, document("1", "L’Été à l'école", "Qu'un élève d’ici s'inscrive aux œuvres."))
    for asked in ("ete", "ÉTÉ", "l'été", "ecoles", "École", "eleves", "oeuvre", "œuvres"):
        assert pks(find(engine, asked)) == ["1"], asked


def test_decomposed_accents_are_the_same_letters(engine):
    fill(engine, document("1", "De\u0301libe\u0301ration", ""))
    assert pks(find(engine, "délibération")) == ["1"]
    fill(engine, document("2", "Délibération", ""))
    assert sorted(pks(find(engine, "de\u0301libe\u0301ration"))) == ["1", "2"]


def test_english_documents_follow_english_rules(engine):
    fill(
        engine,
        document("1", "Booking meeting rooms", "Rooms are booked by the week.", language="en"),
        document("2", "Réserver une salle", "Les salles se réservent.", language="fr"),
    )
    assert pks(find(engine, "booked")) == ["1"]
    assert pks(find(engine, "réservations")) == ["2"]


def test_file_names_are_split_into_words(engine):
    fill(engine, document("1", "compte_rendu-2024.v2.pdf"))
    for asked in ("compte", "rendu", "2024", "pdf", "compte_rendu", "compte_rendu-2024.v2.pdf"):
        assert pks(find(engine, asked)) == ["1"], asked


def test_one_letter_words_count(engine):
    fill(engine, document("a", "Agents de catégorie A"), document("c", "Agents de catégorie C"))
    assert pks(find(engine, "catégorie C", every_word=True)) == ["c"]


def test_title_before_text_and_more_words_before_fewer(engine):
    fill(
        engine,
        document("text", "Divers", "La cantine et d'autres choses, longuement " * 20),
        document("title", "Cantine", "Rien d'autre."),
        document("both", "Cantine scolaire", "Rien d'autre."),
    )
    assert pks(find(engine, "cantine scolaire"))[0] == "both"
    assert pks(find(engine, "cantine"))[-1] == "text"


def test_most_of_the_words_are_enough_unless_all_are_wanted(engine):
    fill(
        engine,
        document("1", "Marché de travaux de voirie"),
        document("2", "Marché de fournitures"),
        document("3", "Travaux de voirie"),
    )
    found = find(engine, "marché travaux voirie")
    assert pks(found) == ["1", "3"]
    assert (found.total, found.with_all) == (2, 1)
    found = find(engine, "marché travaux voirie", every_word=True)
    assert (pks(found), found.total, found.with_all) == (["1"], 1, 1)


def test_phrases_are_matched_to_the_letter(engine):
    fill(
        engine,
        document("1", "A", "Le conseil municipal se réunit."),
        document("2", "B", "Un conseil au personnel municipal."),
        document("3", "Le conseil", "municipal"),
    )
    assert pks(find(engine, '"conseil municipal"')) == ["1"]
    assert pks(find(engine, "« Conseil Municipal »")) == ["1"]
    assert pks(find(engine, '"le conseil municipal se"')) == ["1"]
    assert pks(find(engine, '"conseils municipaux"')) == []


def test_minus_leaves_out(engine):
    fill(
        engine,
        document("1", "Congé de maladie"),
        document("2", "Congé annuel"),
        document("3", "Congé longue maladie"),
    )
    assert pks(find(engine, "congé -maladie")) == ["2"]
    assert sorted(pks(find(engine, 'congé -"longue maladie"'))) == ["1", "2"]
    assert pks(find(engine, "-maladie")) == ["2"]


def test_only_scopes_that_were_given_are_searched(engine):
    fill(engine, document("1", "Secret partagé"), document("2", "Secret gardé", scope_id=2))
    assert pks(find(engine, "secret", scopes=(1,))) == ["1"]
    assert pks(find(engine, "secret", scopes=(2,))) == ["2"]
    assert pks(find(engine, "secret", scopes=())) == []
    assert find(engine, "secret", scopes=(1,)).total == 1
    assert suggested(engine, "secret", scopes=(2,)) == ["2"]
    assert suggested(engine, "secret", scopes=()) == []


def test_many_scopes_are_many_and_too_many_fail_closed(engine, caplog):
    fill(engine, document("1", "Archive", scope_id=4_999), document("2", "Archive", scope_id=9_999))
    assert pks(find(engine, "archive", scopes=range(1, 5_001))) == ["1"]
    assert "scopes" not in caplog.text
    assert len(pks(find(engine, "archive", scopes=range(1, 60_001)))) == 2
    assert "scopes" in caplog.text
    with pytest.raises(TooManyScopes):
        find(engine, "archive", scopes=range(1, 60_002))


def test_facets_count_what_was_found_and_each_ignores_its_own_choice(engine):
    fill(
        engine,
        document("1", "Note budget", service_id=1, kind="note"),
        document("2", "Budget", service_id=1, date=NOW - timedelta(days=2)),
        document("3", "Budget", service_id=2, date=NOW - timedelta(days=200)),
        document("4", "Budget", service_id=2, language="en", date=NOW - timedelta(days=9_000)),
        document("5", "Autre chose", service_id=3),
        document("6", "Budget caché", service_id=3, scope_id=2),
    )  # fmt: skip
    found = find(engine, "budget")
    assert found.total == 4
    assert counts(found, Facet.SERVICE) == {"1": 2, "2": 2}
    assert counts(found, Facet.KIND) == {"paper": 3, "note": 1}
    assert counts(found, Facet.LANGUAGE) == {"fr": 3, "en": 1}
    assert counts(found, Facet.PERIOD) == {"week": 1, "month": 2, "year": 3, "older": 1}

    found = find(engine, "budget", selection=Selection(services=(2,)))
    assert sorted(pks(found)) == ["3", "4"]
    assert found.total == 2
    assert counts(found, Facet.SERVICE) == {"1": 2, "2": 2}
    assert counts(found, Facet.KIND) == {"paper": 2}

    found = find(engine, "budget", selection=Selection(services=(1, 2), languages=("en",)))
    assert pks(found) == ["4"]
    assert counts(found, Facet.SERVICE) == {"2": 1}
    assert counts(found, Facet.LANGUAGE) == {"fr": 3, "en": 1}

    found = find(engine, "budget", selection=Selection(period=Period.OLDER, kinds=("paper",)))
    assert pks(found) == ["4"]
    assert counts(found, Facet.PERIOD) == {"week": 1, "month": 1, "year": 2, "older": 1}


def test_sorting_by_date_and_ties(engine):
    same = [document(str(n), "Arrêté", "Même texte.") for n in range(30)]
    fill(engine, *same, document("new", "Divers", "Un arrêté.", date=NOW))
    by_date = pks(find(engine, "arrêté", sort=Sort.DATE, limit=100))
    assert by_date[0] == "new"
    ranked = pks(find(engine, "arrêté", limit=100))
    assert ranked[-1] == "new"
    assert ranked[:30] == by_date[1:]
    pages = [pks(find(engine, "arrêté", offset=start, limit=7)) for start in range(0, 35, 7)]
    assert [pk for page in pages for pk in page] == ranked
    assert pks(find(engine, "arrêté", offset=31)) == []
    assert find(engine, "arrêté", offset=31).total == 31
    assert pks(find(engine, "arrêté", offset=5_000)) == []


def test_order_does_not_depend_on_how_the_index_was_written(engine):
    documents = [document(str(n), "Marché public", "mot " * (n % 5)) for n in range(40)]
    name = fill(engine, *documents)
    before = pks(find(engine, "marché", limit=100))
    for some in documents[::3]:
        fill(engine, some, version=2)
    engine.optimise(name)
    assert pks(find(engine, "marché", limit=100)) == before


def test_titles_and_excerpts_mark_what_was_found(engine):
    body = (
        "Début sans rapport. " * 60 + "La cantine <b>bio</b> ouvre lundi & mardi. " + "Fin. " * 90
    )
    fill(engine, document("1", "Cantines <scolaires>", body))
    [hit] = find(engine, "cantine bio").hits
    assert text_of(hit.title) == "Cantines <scolaires>"
    assert matched(hit.title) == ["Cantines"]
    assert {"cantine", "bio"} <= {text.lower() for text in matched(hit.excerpt)}
    assert "<b>" in text_of(hit.excerpt)
    assert len(text_of(hit.excerpt)) < 600


def test_without_a_match_in_the_text_the_excerpt_is_its_beginning(engine):
    fill(
        engine,
        document("1", "Cantine", "Premières lignes du texte. " * 40),
        document("2", "Cantine", "", summary="Un résumé."),
        document("3", "Cantine"),
    )
    shown = {hit.pk: text_of(hit.excerpt) for hit in find(engine, "cantine").hits}
    assert shown["1"].startswith("Premières lignes")
    assert shown["2"] == "Un résumé."
    assert shown["3"] == ""


def test_phrases_are_marked(engine):
    fill(engine, document("1", "Divers", "Le compte épargne temps de chaque agent. Un compte."))
    [hit] = find(engine, '"compte épargne temps"').hits
    assert " ".join(matched(hit.excerpt)) == "compte épargne temps"


def test_a_slip_of_the_finger_is_forgiven(engine):
    fill(
        engine,
        document("1", "Délibérations du conseil"),
        document("2", "Médiathèque intercommunale"),
        document("3", "Conseil d'école"),
    )
    assert pks(find(engine, "délibértions")) == ["1"]
    assert pks(find(engine, "mediateque")) == ["2"]
    assert pks(find(engine, "consiel école"))[0] == "3"
    [hit] = find(engine, "mediateque").hits
    assert matched(hit.title) == ["Médiathèque"]


def test_only_unknown_words_are_forgiven(engine):
    fill(engine, document("1", "Impôt local"), document("2", "Impact local"))
    assert pks(find(engine, "impot")) == ["1"]


def test_results_while_typing(engine):
    fill(
        engine,
        document("1", "Règlement intérieur", "Horaires de la médiathèque"),
        document("2", "Médiathèque : horaires", "Rien"),
        document("3", "Budget"),
        document("4", "Médiateur", scope_id=2),
    )
    assert suggested(engine, "média") == ["2"]
    assert suggested(engine, "mediatheque hor") == ["2"]
    assert suggested(engine, "horaires") == ["2", "1"]
    assert suggested(engine, "b") == ["3"]
    assert suggested(engine, "médiathèques", limit=1) == ["2"]
    assert suggested(engine, "zzz") == []


def test_a_late_write_never_wins(engine):
    name = fill(engine, document("1", "Nouveau texte"), version=7)
    done = engine.write(name, [Write("paper:1", 5, document("1", "Vieux texte"))])
    engine.refresh(name)
    assert (done.written, done.late) == (0, 1)
    assert pks(find(engine, "nouveau")) == ["1"]
    assert pks(find(engine, "vieux")) == []
    assert engine.holds(["paper:1", "paper:2"]) == {"paper:1": 7}


def test_a_late_write_does_not_bring_back_what_was_deleted(engine):
    name = fill(engine, document("1", "Texte"), version=3)
    engine.write(name, [Write("paper:1", 9, None)])
    engine.refresh(name)
    assert pks(find(engine, "texte")) == []
    done = engine.write(name, [Write("paper:1", 8, document("1", "Texte"))])
    engine.refresh(name)
    assert (done.written, done.late) == (0, 1)
    assert pks(find(engine, "texte")) == []
    assert engine.holds(["paper:1"]) == {"paper:1": 9}
    assert find(engine, "-rien").total == 0
    engine.write(name, [Write("paper:1", 10, document("1", "Texte"))])
    engine.refresh(name)
    assert pks(find(engine, "texte")) == ["1"]


def test_the_same_write_again_is_harmless(engine):
    name = fill(engine, document("1", "Texte"), version=3)
    done = engine.write(name, [Write("paper:1", 3, document("1", "Texte corrigé"))])
    engine.refresh(name)
    assert done.late == 0
    assert pks(find(engine, "corrigé")) == ["1"]
    assert engine.stats(name).documents == 1


def test_within_a_batch_the_highest_version_stands(engine):
    name = engine.ensure()
    first, second = document("1", "Premier"), document("1", "Second")
    engine.write(name, [Write("paper:1", 4, second), Write("paper:1", 2, first)])
    engine.refresh(name)
    assert pks(find(engine, "second")) == ["1"]
    assert pks(find(engine, "premier")) == []


def test_old_deletions_are_swept(engine):
    name = fill(engine, document("1"), document("2"))
    engine.write(name, [Write("paper:1", 9, None)])
    engine.refresh(name)
    stats = engine.stats(name)
    assert (stats.documents, stats.tombstones) == (1, 1)
    assert engine.sweep(name, datetime.now(UTC) - timedelta(days=1)) == 0
    assert engine.sweep(name, datetime.now(UTC) + timedelta(seconds=5)) == 1
    stats = engine.stats(name)
    assert (stats.documents, stats.tombstones) == (1, 0)


def test_a_document_that_moves_is_found_where_it_is(engine):
    fill(engine, document("1", "Texte"), version=1)
    fill(engine, replace(document("1", "Texte"), scope_id=2), version=2)
    assert pks(find(engine, "texte", scopes=(1,))) == []
    assert pks(find(engine, "texte", scopes=(2,))) == ["1"]


def test_a_new_index_takes_the_place_of_the_old_in_one_step(engine):
    old = fill(engine, document("1", "Texte"))
    new = engine.create()
    engine.set_building(new)
    assert (engine.live(), engine.building()) == (old, new)
    engine.write(new, [Write("paper:2", 1, document("2", "Texte"))])
    engine.refresh(new)
    assert pks(find(engine, "texte")) == ["1"]
    engine.promote(new)
    assert (engine.live(), engine.building()) == (new, None)
    assert pks(find(engine, "texte")) == ["2"]
    assert engine.names() == sorted([old, new])
    engine.drop(old)
    engine.drop(old)
    assert engine.names() == [new]
    assert pks(find(engine, "texte")) == ["2"]


def test_without_an_index_searching_says_so(engine):
    with pytest.raises(IndexMissing):
        engine.check()
    with pytest.raises(IndexMissing):
        find(engine, "texte")
    engine.ensure()
    engine.check()
    assert find(engine, "texte").total == 0


def test_long_texts_and_strange_characters_are_taken(engine):
    long = "mot " * 400_000 + "aiguille " + "\x00\ue000\ud800 " + "x" * 40_000
    fill(engine, document("1", "Long \ue000<b>", long))
    [hit] = find(engine, "aiguille").hits
    assert "aiguille" in matched(hit.excerpt)
    assert not parse("x" * 300)


def test_plan_looks_for_unknown_words_among_visible_ones_only(engine):
    fill(engine, document("1", "Jardin"), document("2", "Jardon", scope_id=2))
    made = plan(engine, parse("jardon"), scopes=(1,), today=TODAY)
    assert [word.exact for word in made.corrected[parse("jardon").words[0]]] == ["jardin"]
    made = plan(engine, parse("jardon"), scopes=(2,), today=TODAY)
    assert made.corrected == {}
