"""The grants that somebody left behind: given by one who is gone, or may not give them now."""

from __future__ import annotations

from itertools import product
from typing import Final, TypeVar

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from directory import access
from directory.access import Level
from directory.actions.services import ROLE_LEVELS
from directory.models import AccessGroup, Role
from directory.models.grants import GroupGrant, ScopeInheritance, UserGrant

_G = TypeVar("_G", UserGrant, GroupGrant)
# A ring of three people is found; each link more doubles the ways of the query.
_LINKS: Final = 2


def to_review(model: type[_G]) -> QuerySet[_G]:
    """Return the grants in force whose giver is gone, or could not give them any more.

    A right that rests on what somebody has given does not count for them. What the roles of a
    service have on its own two scopes, since it was made, is nobody's gift.
    """
    above = ScopeInheritance.objects.filter(descendant=OuterRef(OuterRef("content_object"))).values(
        "ancestor"
    )
    counts = (
        access.in_force(Level.MANAGE) & Q(content_object__in=above) & ~_rests_on_what_they_gave()
    )
    direct = UserGrant.objects.filter(counts, user=OuterRef("granted_by"))
    groups = GroupGrant.objects.filter(counts, group__user=OuterRef("granted_by"))
    administers = AccessGroup.objects.filter(role=Role.IT_ADMIN, group__user=OuterRef("granted_by"))
    found = model._default_manager.filter(
        access.in_force(Level.READ), granted_by__isnull=False
    ).filter(
        Q(granted_by__is_active=False) | ~(Exists(direct) | Exists(groups) | Exists(administers))
    )
    if model is GroupGrant:
        found = found.exclude(_since_it_was_made())
    return found


def _rests_on_what_they_gave() -> Q:
    """Match, in a query within one on gifts, the grants that the giver of the gift made.

    And those that were given by such a one: two people who gave each other a place would keep
    each other there. Chains are followed as far as `_LINKS`.
    """
    mine = Q()
    for links in range(_LINKS + 1):
        for way in product(("basis_user__", "basis_group__"), repeat=links):
            giver = "".join(way) + "granted_by"
            mine |= Q(**{f"{giver}__isnull": False, giver: OuterRef("granted_by")})
    return mine


def _since_it_was_made() -> Q:
    """Match what the making of a service gave its roles on its own two scopes."""
    service = "group__access_group__service"
    given = Q()
    for role, levels in ROLE_LEVELS.items():
        for scope, level in zip(("scope", "public_scope"), levels, strict=True):
            given |= Q(
                group__access_group__role=role,
                permission__codename=level.codename,
                content_object=F(f"{service}__{scope}"),
            )
    return given
