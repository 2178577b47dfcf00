"""Why somebody has access, or has not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import Group

from directory.models import (
    AccessGroup,
    AccessScope,
    Membership,
    User,
)
from directory.models.grants import GroupGrant, ScopeInheritance, UserGrant

from .grants import in_force, level_of
from .levels import Level


@dataclass(frozen=True, slots=True)
class Reason:
    """One grant that gives a person a level on a scope.

    `scope` carries the grant; `distance` is how many steps of inheritance lie between;
    `group` is whose members have it, None for a grant to the person; `via` are the names of the
    directory groups that lead to the access group.
    """

    level: Level
    scope: AccessScope
    distance: int
    group: AccessGroup | Group | None
    via: tuple[str, ...]
    expires_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a person has, or has not, access to a scope. Strongest reasons come first."""

    person: User
    scope: AccessScope
    active: bool
    reasons: tuple[Reason, ...]

    @property
    def level(self) -> Level | None:
        """The level that results, None for no access."""
        return self.reasons[0].level if self.reasons and self.active else None


def explain(person: User, scope: AccessScope) -> Explanation:
    """Return every grant in force that bears on `person` in `scope`; four queries.

    It answers by the same grants as `can`; a test holds the two together.
    """
    distances = dict(
        ScopeInheritance.objects.filter(descendant=scope).values_list("ancestor_id", "distance")
    )
    reasons = [
        Reason(
            level=level_of(grant),
            scope=grant.content_object,
            distance=distances[grant.content_object_id],
            group=None,
            via=(),
            expires_at=grant.expires_at,
            reason=grant.reason,
        )
        for grant in UserGrant.objects.filter(
            in_force(Level.READ), user=person, content_object__in=distances
        ).select_related("permission", "content_object")
    ]
    vias: dict[int, tuple[str, ...]] = {}
    for group_id, via in Membership.objects.filter(user=person).values_list(
        "access_group__group_id", "via"
    ):
        vias.setdefault(group_id, tuple(via))
    reasons += [
        Reason(
            level=level_of(grant),
            scope=grant.content_object,
            distance=distances[grant.content_object_id],
            group=grant.receiver,
            via=vias.get(grant.group_id, ()),
            expires_at=grant.expires_at,
            reason=grant.reason,
        )
        for grant in GroupGrant.objects.filter(
            in_force(Level.READ), group__user=person, content_object__in=distances
        ).select_related(
            "permission", "content_object", "group__access_group__service", "group__access_group"
        )
    ]
    reasons.sort(key=lambda reason: (-reason.level, reason.distance))
    active = User.objects.filter(pk=person.pk, is_active=True).exists()
    return Explanation(person, scope, active, tuple(reasons))
