"""Names: what is refused and why, what counts as the same, how they sort."""

from __future__ import annotations

import unicodedata
from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils import translation

from documents import names, selectors
from documents.actions import NameTaken, move, rename, restore_from_trash, trash
from documents.actions.folders import ensure_path
from documents.models import Node

from .factories import make_document, make_folder, make_space


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "empty"),
        ("   ", "empty"),
        (".", "reserved"),
        ("..", "reserved"),
        ("...", "reserved"),
        (". .", "reserved"),
        ("\u200b", "empty"),
        ("a/b", "separator"),
        ("a\\b", "separator"),
        ("a\x00b", "control"),
        ("a\nb", "control"),
        ("fac\u202efdp.exe", "control"),
        ("NUL", "reserved"),
        ("con.txt", "reserved"),
        ("lpt1.pdf", "reserved"),
        ("bad\udce9.txt", "encoding"),
        ("x" * 256, "too_long"),
        ("é" * 128, "too_long"),
    ],
)
def test_what_cannot_be_a_name_is_refused_with_a_reason(name, code):
    with pytest.raises(ValidationError) as refused:
        names.clean(name)
    assert refused.value.code == code


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", ["con.txt", "..", "...", "a\x00b", "fdp\u202eexe", "a\ud800b"])
def test_a_refused_name_says_what_to_do_instead(name, language):
    cures = {
        "fr": ("choisissez-en un autre.", "saisissez-le de nouveau, sans le coller."),
        "en": ("choose another.", "type it again without pasting it."),
    }
    with translation.override(language), pytest.raises(ValidationError) as refused:
        names.clean(name)
    assert refused.value.messages[0].endswith(cures[language])


@pytest.mark.parametrize(
    "name", ["Réunion, ordre du jour !.pdf", ".env", "console.txt", "x" * 255, "日本語.odt"]
)
def test_what_people_write_is_taken(name):
    assert names.clean(f"  {name} ") == name


def test_a_name_is_kept_composed_and_compared_without_case():
    decomposed = unicodedata.normalize("NFD", "Été.TXT")
    assert names.clean(decomposed) == "Été.TXT"
    assert names.key(decomposed) == names.key("été.txt") == names.key("ÉTÉ.txt")
    assert names.key("Straße") == names.key("STRASSE")
    assert names.key("a.txt") != names.key("á.txt")


def test_names_sort_as_a_reader_expects():
    given = ["Zoé", "annexe 10", "Été", "Annexe 2", "eau", "annexe 02 bis"]
    expected = ["Annexe 2", "annexe 02 bis", "annexe 10", "eau", "Été", "Zoé"]
    assert sorted(given, key=names.sort_key) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bilan.pdf", "bilan (2).pdf"),
        ("bilan", "bilan (2)"),
        (".profile", ".profile (2)"),
        ("v1.2 final", "v1.2 final (2)"),
        ("é" * 126 + ".p", "é" * 124 + " (2).p"),
    ],
)
def test_a_number_goes_before_the_extension_and_the_name_stays_short_enough(name, expected):
    assert names.numbered(name, 2) == expected
    assert names.clean(expected) == expected


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a:b", "a-b"),
        ("fin.", "fin"),
        ("fin. . ", "fin"),
        ("Réunion : ordre du jour ?.pdf", "Réunion - ordre du jour _.pdf"),
        ('le "bon" <un>|*.txt', "le 'bon' (un)-_.txt"),
        ("dé\u00adli\u200bbé.txt", "délibé.txt"),
        ("note\u00a05.txt", "note\u00a05.txt"),
    ],
)
def test_what_other_systems_refuse_is_mended(given, kept):
    assert names.clean(given) == kept
    assert names.clean(kept) == kept


@pytest.mark.parametrize("name", ["NUL .txt", "nul.", "CON  .a.b", "conin$", "..."])
def test_what_cannot_be_mended_is_refused(name):
    with pytest.raises(ValidationError):
        names.clean(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("L'eau.txt", "l’eau.TXT"),
        ("note\u00a0 5", "Note 5"),
        ("bud\u200bget", "Budget"),
        ("a\U000e0041b", "ab"),
        ("porte\u2011parole", "porte-parole"),
    ],
)
def test_names_that_look_the_same_are_one_in_a_folder_and_in_its_filter(world, one, other):
    make_document(world.space, one)
    with pytest.raises(NameTaken):
        make_document(world.space, other)
    with pytest.raises(NameTaken):
        make_folder(world.space, other)
    shown = selectors.listing(world.space.root, world.head)
    assert selectors.named_like(shown, other).count() == 1


def test_every_door_mends_a_name(world):
    folder = make_folder(world.space, "a:b.")
    document = make_document(world.space, "c?.txt")
    assert (folder.name, document.name) == ("a-b", "c_.txt")
    assert rename(actor=world.head, node=folder, name="fin.").name == "fin"
    assert ensure_path(actor=world.head, parent=world.space.root, parts=["x:", "y"]).name == "y"
    space = make_space(world.finance, "n", name_fr="A\u200b \u00a0B")
    assert space.name_fr == "A B"
    # What was named before: mended when it is put elsewhere or taken back.
    Node.objects.filter(pk=document.pk).update(name="d?.txt")
    document.refresh_from_db()
    assert move(actor=world.head, node=document, to=folder).name == "d_.txt"
    Node.objects.filter(pk=document.pk).update(name="e?.txt")
    trash(actor=world.head, node=document)
    document.refresh_from_db()
    assert restore_from_trash(actor=world.head, node=document).name == "e_.txt"


def test_names_of_before_that_are_one_now_both_stay(world):
    first = make_document(world.space, "l'eau.txt")
    second = make_document(world.space, "autre.txt")
    old = "l’eau.txt"
    Node.objects.filter(pk=second.pk).update(name=old, name_key=old)
    migration = import_module("documents.migrations.0008_names_that_look_the_same")
    migration.forwards(apps, None)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.name, second.name) == ("l'eau.txt", old)
    assert first.name_key == names.key(old) != second.name_key
    assert rename(actor=world.head, node=second, name="Vin.txt").name_key == "vin.txt"
    migration.backwards(apps, None)
    first.refresh_from_db()
    assert first.name_key == "l'eau.txt"
