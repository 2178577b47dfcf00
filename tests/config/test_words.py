"""The words of the site: complete in French, and set as French and English are set."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import polib
import pytest
import wagtail
from django.apps import apps
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import templatize
from wagtail.admin.templatetags.wagtailadmin_tags import timesince_simple

from config.templatetags import design
from directory.models import User
from directory.phrases import about

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "directory", "documents", "intranet", "search")
CATALOGUES = sorted(path for app in APPS for path in (ROOT / app).rglob("locale/*/*/django*.po"))
FRENCH = [path for path in CATALOGUES if path.parents[1].name == "fr"]
ENGLISH = [path for path in CATALOGUES if path.parents[1].name == "en"]  # in Wagtail's place
KEYWORDS = (
    "gettext gettext_lazy gettext_noop _ ngettext:1,2 ngettext_lazy:1,2 "
    "pgettext:1c,2 pgettext_lazy:1c,2 npgettext:1c,2,3 npgettext_lazy:1c,2,3"
)
# Written alike in both languages.
ALIKE = {
    "Action", "Actions", "Archive", "Base", "DN", "Date", "Description", "Destination",
    "Document", "Documents", "Image", "Intranet", "Journal", "Menu", "Message", "Note", "Notes",
    "PDF", "Page", "Pages", "Service", "Services", "Source", "Suggestions", "Type", "Versions",
    "action", "contact", "date", "description", "document", "image", "images", "journal",
    "message", "note", "notes", "page", "pages", "service", "services", "synchronisation",
    "synchronisations", "type", "version", "versions", "%(number)s service",
    "Version %(number)s",
}  # fmt: skip
# `%(name)s` and `{name}`, whether or not the entry says that it has such.
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}|%[sd](?!\w)")
# Wagtail's, which the site says without: all are pages, there is one review and it has one step.
LEFT_OUT = {"%(model_name)s", "%(workflow)s", "{workflow_name}", "%(task_name)s"}
# A space at which a line may break, or the thin one: before these signs, and within « ».
LOOSE = re.compile(r"[ \u202f][:;?!»](?!\w)|«[ \u202f]")
# A sign with no space before it; an address and an hour have none.
TIGHT = re.compile(r"[\w)»%][;?!»](?!\w)|«(?!\u00a0)|[\w)»]:(?=\s|$)")
NUMBERS = ("number", "count", "counter", "limit", "date", "end", "first", "last", "locking_date",
    "start", "free", "reserve")  # fmt: skip
# Words that lose their vowel before another: no name may follow, as none is known to begin with
# a consonant. Numbers, days and places between « » may.
ELIDING = re.compile(
    r"\b(?:[cdjlmnst]e|la|que|jusque|lorsque|puisque) (?:<\w+>)?%\("
    rf"(?!(?:{'|'.join(NUMBERS)})\))"
)
# One word for one thing: of these the site has another, or none.
INSTEAD = {
    "retirer du site": r"dépubli", "relecture": r"workflow|modération", "adresse": r"\bslug",
    "état": r"\bstatuts?\b", "courriel": r"\be-?mail|\bmail\b|adresse électronique",
    "autorisation": r"\bpermission", "dans la corbeille": r"(?:est|sont|était) à la corbeille",
    "langue": r"\brégions?\b", "aperçu": r"prévisualis", "déposer": r"upload|téléverse",
    "identifiant": r"\blogin", "dossier": r"répertoire", "emplacement": r"périmètre",
    "mot-clé": r"mot-clef|\btags?\b", "tentative": r"\bessais?\b", "groupé": r"en masse",
    "par tous": r"visible pour", "afficher ou masquer": r"\w/(?:masquer|désactiver)",
    "étape": r"\btâche\b", "type": r"\bnature\b", "feuille de calcul": r"tableur", "n°": r"\bnos$",
    "importer": r"été repris|\breprise\b|repris auparavant", "de nouveau": r"à nouveau",
}  # fmt: skip
INSTEAD_ENGLISH = {
    "remove": r"\btaken? away\b", "sign in": r"\blog(?:ged)? (?:in|out)\b", "image": r"\bpicture",
    "import": r"\bbr(?:ing|ought) in\b", "e-mail": r"\bemail", "review": r"workflow|moderation",
    "language": r"\blocales?\b", "address": r"\bslug", "place": r"(?<!access )\bscopes?\b",
    "move to the trash": r"\bput into the trash\b", "no telling": r"\bit cannot be told\b",
    "no.": r"\bnos\.", "no match": r"\bnobody of that\b", "depend on": r"\bhaving been given\b",
    "tampering": r"\balteration",
    "with immediate effect": r"\bin force at once\b", "off the site": r"\bunpublish(?!ed\b)",
}  # fmt: skip
# Endings, and small words, of which the reader is to choose one.
DOUBLE = re.compile(
    r"\w\((?:e|s|tte|le|ve|ne|trice)\)|\b(?:ce/cette|un/une|le/la)\b", re.IGNORECASE
)
STRAIGHT = re.compile(r"(?<=\w)'(?=\w)")
QUOTED = re.compile(r"(?<!\w)'|'(?!\w)")
TAGS = re.compile(r"<[/\w][^>]*>")
# In any language: two spaces, a word said twice, three points for one sign, a straight quote.
SLIPS = re.compile(r"(?<=\S)  |\b([^\W\d]{2,}) \1\b|\.\.\.|\"")
# « n° 3 » and « 3 Mo » do not part.
PARTED = re.compile(r"\bn° |\)s heures?\b|(?:Ctrl|⌘) [A-Z]|(?:\d|%s|\)s) (?:[KMGT]i?o|€|%(?![(s]))")
# States of a page, which is feminine: of Wagtail's editor.
MASCULINE = re.compile(r"^(?:Publié|Créé|Déplacé|Renommé|Verrouillé|Approuvé|Soumis|Utilisé)\b")
# Whoever reads is told « Réessayez. »; « Réessayer » is a button. Nouns and subjects that look
# like such a verb are named, as are the verbs that are themselves the subject.
TOLD = re.compile(
    r"(?:^(?:Dans [^,]+, )?|[.:;] )(?:l’|la |les |le )?"
    r"(?!Dernier|Premier)(\w+(?:er|ir|dre|tre|ire))\b"
)
NOT_TOLD = {
    "Enregistrer écrase", "Publier met fin", "Publier cette page met fin", "Supprimer cette page",
    "enregistrer les fait", "Enregistrer les fait", "Votre", "votre", "notre", "Lire", "autre",
    "fichier", "Fichier", "Autre", "titre", "lettre", "dossier", "La supprimer y mettra fin",
}  # fmt: skip


def is_ill_set(text: str) -> bool:
    """Tell whether a French text breaks or is set where it must not."""
    return any(pattern.search(text) for pattern in (LOOSE, TIGHT, STRAIGHT))


def is_told_as_a_button(text: str) -> bool:
    """Tell whether a French sentence tells its reader what to do by an infinitive."""
    if not text.endswith("."):
        return False
    return any(
        not any(text[found.start(1) :].startswith(word) for word in NOT_TOLD)
        and not any(text[found.start() :].lstrip(".:; ").startswith(word) for word in NOT_TOLD)
        for found in TOLD.finditer(text.replace("\u00a0", " "))
    )


def texts(entry: polib.POEntry) -> list[str]:
    """Return what an entry is translated by: one text, or one for each number."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def shown(text: str) -> str:
    """Return what is read of a text: without its tags, their attributes and its blanks."""
    return re.sub(r"%\(\w+\)|\{\w*\}|&\w+;", "", TAGS.sub("", text))


