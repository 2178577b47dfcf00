"""The grants that somebody left behind: given by one who is gone, or may not give them now."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from directory import access
from directory.access import Level
from directory.models import AccessGroup, GroupGrant, Role, ScopeInheritance, UserGrant

_G = TypeVar("_G", UserGrant, GroupGrant)


def to_review(model: type[_G]) -> QuerySet[_G]:
    """Return the grants in force whose giver is gone, or could not give them any more.

    A right that somebody has given to themselves does not count for them. What the roles of
    a service have on its own two scopes is nobody's gift.
    """
    above = ScopeInheritance.objects.filter(descendant=OuterRef(OuterRef("content_object"))).values(
        "ancestor"
    )
    managing = access.in_force(Level.MANAGE) & Q(content_object__in=above)
    direct = UserGrant.objects.filter(
        managing, Q(granted_by=None) | ~Q(granted_by=F("user")), user=OuterRef("granted_by")
    )
    groups = GroupGrant.objects.filter(managing, group__user=OuterRef("granted_by"))
    administers = AccessGroup.objects.filter(role=Role.IT_ADMIN, group__user=OuterRef("granted_by"))
    found = model._default_manager.filter(
        access.in_force(Level.READ), granted_by__isnull=False
    ).filter(
        Q(granted_by__is_active=False) | ~(Exists(direct) | Exists(groups) | Exists(administers))
    )
    if model is GroupGrant:
        service = "group__access_group__service"
        found = found.filter(
            Q(**{f"{service}__isnull": True})
            | (
                ~Q(content_object=F(f"{service}__scope"))
                & ~Q(content_object=F(f"{service}__public_scope"))
            )
        )
    return found
