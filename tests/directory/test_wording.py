"""Every event that an app declares has words, in both languages, and so have its details."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from django.utils import translation

from directory import journal
from directory.journal import details, events
from directory.signing_in import Why

ROOT = Path(__file__).resolve().parents[2]
APPS = ("directory", "documents", "intranet", "search", "config")
# The one place that makes entries.
WRITING = ROOT / "directory/journal/writing.py"


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Yield each call in the source, with the file that it stands in."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    yield str(path.relative_to(ROOT)), node


def test_no_entry_is_made_past_the_journal():
    makers = {
        name
        for name, call in calls()
        if ast.unparse(call.func) in {"JournalEntry", "JournalEntry.objects.create"}
    }
    assert makers == {str(WRITING.relative_to(ROOT))}


def test_events_stand_where_their_app_declares_them():
    """What stands elsewhere would be told, and nobody would know of it."""
    makers = {name for name, call in calls() if ast.unparse(call.func) in {"Event", "_event"}}
    # The demo's calendar has events of another kind.
    assert {Path(name).name for name in makers - {"config/demo/pages.py"}} == {"events.py"}
    declared = {event.name for event in journal.declared()}
    assert {
        "demo.loaded", "folder.moved", "grant.changed", "image.added", "notice.published",
        "document.moved", "page.published", "session.signed_out", "sync.approved",
    } <= declared  # fmt: skip


@pytest.mark.parametrize("event", journal.declared(), ids=lambda event: event.name)
def test_every_event_has_words_and_a_name_of_two_parts(event):
    with translation.override("en"):
        english = str(event.words)
    with translation.override("fr"):
        french = str(event.words)
    assert english != event.name
    assert french not in (event.name, english)
    noun, verb = event.name.split(".")
    assert noun.isidentifier()
    assert verb.isidentifier()


def test_an_event_of_another_release_is_shown_by_its_name():
    assert events.words_for("thing.done") == "thing.done"


def test_two_events_of_one_name_are_refused():
    journal.declare(journal.declared())
    with pytest.raises(ValueError, match=r"grant\.given"):
        journal.declare([journal.Event("grant.given", "Something else")])


SHOWN = sorted(
    {
        key
        for event in journal.declared()
        if event.shows_details
        for key in get_type_hints(event.payload)
    }
)


@pytest.mark.parametrize("key", SHOWN)
def test_every_detail_that_is_shown_has_its_words(key):
    with translation.override("fr"):
        assert details.named_key(key) != key
    assert key in details._KEYS


def test_no_detail_has_words_that_none_shows():
    assert set(details._KEYS) == set(SHOWN)


def causes_written() -> set[str]:
    """Return the codes of causes that the directory's own actions are given."""
    return {
        node.value
        for name, call in calls()
        if name.startswith("directory/")
        if ast.unparse(call.func).rpartition(".")[2]
        in {"deactivate_people", "end_sessions", "refuse"}
        for word in call.keywords
        if word.arg == "why"
        for node in ast.walk(word.value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_cause_has_its_words():
    assert {"self", "throttled", "absent"} <= causes_written()
    assert causes_written() | set(Why) == set(details._CODES["why"])


DETAILS: list[tuple[dict[str, Any], str, str]] = [
    (
        {"level": "read", "group": 5, "user": None, "inherits": False, "reason": "", "thing": [1]},
        "level: read, group no.: 5, inherits: no, thing: 1",
        "niveau : lecture, groupe n° : 5, hérite : non, thing : 1",
    ),
    (
        {"basis_group": 7, "basis_user": None, "expires_at": "2026-12-31T22:59:59+00:00"},
        "depends on group access no.: 7, until: 31/12/2026 18:59",
        "dépend de l’accès de groupe n° : 7, jusqu’au : 31/12/2026 18:59",
    ),
    (
        {"from": None, "to": 3},
        "before: none, after: 3",
        "avant : aucun, après : 3",
    ),
    (
        {"access_groups": [3, 5], "origin": "manual"},
        "access groups: no. 3, no. 5, origin: by hand",
        "groupes d’accès : n° 3, n° 5, origine : à la main",
    ),
    (
        {"access_groups": [3], "origin": "directory"},
        "access group: no. 3, origin: directory",
        "groupe d’accès : n° 3, origine : annuaire",
    ),
    (
        {"kind": "space", "why": "throttled", "via": "local"},
        "kind: document space, cause: too many attempts, password checked by: Marigot",
        "type : espace documentaire, raison : trop de tentatives, "
        "mot de passe vérifié par : Marigot",
    ),
    (
        {"fields": ["mail", "login"]},
        "what changed: e-mail, login",
        "ce qui a changé : courriel, identifiant",
    ),
    (
        {"counts": {"people_created": 3, "groups_gone": 1, "new": 2}},
        "counted: People imported (3), Groups no longer in the directory (1), new (2)",
        "décompte : Personnes importées (3), Groupes qui ne sont plus dans l’annuaire (1), new (2)",
    ),
    (
        {"number": 1, "entries": [{"name": "cn=a,dc=b", "why": "login_blank"}]},
        "how many: 1, entries: cn=a,dc=b (its login is blank)",
        "nombre : 1, entrées : cn=a,dc=b (son identifiant est vide)",
    ),
    (
        {"filters": "service=finance&outcome=denied"},
        "filters: service “finance”, outcome “denied”",
        "filtres : service « finance », résultat « refusé »",
    ),
    ({"filters": "", "expires_at": "soon", "counts": 4}, "until: soon, counted: 4", ""),
    ({"expires_at": "2026-13-45T10:00:00Z"}, "until: 2026-13-45T10:00:00Z", ""),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "english", "french"), DETAILS)
def test_details_are_shown_by_their_words(payload, english, french):
    with translation.override("en"):
        assert details.in_words(payload) == english
    with translation.override("fr"):
        shown = details.in_words(payload)
    assert not french or shown.replace("\u00a0", " ") == french