def strays(texts: Iterable[str], instead: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the texts with a word for which the site has another, with that one."""
    return sorted(
        (text, ours)
        for text in texts
        for ours, theirs in instead.items()
        if re.search(theirs, text, re.IGNORECASE)
    )


def asked() -> set[tuple[str, str]]:
    """Return the context and the words of everything that the code wants translated."""
    sources = {
        path: path.read_text() for app in APPS for path in sorted((ROOT / app).rglob("*.py"))
    } | {
        path: templatize(path.read_text(), origin=str(path))
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.html"))
    }
    found = set()
    # Each file by itself: a quote that is left open in a templatized one ends with it.
    command = ["xgettext", "--language=Python", "--from-code=UTF-8", "--output=-", "-"]
    command += [f"--keyword={word}" for word in KEYWORDS.split()]
    for path, text in sources.items():
        if "gettext" not in text and "_(" not in text:
            continue
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{path}: {done.stderr}"
        if done.stdout:
            found |= {(entry.msgctxt or "", entry.msgid) for entry in polib.pofile(done.stdout)}
    return found


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda p: str(p.relative_to(ROOT).parents[2]))
def test_no_entry_is_empty_unsure_or_doubled(path):
    entries = polib.pofile(str(path))
    assert [e.msgid for e in entries if e.obsolete or "fuzzy" in e.flags or not all(texts(e))] == []
    keys = [(e.msgctxt, e.msgid) for e in entries]
    assert sorted({f"{key}" for key in keys if keys.count(key) > 1}) == []


def misplaced(entry: polib.POEntry) -> set[str]:
    """Return the placeholders that a translation has alone, or has lost."""
    asked = [set(PLACEHOLDER.findall(text)) for text in (entry.msgid, entry.msgid_plural) if text]
    said = [set(PLACEHOLDER.findall(text)) for text in texts(entry)]
    strange = set.union(*said) - set.union(*asked)
    # What stands for one may say so by the word itself: "The first".
    lost = set.intersection(*asked) - set.intersection(*(said[1:] or said))
    return strange | lost - LEFT_OUT


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_translation_has_the_placeholders_of_its_entry(path):
    found = {entry.msgid: names for entry in polib.pofile(path) if (names := misplaced(entry))}
    assert found == {}


def test_a_lost_or_strange_placeholder_is_noticed():
    for french in ("Pour", "Pour %(nom)s", "Pour {name}"):
        assert misplaced(polib.POEntry(msgid="For %(name)s", msgstr=french))
    assert not misplaced(polib.POEntry(msgid="For %(name)s", msgstr="Pour %(name)s"))


def test_nothing_is_put_together_past_the_translation():
    """f"{name}: {words}" is an English colon: `directory.phrases` sets it by the language."""
    found = []
    for path in (path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("messages."):
                words = [part for arg in call.args for part in ast.walk(arg)]
                found += [path for part in words if isinstance(part, ast.JoinedStr)]
    assert found == []


@pytest.mark.parametrize(
    ("language", "said"), [("fr", "Bilan\u00a0: trop gros"), ("en", "Bilan: trop gros")]
)
def test_what_is_said_of_something_has_the_colon_of_the_language(language, said):
    with translation.override(language):
        assert about("Bilan", "trop gros") == said


def test_everything_that_is_asked_for_has_its_french():
    found = asked()
    assert {("navigation", "Main"), ("", "just now")} <= found
    known = {(e.msgctxt or "", e.msgid) for path in FRENCH for e in polib.pofile(str(path))}
    assert sorted(found - known) == []


@pytest.mark.parametrize("path", FRENCH, ids=lambda p: str(p.relative_to(ROOT).parents[3]))
def test_the_french_is_set_as_french(path):
    wrong = [
        text
        for entry in polib.pofile(str(path))
        for text in map(shown, texts(entry))
        if is_ill_set(text)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", FRENCH, ids=lambda p: str(p.relative_to(ROOT).parents[3]))
def test_sentences_speak_to_the_reader_and_buttons_do_not(path):
    entries = polib.pofile(str(path))
    assert [text for e in entries for text in texts(e) if is_told_as_a_button(shown(text))] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda p: str(p.relative_to(ROOT).parents[2]))
def test_no_text_has_a_slip_of_the_hand(path):
    assert [
        text
        for entry in polib.pofile(str(path))
        for text in texts(entry)
        if SLIPS.search(TAGS.sub("", text)) or PARTED.search(text)
    ] == []


def english() -> list[str]:
    """Return what the code says itself and what is said in the place of Wagtail's English."""
    ours = {words for _context, words in asked()}
    assert {"Search", "Added to a group"} & ours
    given = {text for path in ENGLISH for e in polib.pofile(str(path)) for text in texts(e)}
    return sorted(ours | given)


def test_the_english_is_set_as_english():
    assert [
        words
        for words in english()
        if SLIPS.search(TAGS.sub("", words))
        or any(sign.search(shown(words)) for sign in (STRAIGHT, QUOTED))
    ] == []


@pytest.mark.parametrize("path", FRENCH, ids=lambda p: str(p.relative_to(ROOT).parents[3]))
def test_no_name_follows_a_word_that_would_have_to_be_elided(path):
    """« Compte de Alicia » cannot be: « Compte : Alicia »."""
    entries = polib.pofile(str(path))
    assert [text for e in entries for text in texts(e) if ELIDING.search(text)] == []


@pytest.mark.parametrize(("language", "said"), [("fr", "à l’instant"), ("en", "just now")])
def test_what_is_younger_than_a_minute_is_said_to_be_of_now(language, said):
    """Wagtail looks for the words "0 minutes", which French says in the singular."""
    now = timezone.now()
    with translation.override(language):
        assert timesince_simple(now) == said
        assert said in design.when(now, "ago")


@pytest.mark.parametrize(
    ("code", "language", "said"),
    [
        ("fr", "en", "French"),
        ("en", "en", "English"),
        ("fr", "fr", "français"),
        ("en", "fr", "anglais"),
    ],
)
def test_a_language_is_named_as_within_a_sentence(code, language, said):
    with translation.override(language):
        assert design.language_within(code) == said


def test_the_account_is_named_without_an_article():
    with translation.override("fr"):
        menu = render_to_string("design/account_menu.html", {"user": User(first_name="Alicia")})
    assert "Compte\u00a0: Alicia<" in menu


def test_a_name_after_such_a_word_is_noticed():
    assert ELIDING.search("Compte de %(name)s")
    assert ELIDING.search("Page verrouillée que <b>%(who)s</b>")
    assert not ELIDING.search("jusqu’au %(end)s, avis de %(number)s personnes")


@pytest.mark.parametrize("path", FRENCH, ids=lambda p: str(p.relative_to(ROOT).parents[3]))
def test_one_word_stands_for_one_thing_in_french(path):
    every = [shown(text) for entry in polib.pofile(str(path)) for text in texts(entry)]
    assert strays(every, INSTEAD) == []


def test_one_word_stands_for_one_thing_in_english():
    assert strays(map(shown, english()), INSTEAD_ENGLISH) == []


def test_another_word_for_the_same_thing_is_noticed():
    assert strays(["Elle est à la corbeille."], INSTEAD) == [
        ("Elle est à la corbeille.", "dans la corbeille")
    ]
    assert strays(["Put into the trash", "Log in"], INSTEAD_ENGLISH) != []


@pytest.mark.parametrize(
    "text", ["C'est fait", "Qui voit quoi ?", "Fait ; bien", "Fait; bien", "« mot »", "Niveau: 1"]
)
def test_what_is_set_otherwise_is_noticed(text):
    assert is_ill_set(text)


@pytest.mark.parametrize(
    "text",
    ["Vérifier la date.", "Rien n’est perdu : l’envoyer à nouveau.", "Dans LDAP, ajouter ceci."],
)
def test_a_sentence_told_as_a_button_is_noticed(text):
    assert is_told_as_a_button(text)
    assert not is_told_as_a_button("Vérifiez la date. Votre nom reste.")
    assert not is_told_as_a_button("Vérifier la date")


@pytest.mark.parametrize("text", ["deux  fois", "de de la", "En cours...", 'un "mot"'])
def test_a_slip_is_noticed(text):
    assert SLIPS.search(text)


@pytest.mark.parametrize("text", ["Il est 14:05", "/d/<numéro>/", "Niveau\u00a0:", "Quoi\u00a0?"])
def test_what_is_set_well_is_left_alone(text):
    assert not is_ill_set(text)


def test_the_same_english_is_the_same_french():
    """The catalogues are merged: of two that differ, one would never be seen."""
    french: dict[tuple[str, str], set[str]] = {}
    for path in FRENCH:
        for entry in polib.pofile(str(path)):
            found = french.setdefault((entry.msgctxt or "", entry.msgid), set())
            found.add(" | ".join(texts(entry)))
    assert {key: words for key, words in french.items() if len(words) > 1} == {}


@pytest.mark.parametrize(
    "ours",
    ["editor/locale/fr/LC_MESSAGES/django.po", "editor/locale/fr/LC_MESSAGES/djangojs.po",
     "locale/en/LC_MESSAGES/django.po", "locale/en/LC_MESSAGES/djangojs.po"],
)  # fmt: skip
def test_the_words_that_stand_for_wagtails_are_still_wagtails(ours):
    """Of what a newer Wagtail says otherwise, nobody would see the words given here."""
    theirs = {
        (e.msgctxt, e.msgid)
        for path in Path(wagtail.__file__).parent.rglob(f"locale/fr/LC_MESSAGES/{Path(ours).name}")
        for e in polib.pofile(str(path))
        if not e.obsolete
    }
    given = polib.pofile(str(ROOT / "config" / ours))
    assert [e.msgid for e in given if (e.msgctxt, e.msgid) not in theirs] == []


def test_the_states_of_a_page_have_its_gender():
    entries = polib.pofile(str(ROOT / "config/editor/locale/fr/LC_MESSAGES/django.po"))
    assert "Publiée" in [text for entry in entries for text in texts(entry)]
    assert [text for e in entries for text in texts(e) if MASCULINE.search(text)] == []


def test_nobody_reads_a_word_of_two_genders():
    """« Publié(e) » leaves the reader to choose: of Wagtail's, another text stands for it."""
    theirs = [
        path
        for app in apps.get_app_configs()
        if app.name.split(".")[0] == "wagtail"
        for path in Path(app.path).glob("locale/fr/LC_MESSAGES/django*.po")
    ]
    asked = {
        (entry.msgctxt, entry.msgid)
        for path in theirs
        for entry in polib.pofile(str(path))
        if not entry.obsolete and any(map(DOUBLE.search, texts(entry)))
    }
    assert (None, "Published") in asked
    ours = [entry for path in FRENCH for entry in polib.pofile(str(path))]
    assert sorted(f"{key}" for key in asked - {(e.msgctxt, e.msgid) for e in ours}) == []
    assert [text for e in ours for text in texts(e) if DOUBLE.search(text)] == []


def test_what_is_left_in_english_is_meant():
    same = {
        entry.msgid
        for path in FRENCH
        for entry in polib.pofile(str(path))
        if entry.msgid in texts(entry)
    }
    assert same - ALIKE == set()
    assert ALIKE - same == set()
