"""Which grants count, and for whom."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from directory.models import GroupGrant, ScopeInheritance, UserGrant

from .levels import Level


def in_force(level: Level) -> Q:
    """Return the condition on a grant: it counts now, for `level`."""
    return Q(permission__codename__in=level.and_above()) & (
        Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    )


def granted(pk: int, level: Level) -> QuerySet[Any]:
    """Return the ids of the scopes on which the account `pk` has `level`, some more than once."""
    to_person = UserGrant.objects.filter(in_force(level), user_id=pk, user__is_active=True)
    to_groups = GroupGrant.objects.filter(
        in_force(level), group__user=pk, group__user__is_active=True
    )
    return ScopeInheritance.objects.filter(
        Q(ancestor__in=to_person.values("content_object_id"))
        | Q(ancestor__in=to_groups.values("content_object_id"))
    ).values("descendant_id")
