"""Fixtures of the tests of documents."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from directory.models import Role
from documents.models import Space
from search import extraction as reader
from tests.directory.factories import make_person, make_service
from tests.kept import kept

from .factories import make_document, make_folder, make_space, make_version


@pytest.fixture(autouse=True)
def blob_folder(tmp_path: Path, settings) -> Path:
    """An empty blob store for each test."""
    settings.BLOB_FOLDER = tmp_path / "blobs"
    return settings.BLOB_FOLDER


@kept
def world() -> SimpleNamespace:
    """Two services, a space in each, and the people of the first; see `make_world`."""
    return make_world()


def make_world() -> SimpleNamespace:
    """Two services, a space in each, and people in every role of the first.

    `stranger` is a member of the second service alone.
    """
    finance, schools = make_service("finance"), make_service("schools")
    return SimpleNamespace(
        finance=finance,
        schools=schools,
        member=make_person("mia.member", service=finance),
        contributor=make_person("carl.contributor", service=finance, role=Role.CONTRIBUTOR),
        head=make_person("hana.head", service=finance, role=Role.HEAD),
        stranger=make_person("sam.stranger", service=schools),
        it_admin=make_person("ida.admin", it_admin=True),
        both=_in_both(finance, schools),
        space=make_space(finance, "budgets"),
        other=make_space(schools, "classes"),
    )


def _in_both(finance, schools):
    from tests.directory.factories import group_of, join

    person = make_person("bo.both", service=finance, role=Role.CONTRIBUTOR)
    join(person, group_of(schools, Role.CONTRIBUTOR))
    return person


@pytest.fixture
def take_the_sandbox_away(monkeypatch) -> Callable[[], None]:
    """Called, from then on no file can be read on this machine."""

    def unavailable(*_asked: object, **_more: object) -> None:
        raise reader.ExtractionUnavailable("no sandbox here")

    return lambda: monkeypatch.setattr(reader, "extract", unavailable)


@pytest.fixture
def full(world):
    """The world with a folder, two documents and a version more."""
    world.folder = make_folder(world.space, "Dossier secret")
    world.document = make_document(world.folder, "Bilan 2026.txt", b"Un", actor=world.contributor)
    make_version(world.document, b"Deux", actor=world.head)
    return world


@pytest.fixture
def space(db: None, blob_folder: Path) -> Space:
    """A space to import into."""
    return make_space(make_service("archives"))


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """A small file share."""
    root = tmp_path / "share"
    (root / "Budgets" / "2025").mkdir(parents=True)
    (root / "Budgets" / "2025" / "primitif.txt").write_text("Le budget primitif de 2025.")
    (root / "Budgets" / "note.txt").write_text("Une note.")
    (root / "lisez-moi.txt").write_text("À lire d'abord.")
    (root / "vide").mkdir()
    os.utime(root / "Budgets" / "note.txt", ns=(0, 1_262_304_000_123_456_789))
    os.utime(root / "vide", (0, 1_000_000_000))
    return root
