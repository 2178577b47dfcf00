"""The questions: who may do what where, and who are those who may."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from directory.models import (
    AccessGroup,
    AccessScope,
    Role,
    User,
)
from directory.models.grants import GroupGrant, ScopeInheritance, UserGrant
from directory.prepared import Prepared

from .grants import Grant, ScopeIds, granted, in_force, unexpired
from .levels import Level
from .memory import Levels, Listed, levels_of
from .somebody import Somebody, account_of

# How many levels are remembered of one person; each query carries as many ids.
REMEMBERED = 20_000


def _granted_with(pk: int, field: str) -> list[QuerySet[ScopeInheritance, Any]]:
    """Return each scope that the account `pk` reads with `field` of each grant that counts there.

    Of grants to the person, then to their groups: the same grants as `granted` counts; a test
    holds the two together.
    """
    found = []
    for grant, to_person in (
        ("ancestor__user_grants", "user"),
        ("ancestor__group_grants", "group__user"),
    ):
        found.append(
            ScopeInheritance.objects.filter(
                unexpired(f"{grant}__"),
                **{
                    f"{grant}__{to_person}": pk,
                    f"{grant}__{to_person}__is_active": True,
                    f"{grant}__permission__codename__in": Level.READ.and_above(),
                },
            ).values_list("descendant_id", F(f"{grant}__{field}"))
        )
    return found


def _levels_granted(person: User) -> QuerySet[ScopeInheritance, tuple[int, str]]:
    """Return each scope that `person` reads with the name of each level granted on it."""
    to_person, to_groups = _granted_with(person.pk, "permission__codename")
    return to_person.union(to_groups)[: REMEMBERED + 1]


_prepared_levels = Prepared(_levels_granted)


def _remembered(person: Somebody) -> Levels | None:
    """Return the highest level by scope, None where it is not to be remembered here."""
    if not isinstance(person, User):
        return None

    def ask(_pk: int) -> dict[int, Level] | None:
        found: dict[int, Level] = {}
        rows = _prepared_levels.rows(person)
        for scope, codename in rows:
            level = Level.from_codename(codename)
            found[scope] = max(level, found.get(scope, level))
        return found if len(rows) <= REMEMBERED else None

    return levels_of(account_of(person), ask)


def scopes_for(person: Somebody, level: Level = Level.READ) -> ScopeIds | Listed:
    """Return the ids of the scopes that `person` has at `level`, to stand after `__in`.

    It is a subquery, which is asked along with the query it stands in; or, while a request
    that only reads is under way, the sorted ids themselves, found by one query the first time.
    That the account is active is asked of the database, not of the object in hand.
    """
    held = _remembered(person)
    if held is not None:
        return Listed(_at(held, level))
    return granted(account_of(person), level)


def visible_scopes(person: Somebody, level: Level = Level.READ) -> list[int]:
    """Return the sorted ids of the scopes that `person` has at `level`; one query at most."""
    pk = account_of(person)
    if not pk:
        return []
    held = _remembered(person)
    if held is not None:
        return _at(held, level)
    return list(
        granted(pk, level)
        .values_list("descendant_id", flat=True)
        .order_by("descendant_id")
        .distinct()
    )


def _at(held: Levels, level: Level) -> list[int]:
    return sorted(scope for scope, highest in held.items() if highest >= level)


def can(person: Somebody, level: Level, scope: AccessScope | int | None) -> bool:
    """Tell whether `person` has `level` on `scope`; one query, none for an anonymous person."""
    pk = account_of(person)
    if scope is None or not pk:
        return False
    scope_pk = scope.pk if isinstance(scope, AccessScope) else scope
    held = _remembered(person)
    if held is not None:
        return scope_pk in held and held[scope_pk] >= level
    return granted(pk, level).filter(descendant_id=scope_pk).exists()


def require(person: Somebody, level: Level, scope: AccessScope | int | None) -> None:
    """Raise Http404 unless `person` has `level` on `scope`: what is denied does not exist."""
    if not can(person, level, scope):
        raise Http404


def levels(person: Somebody, scopes: Iterable[AccessScope | int]) -> dict[int, Level]:
    """Return the highest level of `person` on each of `scopes` that they can read; two queries."""
    wanted = {s.pk if isinstance(s, AccessScope) else s for s in scopes}
    pk = account_of(person)
    if not pk or not wanted:
        return {}
    held = _remembered(person)
    if held is not None:
        return {scope: held[scope] for scope in wanted if scope in held}
    found: dict[int, Level] = {}
    above = ScopeInheritance.objects.filter(descendant_id__in=wanted).values("ancestor_id")
    by_ancestor: dict[int, Level] = {}
    grants = UserGrant.objects.filter(
        in_force(Level.READ), user_id=pk, user__is_active=True, content_object__in=above
    ).values_list("content_object_id", "permission__codename")
    group_grants = GroupGrant.objects.filter(
        in_force(Level.READ),
        group__user=pk,
        group__user__is_active=True,
        content_object__in=above,
    ).values_list("content_object_id", "permission__codename")
    for ancestor, codename in grants.union(group_grants):
        level = Level.from_codename(codename)
        by_ancestor[ancestor] = max(level, by_ancestor.get(ancestor, level))
    pairs = ScopeInheritance.objects.filter(
        descendant_id__in=wanted, ancestor_id__in=by_ancestor
    ).values_list("descendant_id", "ancestor_id")
    for descendant, ancestor in pairs:
        level = by_ancestor[ancestor]
        found[descendant] = max(level, found.get(descendant, level))
    return found


def _dated_grants(person: User) -> QuerySet[UserGrant, tuple[int]]:
    """Return the ids of grants in force to `person` and to their groups that have an end."""
    dated = Q(expires_at__gt=timezone.now())
    to_person = UserGrant.objects.filter(dated, user_id=person.pk).values_list("pk")
    to_groups = GroupGrant.objects.filter(dated, group__user=person.pk).values_list("pk")
    return to_person.union(to_groups)[:1]


_prepared_dated_grants = Prepared(_dated_grants)


def ends(person: Somebody, scopes: Iterable[int]) -> dict[int, datetime]:
    """Return when `person` reads those of `scopes` no more where that is settled.

    One query for nearly everybody, who has nothing that ends, and one more for the others.

    It is the end of what was given to them and to their groups, of which the last one counts;
    what others have there is not looked at.
    """
    wanted, pk = set(scopes), account_of(person)
    if not pk or not wanted or not isinstance(person, User):
        return {}
    if not _prepared_dated_grants.rows(person):
        return {}
    to_person, to_groups = (
        rows.filter(descendant_id__in=wanted) for rows in _granted_with(pk, "expires_at")
    )
    found: dict[int, datetime | None] = {}
    for scope, end in to_person.union(to_groups):
        known = found.get(scope, end)
        found[scope] = None if known is None or end is None else max(known, end)
    return {scope: end for scope, end in found.items() if end is not None}


def having(
    level: Level,
    scope: AccessScope | int,
    *,
    lasting: bool = False,
    without: Iterable[Grant] = (),
) -> QuerySet[User]:
    """Return the active accounts that have `level` on `scope`.

    `lasting`: without an end; `without`: as if those grants were not there.
    """
    pk = scope.pk if isinstance(scope, AccessScope) else scope
    above = ScopeInheritance.objects.filter(descendant_id=pk).values("ancestor_id")
    of_people, of_groups = _counting(level, lasting, without)
    direct = of_people.filter(content_object__in=above)
    groups = of_groups.filter(content_object__in=above)
    in_groups = User.groups.through.objects.filter(
        user_id=OuterRef("pk"), group_id__in=groups.values("group_id")
    )
    return User.objects.filter(
        Q(pk__in=direct.values("user_id")) | Exists(in_groups), is_active=True
    )


def held(
    level: Level,
    scopes: Iterable[int],
    *,
    lasting: bool = False,
    without: Iterable[Grant] = (),
) -> set[int]:
    """Return those of `scopes` on which some active account has `level`; one query.

    `lasting`: without an end. The grants of `without` do not count.
    """
    of_people, of_groups = _counting(level, lasting, without)
    direct = of_people.filter(user__is_active=True).values("content_object_id")
    groups = of_groups.filter(group__user__is_active=True).values("content_object_id")
    return set(
        ScopeInheritance.objects.filter(
            Q(ancestor__in=direct) | Q(ancestor__in=groups),
            descendant__in=scopes,
        ).values_list("descendant_id", flat=True)
    )


def _counting(
    level: Level, lasting: bool, without: Iterable[Grant]
) -> tuple[QuerySet[UserGrant], QuerySet[GroupGrant]]:
    """Return the grants of people and of groups that count for `having` and `held`."""
    counting = in_force(level)
    if lasting:
        counting &= Q(expires_at__isnull=True)
    gone = list(without)
    return (
        UserGrant.objects.filter(counting).exclude(
            pk__in=[grant.pk for grant in gone if isinstance(grant, UserGrant)]
        ),
        GroupGrant.objects.filter(counting).exclude(
            pk__in=[grant.pk for grant in gone if isinstance(grant, GroupGrant)]
        ),
    )


def readers(scope: AccessScope | int) -> QuerySet[User]:
    """Return the active accounts that may read what is in `scope`."""
    return having(Level.READ, scope)


def given(
    level: Level, scope: AccessScope | int
) -> list[tuple[AccessGroup | User, datetime | None]]:
    """Return to whom `level` on `scope` is given, each once, with its end; two queries.

    A group of several grants has the one that lasts longest.
    """
    pk = scope.pk if isinstance(scope, AccessScope) else scope
    above = ScopeInheritance.objects.filter(descendant_id=pk).values("ancestor_id")
    counting = in_force(level) & Q(content_object__in=above)
    groups = GroupGrant.objects.filter(counting, group__access_group__isnull=False)
    found: dict[AccessGroup | User, datetime | None] = {}
    lines: list[tuple[AccessGroup | User, datetime | None]] = [
        *(
            (grant.group.access_group, grant.expires_at)
            for grant in groups.select_related("group__access_group__service")
        ),
        *(
            (grant.user, grant.expires_at)
            for grant in UserGrant.objects.filter(counting).select_related("user")
        ),
    ]
    for to, until in lines:
        known = found.get(to, until)
        found[to] = None if known is None or until is None else max(known, until)
    return list(found.items())


def is_it_admin(person: Somebody) -> bool:
    """Tell whether `person` may administer directories, groups and grants; one query.

    It opens no content.
    """
    pk = account_of(person)
    return (
        bool(pk)
        and AccessGroup.objects.filter(
            role=Role.IT_ADMIN, group__user=pk, group__user__is_active=True
        ).exists()
    )
