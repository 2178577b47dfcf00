"""Who may see one folder or document: access rights of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.http import Http404

from directory import access, journal
from directory.access import Grant, Level, level_of
from directory.actions import authority
from directory.actions.grants import (
    based_on,
    deciding,
    end_grants,
    grant_access,
    grant_there,
    later,
    revoke_access,
    write_grant,
)
from directory.actions.scopes import create_scope, move_scope, set_inherits
from directory.delegation import (
    Bound,
    Effect,
    HeadsStay,
    effect,
    end_of,
    given_by,
    heads_would_lose,
    kept_of,
)
from directory.labels import names_of
from directory.models import (
    AccessGroup,
    AccessScope,
    ScopeKind,
    User,
)
from directory.text import sort_key
from documents import events
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
) -> Grant:
    """Give a group or a person access to `node` and what is below it, beside who has it now.

    The actor manages the node. Raises ValidationError where `expires_at` is past,
    LongerThanGiven where it is later than the end of the actor's own access, HeadsStay, and
    NobodyLeft where it puts an end to the last access that manages the node, or a place where
    something was given by it.
    """
    with journal.transaction():
        (node,) = tree.locked(node)
        tree.require(actor, Level.MANAGE, node.scope_id)
        scope = _own_scope(actor=actor, node=tree.live(node))
        authority.lock()
        there = grant_there(scope, level, to)
        changed = [] if there is None else [there]
        with _still_managed(actor=actor, scope=scope, changed=changed, sure=True):
            return grant_access(
                actor=actor, scope=scope, level=level, to=to, expires_at=expires_at, reason=reason
            )


def unshare(*, actor: User | None, node: Node, grant: Grant, sure: bool = False) -> None:
    """Take `grant`, given on `node` itself, away.

    The actor manages the node. Raises NobodyLeft where nobody would manage it afterwards, or
    another place where something ends with the grant; OwnAccess where the actor would not
    manage it, unless they are `sure`; HeadsStay where the heads of the service would not.
    Raises Http404 for a grant that stands elsewhere.
    """
    with journal.transaction():
        (node,) = tree.locked(node)
        tree.require(actor, Level.MANAGE, node.scope_id)
        scope = node.access_scope
        authority.lock()
        there = access.grant_at(scope, grant.key)
        if scope is None or there is None:
            raise Http404
        with _still_managed(actor=actor, scope=scope, changed=[there], sure=sure):
            revoke_access(actor=actor, grant=there)


@contextmanager
def _still_managed(
    *, actor: User | None, scope: AccessScope, changed: Sequence[Grant], sure: bool
) -> Iterator[None]:
    """Refuse, by raising, a change of grants after which a place is in nobody's hands.

    `changed`: the grants on `scope` that end or are shortened, read under `authority.lock`.
    What was given by them changes with them, wherever it stands: in a folder further in that
    was closed, its copy may be what the last of its managers has.

    What the directory takes away is not stopped here: IT administrators, who need no right
    on a scope to give one, mend that.
    """
    elsewhere = _elsewhere(scope, [*changed, *given_by(changed)])
    places = [scope.pk, *elsewhere]

    def managed() -> tuple[set[int], set[int]]:
        return (
            access.held(Level.MANAGE, places),
            access.held(Level.MANAGE, places, lasting=True),
        )

    before = managed()
    # Whoever sees a place now is told its name: nothing changes where this is refused.
    seen = elsewhere if actor is None else access.levels(actor, elsewhere)
    yield
    left = {pk for was, still in zip(before, managed(), strict=True) for pk in was - still}
    if left:
        raise _nobody_left(scope, elsewhere, left, seen)
    managers = access.having(Level.MANAGE, scope)
    if not sure and actor is not None and not managers.filter(pk=actor.pk).exists():
        raise OwnAccess


def _elsewhere(scope: AccessScope, grants: Sequence[Grant]) -> dict[int, AccessScope]:
    """Return the scopes, but for `scope`, that `grants` stand on, by number."""
    return {
        grant.content_object_id: grant.content_object
        for grant in grants
        if grant.content_object_id != scope.pk
    }


def _nobody_left(
    scope: AccessScope,
    elsewhere: dict[int, AccessScope],
    left: Collection[int],
    seen: Collection[int],
) -> NobodyLeft:
    """Return the refusal for the places `left`, naming those of `elsewhere` that are `seen`."""
    if scope.pk in left:
        return NobodyLeft()
    named = names_of(place for pk, place in elsewhere.items() if pk in left and pk in seen)
    return NobodyLeft(sorted(named.values(), key=sort_key))


def refusal_of_taking(*, actor: User | None, grant: Grant, ends: Sequence[Grant]) -> str:
    """Return why `unshare` would refuse to take `grant`, with which `ends` end, or "".

    It is asked before somebody decides; the action asks again, under its lock.
    """
    scope = grant.content_object
    return _refusal(actor=actor, scope=scope, ends=ends, follows=scope)


def refusal_of_restoring(*, actor: User | None, node: Node, ends: Sequence[Grant]) -> str:
    """Return why `restore_inheritance` of `node` would refuse, as `refusal_of_taking` does."""
    scope = node.scope
    return _refusal(actor=actor, scope=scope, ends=ends, follows=scope.parent or scope)


def _refusal(
    *, actor: User | None, scope: AccessScope, ends: Sequence[Grant], follows: AccessScope
) -> str:
    """Return what speaks against `ends`, `scope` following `follows` (maybe itself) afterwards."""
    if heads_would_lose(actor, scope, ends, follows=follows):
        return " ".join(HeadsStay().messages)
    elsewhere = _elsewhere(scope, ends)
    places = [scope.pk, *elsewhere]
    below = access.following(scope, places)
    left: set[int] = set()
    for lasting in (False, True):
        before = access.held(Level.MANAGE, places, lasting=lasting)
        after = access.held(Level.MANAGE, [*places, follows.pk], lasting=lasting, without=ends)
        left |= before - after - (below if follows.pk in after else set())
    if not left:
        return ""
    seen = elsewhere if actor is None else access.levels(actor, elsewhere)
    return " ".join(_nobody_left(scope, elsewhere, left, seen).messages)


def effect_of_breaking(node: Node, *, keep_access: bool = True) -> Effect:
    """Return what `break_inheritance` does to who has access to `node`; writes nothing."""
    scope = node.scope
    managers = access.having(Level.MANAGE, scope)
    if keep_access:
        return effect(scope, [], readers=access.readers(scope), managers=managers)
    ends = _below_managing(node)
    return effect(scope, [*ends, *given_by(ends)], readers=managers, managers=managers)


def _below_managing(node: Node) -> list[Grant]:
    """Return the grants that let somebody see, but not manage, `node` or what follows it.

    What has rights of its own inside stands for itself and keeps them.
    """
    if node.access_scope is not None:
        return access.grants_below_managing(node.scope_id)
    # It stands in the scope of a folder that has more in it.
    inside = Node.objects.under(node).filter(own_scope__isnull=False)
    return access.grants_below_managing(node.scope_id, within=inside.values("own_scope_id"))


def break_inheritance(*, actor: User | None, node: Node, keep_access: bool = True) -> Node:
    """Give `node` and what is below it access rights of its own, and return it.

    `keep_access` true: who has access now keeps it, to be thinned out by hand; false: only
    those who manage it keep it, here and in what follows it (`effect_of_breaking`). The
    actor manages the node. Raises HeadsStay.
    """
    with journal.transaction():
        (node,) = tree.locked(node)
        tree.require(actor, Level.MANAGE, node.scope_id)
        scope = _own_scope(actor=actor, node=tree.live(node))
        if scope.inherits:
            with deciding(actor, scope) as bound:
                ends = effect_of_breaking(node, keep_access=keep_access).ends
                least = Level.READ if keep_access else Level.MANAGE
                _copy_grants(actor=actor, scope=scope, least=least, bound=bound)
                set_inherits(actor=actor, scope=scope, inherits=False)
                end_grants(actor=actor, grants=ends)
            journal.append(
                events.INHERITANCE_BROKEN[node.kind],
                obj=node,
                actor=actor,
                scope=scope,
                payload={"keep_access": keep_access},
            )
        return node


def effect_of_restoring(node: Node) -> Effect:
    """Return what `restore_inheritance` does to who has access to `node`; writes nothing."""
    scope = node.scope
    above = scope.parent or scope
    own = access.grants_at(scope)
    ends = [*own, *given_by(own)]
    return effect(
        scope,
        ends,
        readers=access.having(Level.READ, above, without=ends),
        managers=access.having(Level.MANAGE, above, without=ends),
    )


def kept_after(node: Node, do: str, ends: Sequence[Grant]) -> dict[Grant, Level]:
    """Return what those whose grants on `node` itself end with `ends` still have there.

    `do` is "break", which leaves those who manage it, "restore" or "take".
    """
    scope = node.scope
    follows = (scope.parent or scope) if do == "restore" else scope
    kept = kept_of(ends, follows=follows, least=Level.MANAGE if do == "break" else Level.READ)
    return {grant: level for grant, level in kept.items() if grant.content_object_id == scope.pk}


def restore_inheritance(*, actor: User | None, node: Node, sure: bool = False) -> Node:
    """Let `node` have the access rights of the folder it lies in again; return it.

    Its own grants are taken away (`effect_of_restoring`). The scope stays, so that no row
    below changes. Raises NobodyLeft and OwnAccess as `unshare` does, and HeadsStay.
    """
    with journal.transaction():
        (node,) = tree.locked(node)
        tree.require(actor, Level.MANAGE, node.scope_id)
        scope = node.access_scope
        if scope is None or scope.inherits:
            return node
        authority.lock()
        ends = effect_of_restoring(node).ends
        with (
            _still_managed(actor=actor, scope=scope, changed=ends, sure=sure),
            deciding(actor, scope),
        ):
            set_inherits(actor=actor, scope=scope, inherits=True)
            end_grants(actor=actor, grants=ends)
        journal.append(events.INHERITANCE_RESTORED[node.kind], obj=node, actor=actor, scope=scope)
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
        events.SCOPE_CHANGED[node.kind],
        obj=node,
        actor=actor,
        scope=scope,
        payload={"from_scope": old.pk, "to_scope": scope.pk},
    )
    return scope


def _copy_grants(*, actor: User | None, scope: AccessScope, least: Level, bound: Bound) -> None:
    """Give on `scope` itself what the scopes above it give there, by the same givers.

    Each copy ends when what it was copied from would: with its end, and with what that was
    given by. The copy of a grant by which the actor manages ends with that grant.
    """
    # Of two grants of a level to the same, the one that lasts longest is left.
    for grant in sorted(access.grants_above(scope, least), key=end_of):
        level, to = level_of(grant), grant.receiver
        there = grant_there(scope, level, to)
        if there is not None and not later(grant.expires_at, there.expires_at):
            continue
        basis = (
            based_on(grant)
            if grant in bound.sources
            else {"basis_user_id": grant.basis_user_id, "basis_group_id": grant.basis_group_id}
        )
        fields: dict[str, object] = {
            "expires_at": grant.expires_at,
            "reason": grant.reason,
            "granted_by": grant.granted_by,
        }
        write_grant(actor=actor, scope=scope, level=level, to=to, fields=fields | basis)
