"""Making and changing access scopes."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from directory import events, journal
from directory.models import AccessScope, ScopeKind, User
from directory.models.grants import ScopeInheritance

from . import authority


def create_scope(
    *,
    actor: User | None,
    kind: ScopeKind,
    label: str,
    parent: AccessScope | None,
    inherits: bool = True,
) -> AccessScope:
    """Make a scope below `parent` and return it."""
    with journal.transaction():
        authority.lock()  # what the parent inherits is copied
        scope = AccessScope.objects.create(
            kind=kind, label=label[:255], parent=parent, inherits=inherits
        )
        _rebuild(scope)
        journal.append(
            events.SCOPE_CREATED,
            obj=scope,
            actor=actor,
            scope=scope,
            payload={"kind": kind, "parent": parent.pk if parent else None, "inherits": inherits},
        )
    return scope


def set_inherits(*, actor: User | None, scope: AccessScope, inherits: bool) -> None:
    """Make `scope` inherit its parent's grants, or stand on its own."""
    with journal.transaction():
        authority.lock()
        locked = AccessScope.objects.get(pk=scope.pk)
        if locked.inherits == inherits:
            return
        locked.inherits = scope.inherits = inherits
        locked.save(update_fields=["inherits"])
        _rebuild_below(locked)
        journal.append(
            events.SCOPE_INHERITANCE_CHANGED,
            obj=locked,
            actor=actor,
            scope=locked,
            payload={"inherits": inherits},
        )


def move_scope(*, actor: User | None, scope: AccessScope, parent: AccessScope | None) -> None:
    """Put `scope`, with all below it, under `parent`.

    Raises ValidationError where `parent` is `scope` or lies below it.
    """
    with journal.transaction():
        authority.lock()
        locked = AccessScope.objects.get(pk=scope.pk)
        above = AccessScope.objects.get(pk=parent.pk) if parent is not None else None
        while above is not None:
            if above.pk == locked.pk:
                raise ValidationError(_("A place cannot be moved below itself."))
            above = above.parent
        old = locked.parent_id
        locked.parent = scope.parent = parent
        locked.save(update_fields=["parent"])
        _rebuild_below(locked)
        journal.append(
            events.SCOPE_MOVED,
            obj=locked,
            actor=actor,
            scope=locked,
            payload={"from": old, "to": parent.pk if parent else None},
        )


def rename_scope(*, actor: User | None, scope: AccessScope, label: str) -> None:
    """Give `scope` another name."""
    with journal.transaction():
        if scope.label == label[:255]:
            return
        scope.label = label[:255]
        scope.save(update_fields=["label"])
        journal.append(events.SCOPE_RENAMED, obj=scope, actor=actor, scope=scope)


def _rebuild(scope: AccessScope) -> None:
    """Write the closure of `scope` anew from that of its parent."""
    ScopeInheritance.objects.filter(descendant=scope).delete()
    rows = [ScopeInheritance(ancestor=scope, descendant=scope, distance=0)]
    if scope.inherits and scope.parent_id is not None:
        above = ScopeInheritance.objects.filter(descendant_id=scope.parent_id)
        rows += [
            ScopeInheritance(
                ancestor_id=pair.ancestor_id, descendant=scope, distance=pair.distance + 1
            )
            for pair in above
        ]
    ScopeInheritance.objects.bulk_create(rows)


def _rebuild_below(scope: AccessScope) -> None:
    """Write the closure of `scope` and of all scopes that inherit from it, parents first."""
    _rebuild(scope)
    waiting = list(scope.children.filter(inherits=True))
    while waiting:
        child = waiting.pop()
        _rebuild(child)
        waiting.extend(child.children.filter(inherits=True))
