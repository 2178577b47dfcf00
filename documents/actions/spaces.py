"""Making and changing document spaces."""

from __future__ import annotations

import secrets

from django.utils.text import slugify
from django.utils.translation import gettext as _

from directory import journal
from directory.access import Level
from directory.actions.scopes import create_scope, rename_scope
from directory.models import ScopeKind, Service, User
from directory.text import cleaned, code_of, one_line
from documents import events
from documents.models import Kind, Node, Space

from .errors import Refused
from .tree import require


def create_space(
    *,
    actor: User | None,
    service: Service,
    name_fr: str,
    name_en: str = "",
    description_fr: str = "",
    description_en: str = "",
    slug: str = "",
    shared: bool = False,
) -> Space:
    """Make a space of `service` with its root folder and return it.

    `shared` false: the people of the service see it; true: the whole organisation reads
    it, the service's contributors write. The actor manages the service. An empty `slug`
    is made from the names; programs alone give one, since whether it is free tells of spaces
    that the actor does not see. Raises Refused on a slug that is taken, or no name.
    """
    require(actor, Level.MANAGE, service.scope_id)
    name_fr, name_en = one_line(name_fr), one_line(name_en)
    if not (name_fr or name_en):
        raise Refused(_("Give a name."), code="empty")
    name_fr, name_en = name_fr or name_en, name_en or name_fr
    with journal.transaction():
        scope = create_scope(
            actor=actor,
            kind=ScopeKind.SPACE,
            label=name_fr,
            parent=service.public_scope if shared else service.scope,
        )
        root = Node(kind=Kind.FOLDER, name="", scope=scope, created_by=actor, modified_by=actor)
        space = Space.objects.create(
            scope=scope,
            service=service,
            slug=_slug(slug, service, name_fr),
            name_fr=name_fr[:200],
            name_en=name_en[:200],
            description_fr=cleaned(description_fr).strip()[:500],
            description_en=cleaned(description_en).strip()[:500],
            root_id=root.pk,
        )
        root.space = space
        root.save(force_insert=True)
        space.root = root
        journal.append(
            events.SPACE_CREATED,
            obj=space,
            actor=actor,
            scope=scope,
            payload={"slug": space.slug, "service": service.pk, "root": str(root.pk)},
        )
    return space


def update_space(
    *,
    actor: User | None,
    space: Space,
    name_fr: str,
    name_en: str,
    description_fr: str = "",
    description_en: str = "",
) -> Space:
    """Give a space other names and descriptions. The actor manages the space."""
    name_fr, name_en = one_line(name_fr), one_line(name_en)
    if not (name_fr or name_en):
        raise Refused(_("Give a name."), code="empty")
    with journal.transaction():
        space = Space.objects.select_for_update(no_key=True).get(pk=space.pk)
        require(actor, Level.MANAGE, space.scope_id)
        space.name_fr, space.name_en = (name_fr or name_en)[:200], (name_en or name_fr)[:200]
        space.description_fr = cleaned(description_fr).strip()[:500]
        space.description_en = cleaned(description_en).strip()[:500]
        space.save(update_fields=["name_fr", "name_en", "description_fr", "description_en"])
        rename_scope(actor=actor, scope=space.scope, label=space.name_fr)
        journal.append(
            events.SPACE_CHANGED,
            obj=space,
            actor=actor,
            scope=space.scope_id,
            payload={"root": str(space.root_id)},
        )
    return space


def _slug(given: str, service: Service, name: str) -> str:
    if given:
        if Space.objects.filter(slug=given).exists():
            raise Refused(_("This identifier is taken."), code="slug_taken")
        return given
    base = slugify(name)[:40].strip("-") or "documents"
    return f"{service.slug[:30]}-{base}-{code_of(secrets.token_bytes(4))}"
