"""Who may see one folder or document: access rights of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from directory import access, journal
from directory.access import Level
from directory.actions.grants import grant_access, revoke_access
from directory.actions.scopes import create_scope, move_scope, set_inherits
from directory.models import (
    AccessGroup,
    AccessScope,
    GroupGrant,
    ScopeInheritance,
    ScopeKind,
    User,
    UserGrant,
)
from documents.models import Node

from . import tree
from .errors import NobodyLeft, OwnAccess


def share(
    *,
    actor: User | None,
    node: Node,
    to: AccessGroup | User,
    level: Level,
    expires_at: datetime | None = None,
    reason: str = "",
) -> GroupGrant | UserGrant:
    """Give a group or a person access to `node` and what is below it, beside who has it now.

    The actor manages the node. Raises ValidationError where `expires_at` is past, and
    NobodyLeft where it puts an end to the last access that manages the node.
    """
    with journal.transaction():
        (node,) = tree.locked(node)
        tree.require(actor, Level.MANAGE, node.scope_id)
        scope = _own_scope(actor=actor, node=tree.live(node))
        with _still_managed(actor=actor, scope=scope, sure=True):
            return grant_access(
                actor=actor, scope=scope, level=level, to=to, expires_at=expires_at, reason=reason
            )


def unshare(
    *, actor: User | None, node: Node, grant: GroupGrant | UserGrant, sure: bool = False
) -> None:
    """Take `grant`, given on `node` itself, away.

    The actor manages the node. Raises NobodyLeft where nobody would manage it afterwards,
    and OwnAccess where the actor would not, unless they are `sure`. Raises Http404 for a
    grant that stands elsewhere.
    """
    with journal.transaction():
        (node,) = tree.locked(node)
        tree.require(actor, Level.MANAGE, node.scope_id)
        scope = node.access_scope
        there = type(grant)._default_manager.filter(pk=grant.pk, content_object=scope).first()
        if scope is None or there is None:
            raise Http404
        with _still_managed(actor=actor, scope=scope, sure=sure):
            revoke_access(actor=actor, grant=there)


@contextmanager
def _still_managed(*, actor: User | None, scope: AccessScope, sure: bool) -> Iterator[None]:
    """Refuse, by raising, a change of grants after which `scope` is in nobody's hands.

    What the directory takes away is not stopped here: IT administrators, who need no right
    on a scope to give one, mend that.
    """

    def managed() -> tuple[bool, bool]:
        return (
            access.having(Level.MANAGE, scope).exists(),
            access.having(Level.MANAGE, scope, lasting=True).exists(),
        )

    before = managed()
    yield
    if any(was and not still for was, still in zip(before, managed(), strict=True)):
        raise NobodyLeft
    managers = access.having(Level.MANAGE, scope)
    if not sure and actor is not None and not managers.filter(pk=actor.pk).exists():
        raise OwnAccess


def break_inheritance(*, actor: User | None, node: Node, keep_access: bool = True) -> Node:
    """Give `node` and what is below it access rights of its own, and return it.

    `keep_access` true: who has access now keeps it, to be thinned out by hand; false: only
    those who manage it keep it. The actor manages the node.
    """
    with journal.transaction():
        (node,) = tree.locked(node)
        tree.require(actor, Level.MANAGE, node.scope_id)
        scope = _own_scope(actor=actor, node=tree.live(node))
        if scope.inherits:
            _copy_grants(
                actor=actor, scope=scope, least=Level.READ if keep_access else Level.MANAGE
            )
            set_inherits(actor=actor, scope=scope, inherits=False)
            journal.append(
                f"{tree.noun(node)}.inheritance_broken",
                obj=node,
                actor=actor,
                scope=scope,
                payload={"keep_access": keep_access},
            )
        return node


def restore_inheritance(*, actor: User | None, node: Node, sure: bool = False) -> Node:
    """Let `node` have the access rights of the folder it lies in again; return it.

    Its own grants are taken away. The scope stays, so that no row below changes. Raises
    NobodyLeft and OwnAccess as `unshare` does.
    """
    with journal.transaction():
        (node,) = tree.locked(node)
        tree.require(actor, Level.MANAGE, node.scope_id)
        scope = node.access_scope
        if scope is None or scope.inherits:
            return node
        with _still_managed(actor=actor, scope=scope, sure=sure):
            for to_group in scope.group_grants.all():
                revoke_access(actor=actor, grant=to_group)
            for to_person in scope.user_grants.all():
                revoke_access(actor=actor, grant=to_person)
            set_inherits(actor=actor, scope=scope, inherits=True)
        journal.append(
            f"{tree.noun(node)}.inheritance_restored", obj=node, actor=actor, scope=scope
        )
        return node


def _own_scope(*, actor: User | None, node: Node) -> AccessScope:
    """Return the scope of `node` itself, made where it has none; it inherits at first."""
    if node.parent_id is None:
        return node.scope
    if node.own_scope is not None:
        return node.own_scope
    old = node.scope
    scope = create_scope(
        actor=actor,
        kind=ScopeKind.FOLDER if node.is_folder else ScopeKind.DOCUMENT,
        label=node.name,
        parent=old,
    )
    below = Node.objects.under(node)
    owned = AccessScope.objects.filter(
        parent=old, pk__in=below.filter(own_scope__isnull=False).values("own_scope_id")
    )
    for inner in owned:
        move_scope(actor=actor, scope=inner, parent=scope)
    below.filter(scope=old).update(scope=scope)
    node.scope = node.own_scope = scope
    node.save(update_fields=["scope", "own_scope"])
    journal.append(
        f"{tree.noun(node)}.scope_changed",
        obj=node,
        actor=actor,
        scope=scope,
        payload={"from_scope": old.pk, "to_scope": scope.pk},
    )
    return scope


def _copy_grants(*, actor: User | None, scope: AccessScope, least: Level) -> None:
    """Give on `scope` itself what the scopes above it give there."""
    above = (
        ScopeInheritance.objects.filter(descendant=scope)
        .exclude(ancestor=scope)
        .values("ancestor_id")
    )
    in_force = Q(content_object__in=above, permission__codename__in=least.and_above()) & (
        Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    )
    groups = GroupGrant.objects.filter(in_force).select_related(
        "permission", "group__access_group__service"
    )
    people = UserGrant.objects.filter(in_force).select_related("permission", "user")
    found: list[tuple[GroupGrant | UserGrant, AccessGroup | User]] = [
        *((grant, grant.group.access_group) for grant in groups),
        *((grant, grant.user) for grant in people),
    ]
    # Of two grants of a level to the same, the one that lasts longer is to be left.
    found.sort(key=lambda pair: (pair[0].expires_at is None, str(pair[0].expires_at)))
    for grant, to in found:
        grant_access(
            actor=actor,
            scope=scope,
            level=Level.from_codename(grant.permission.codename),
            to=to,
            expires_at=grant.expires_at,
            reason=grant.reason,
        )
