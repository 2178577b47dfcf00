"""Which grants count, for whom, and which stand where."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from directory.models import AccessScope
from directory.models.grants import GroupGrant, ScopeInheritance, UserGrant
from directory.outside import number_from_outside
from directory.text import sort_key

from .levels import Level
from .somebody import Somebody, account_of

Grant = UserGrant | GroupGrant

ScopeIds = QuerySet[ScopeInheritance, Any]
"""Ids of scopes, to stand after `__in`."""

# What a grant is shown with.
_WITH = ("permission", "content_object", "granted_by")


def unexpired(grant: str = "") -> Q:
    """Return the condition that a grant is not over; `grant` leads to it ("user_grants__")."""
    end = f"{grant}expires_at"
    return Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gt": timezone.now()})


def in_force(level: Level) -> Q:
    """Return the condition on a grant: it counts now, for `level`."""
    return Q(permission__codename__in=level.and_above()) & unexpired()


def granted(pk: int, level: Level) -> ScopeIds:
    """Return the ids of the scopes on which the account `pk` has `level`, some more than once."""
    return ScopeInheritance.objects.filter(_given("ancestor", pk, level)).values("descendant_id")


def given_itself(person: Somebody) -> Q:
    """Return the condition on a scope: something is given there to `person` or a group of theirs.

    Not what comes from above; what is over does not count.
    """
    return _given("pk", account_of(person), Level.READ)


def _given(scope: str, pk: int, level: Level) -> Q:
    """Return the condition that `level` is given at `scope` itself to the account `pk`."""
    to_person = UserGrant.objects.filter(in_force(level), user_id=pk, user__is_active=True)
    to_groups = GroupGrant.objects.filter(
        in_force(level), group__user=pk, group__user__is_active=True
    )
    return Q(**{f"{scope}__in": to_person.values("content_object_id")}) | Q(
        **{f"{scope}__in": to_groups.values("content_object_id")}
    )


def level_of(grant: Grant) -> Level:
    """Return the level that `grant` gives; no query where its permission was fetched."""
    return Level.from_codename(grant.permission.codename)


def grants_where(condition: Q) -> list[Grant]:
    """Return the grants for which `condition` holds, those of groups first; two queries.

    They come with what they are shown with. A group may be none of Marigot's own.
    """
    return [
        *GroupGrant.objects.filter(condition).select_related(
            *_WITH, "group__access_group__service"
        ),
        *UserGrant.objects.filter(condition).select_related(*_WITH, "user"),
    ]


def grants_at(scope: AccessScope) -> list[Grant]:
    """Return the grants that stand on `scope` itself, also those that are over; two queries."""
    return grants_where(Q(content_object=scope))


def grants_on(scope: AccessScope | int) -> list[Grant]:
    """Return the grants that bear on `scope`, its own first, then the strongest; three queries.

    Of those that it inherits those in force; of its own also those that are over, which
    somebody may still want to give anew or to remove.
    """
    pk = scope.pk if isinstance(scope, AccessScope) else scope
    distances = dict(
        ScopeInheritance.objects.filter(descendant=pk).values_list("ancestor_id", "distance")
    )
    found = grants_where(Q(content_object__in=distances) & (Q(content_object=pk) | unexpired()))

    def order(grant: Grant) -> tuple[object, ...]:
        return (
            distances[grant.content_object_id],
            -level_of(grant),
            sort_key(str(grant.receiver)),
        )

    return sorted(found, key=order)


def grants_above(scope: AccessScope, least: Level) -> list[Grant]:
    """Return what `scope` inherits at `least` or above, in force; two queries."""
    above = ScopeInheritance.objects.filter(descendant=scope).exclude(ancestor=scope)
    return grants_where(in_force(least) & Q(content_object__in=above.values("ancestor_id")))


def grants_below_managing(
    scope: AccessScope | int, *, within: QuerySet[Model, Any] | None = None
) -> list[Grant]:
    """Return the grants that give less than managing on `scope` or what follows it; two queries.

    `within`: ids of the scopes that are meant, where not all of these are.
    """
    places = ScopeInheritance.objects.filter(ancestor=scope)
    if within is not None:
        places = places.filter(descendant__in=within)
    return grants_where(
        Q(content_object__in=places.values("descendant"))
        & ~Q(permission__codename__in=Level.MANAGE.and_above())
    )


def grant_at(scope: AccessScope | None, key: str) -> Grant | None:
    """Return the grant on `scope` itself whose `key` this is, as it came from outside."""
    kind, _dash, number = key.partition("-")
    models: dict[str, type[Grant]] = {model.kind: model for model in (UserGrant, GroupGrant)}
    if scope is None or kind not in models:
        return None
    return (
        models[kind]
        ._default_manager.select_related(*_WITH)
        .filter(pk=number_from_outside(number) or 0, content_object=scope)
        .first()
    )


def following(scope: AccessScope | int, among: Iterable[int]) -> set[int]:
    """Return those of the scopes `among` on which the grants on `scope` count; one query."""
    pairs = ScopeInheritance.objects.filter(ancestor=scope, descendant__in=among)
    return set(pairs.values_list("descendant_id", flat=True))


def scopes_below(scopes: Iterable[int]) -> ScopeIds:
    """Return the ids of the scopes on which grants on `scopes` count, to stand after `__in`."""
    return ScopeInheritance.objects.filter(ancestor__in=scopes).values("descendant_id")


def ended_between(after: datetime, until: datetime) -> bool:
    """Tell whether a grant came to its end in that time; two queries at most."""
    ended = Q(expires_at__gt=after, expires_at__lte=until)
    return GroupGrant.objects.filter(ended).exists() or UserGrant.objects.filter(ended).exists()
