"""The document spaces of the demo and the files in them."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from directory.access import Level
from directory.models import AccessGroup, Role, Service, User
from documents import blobs
from documents.actions.folders import ensure_path
from documents.actions.sharing import break_inheritance, share
from documents.actions.spaces import create_space
from documents.actions.uploads import upload
from documents.models import Node, Space

from .organisation import head_of, heads

FILES = Path(__file__).parent / "files"

# Folders that the whole organisation reads; the others are the service's own.
REFERENCE = {
    "communication": {"Chartes"},
    "direction-generale": {"Pilotage"},
    "finances": {"Procédures"},
    "informatique": {"Chartes"},
    "population": {"Cyclone"},
    "ressources": {"Achats", "Modèles"},
    "ressources-humaines": {"Accueil", "Temps de travail", "Recrutement"},
    "voirie": {"Sécurité"},
}
CONFIDENTIAL = ("ressources-humaines", "Dossiers disciplinaires")
# The folder of one service that another reads for a while.
LENT = ("amenagement", "Programmation", "finances")


def load() -> None:
    """Make the spaces and put the files into them, where they are missing."""
    for slug in sorted(heads()):
        service = Service.objects.get(slug=slug)
        actor = head_of(slug)
        own = _space(service, actor, slug, "Dossiers du service", "Service files", shared=False)
        reference: Space | None = None
        if slug in REFERENCE:
            reference = _space(
                service,
                actor,
                f"{slug}-reference",
                "Documents de référence",
                "Reference documents",
                shared=True,
            )
        for path in sorted((FILES / slug).rglob("*")):
            if path.is_file():
                folder = path.relative_to(FILES / slug).parts[0]
                shared = reference is not None and folder in REFERENCE.get(slug, set())
                _put(path, reference if shared and reference else own, actor)
    _set_apart()
    _lend()


def _space(
    service: Service, actor: User, slug: str, name_fr: str, name_en: str, *, shared: bool
) -> Space:
    there = Space.objects.filter(slug=slug).first()
    return there or create_space(
        actor=actor, service=service, name_fr=name_fr, name_en=name_en, slug=slug, shared=shared
    )


def _put(path: Path, space: Space, actor: User) -> None:
    *folders, name = path.relative_to(FILES / space.service.slug).parts
    folder = ensure_path(actor=actor, parent=space.root, parts=folders)
    if Node.objects.filter(parent=folder, name=name, trashed_at__isnull=True).exists():
        return
    with path.open("rb") as file:
        staged = blobs.stage(file)
    upload(actor=actor, folder=folder, name=name, staged=staged, modified_at=_date_of(path))


def _date_of(path: Path) -> datetime:
    """Return a day of the last year, the same for the same file."""
    chance = random.Random(path.name)  # noqa: S311
    return timezone.now() - timedelta(days=chance.randint(2, 360), minutes=chance.randint(0, 500))


def _folder(slug: str, name: str) -> Node:
    return Node.objects.get(
        space__slug=slug, parent=Space.objects.get(slug=slug).root, name=name, trashed_at=None
    )


def _set_apart() -> None:
    slug, name = CONFIDENTIAL
    folder = _folder(slug, name)
    if folder.own_scope is None or folder.own_scope.inherits:
        break_inheritance(actor=head_of(slug), node=folder, keep_access=False)


def _lend() -> None:
    slug, name, borrower = LENT
    folder = _folder(slug, name)
    if folder.own_scope is None:
        share(
            actor=head_of(slug),
            node=folder,
            to=AccessGroup.objects.get(service__slug=borrower, role=Role.MEMBER),
            level=Level.READ,
            expires_at=timezone.now() + timedelta(days=60),
            reason="Préparation budgétaire 2027",
        )
