"""Every action that the code writes into the journal has words, in both languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from directory.journal import details, wording

ROOT = Path(__file__).resolve().parents[2]
APPS = ("directory", "documents", "intranet", "search", "config")
# The one place that makes entries.
WRITING = ROOT / "directory/journal/writing.py"
NOUN = "tree.noun(node)"


@dataclass(frozen=True)
class Module:
    """A module of the source, in which the names of actions are looked for."""

    name: str
    tree: ast.Module

    def written(self) -> set[str]:
        """Return the names of the actions that its code appends."""
        found: set[str] = set()
        for call, within in self._calls():
            if ast.unparse(call.func) == "journal.append":
                found |= self._values(call.args[0], within)
        return found

    def _calls(self) -> Iterator[tuple[ast.Call, ast.FunctionDef | None]]:
        """Yield each call with the innermost function that it stands in."""

        def look(
            node: ast.AST, within: ast.FunctionDef | None
        ) -> Iterator[tuple[ast.Call, ast.FunctionDef | None]]:
            if isinstance(node, ast.FunctionDef):
                within = node
            if isinstance(node, ast.Call):
                yield node, within
            for child in ast.iter_child_nodes(node):
                yield from look(child, within)

        return look(self.tree, None)

    def _values(self, given: ast.expr, within: ast.FunctionDef | None) -> set[str]:
        """Return the texts that an expression may have; fail where that cannot be told."""
        if isinstance(given, ast.Constant):
            return {str(given.value)}
        if isinstance(given, ast.IfExp):
            return self._values(given.body, within) | self._values(given.orelse, within)
        if isinstance(given, ast.JoinedStr) and ast.unparse(given).startswith(f"f'{{{NOUN}}}."):
            verb = ast.literal_eval(given.values[-1])
            return {f"folder{verb}", f"document{verb}"}
        if isinstance(given, ast.Name):
            return self._named(given.id, within)
        raise AssertionError(f"{self.name}:{given.lineno}: which action is {ast.unparse(given)}?")

    def _named(self, name: str, within: ast.FunctionDef | None) -> set[str]:
        """Return what a name stands for: a parameter, or what is assigned to it."""
        parameters = [arg.arg for arg in within.args.args] if within is not None else []
        found: set[str] = set()
        if within is not None and name in parameters:
            place = parameters.index(name)
            for call, around in self._calls():
                if ast.unparse(call.func) == within.name:
                    by_name = [word.value for word in call.keywords if word.arg == name]
                    found |= self._values((by_name or call.args[place : place + 1])[0], around)
        else:
            for node in ast.walk(within or self.tree):
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
                    found |= self._values(node.value, within)
            if not found and within is not None:
                return self._named(name, None)
        assert found, f"{self.name}: nothing tells what {name} is"
        return found


def modules() -> Iterator[Module]:
    """Yield the modules of the source."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            yield Module(str(path.relative_to(ROOT)), ast.parse(path.read_text()))


def written() -> set[str]:
    """Return the names of actions in the source."""
    return set().union(*(module.written() for module in modules()))


def test_the_search_for_names_finds_them():
    assert {
        "demo.loaded", "folder.moved", "grant.changed", "grant.given", "image.added",
        "membership.removed", "page.published", "session.signed_out", "sync.approved",
    } <= written()  # fmt: skip


def test_an_action_that_cannot_be_told_is_noticed():
    tree = ast.parse("def tell(what):\n    journal.append(what + '.done', actor=None)\n")
    with pytest.raises(AssertionError, match="which action"):
        Module("thing", tree).written()


def test_no_entry_is_made_past_the_journal():
    makers = {
        module.name
        for module in modules()
        for call, _within in module._calls()
        if ast.unparse(call.func) in {"JournalEntry", "JournalEntry.objects.create"}
    }
    assert makers == {str(WRITING.relative_to(ROOT))}


@pytest.mark.parametrize("name", sorted(written()))
def test_every_action_has_words(name):
    with translation.override("en"):
        english = wording.words_for(name)
    with translation.override("fr"):
        french = wording.words_for(name)
    assert english != name
    assert french not in (name, english)


def test_an_action_of_another_release_is_shown_by_its_name():
    assert wording.words_for("thing.done") == "thing.done"


def details_written() -> set[str]:
    """Return the keys that the directory's own actions put into their payloads."""
    found: set[str] = set()
    for module in modules():
        if not module.name.startswith("directory/"):
            continue
        for node in ast.walk(module.tree):
            given: list[ast.expr | None] = []
            if isinstance(node, ast.keyword) and node.arg == "payload":
                given = [node.value]
            elif isinstance(node, ast.Assign) and "payload" in ast.unparse(node.targets[0]):
                if isinstance(node.targets[0], ast.Subscript):
                    found.add(ast.literal_eval(node.targets[0].slice))
                given = [node.value]
            elif isinstance(node, ast.FunctionDef) and node.name == "_payload":
                given = [part.value for part in ast.walk(node) if isinstance(part, ast.Return)]
            for each in given:
                if isinstance(each, ast.Dict):
                    found |= {ast.literal_eval(key) for key in each.keys if key is not None}
    return found


def test_the_search_for_details_finds_them():
    assert {
        "level",
        "dir_group",
        "unknown",
        "mark",
        "filters",
        "counts",
        "why",
    } <= details_written()


@pytest.mark.parametrize("key", sorted(details_written()))
def test_every_detail_has_its_words(key):
    with translation.override("fr"):
        assert details.named_key(key) != key
    assert key in details._KEYS


def causes_written() -> set[str]:
    """Return the codes of causes that the directory's own actions are given."""
    return {
        node.value
        for module in modules()
        if module.name.startswith("directory/")
        for call, _within in module._calls()
        if ast.unparse(call.func).rpartition(".")[2]
        in {"deactivate_people", "end_sessions", "refuse"}
        for word in call.keywords
        if word.arg == "why"
        for node in ast.walk(word.value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_cause_has_its_words():
    assert {"self", "throttled", "absent"} <= causes_written()
    assert causes_written() == set(details._CODES["why"])


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
]  # fmt: skip


@pytest.mark.parametrize(("payload", "english", "french"), DETAILS)
def test_details_are_shown_by_their_words(payload, english, french):
    with translation.override("en"):
        assert details.in_words(payload) == english
    with translation.override("fr"):
        shown = details.in_words(payload)
    assert not french or shown.replace("\u00a0", " ") == french
