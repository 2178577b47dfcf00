"""How far somebody may give access on, and what ends with what.

Nobody gives more, or for longer, than they were given (docs/decisions/0012). A grant to a group,
without an end and given by a role, is a *role*: what its people give is theirs to give, and
stays when they leave. Any other grant that lets somebody manage a place is a *basis*: what is
given by it ends with it at the latest, however long the chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from directory import access
from directory.access import Grant, Level, Somebody, level_of
from directory.models import (
    AccessGroup,
    AccessScope,
    Role,
    Service,
    User,
)
from directory.models.grants import GroupGrant, ScopeInheritance, UserGrant

_NEVER = datetime.min.replace(tzinfo=UTC)
_ALWAYS = datetime.max.replace(tzinfo=UTC)


class HeadsStay(ValidationError):
    """Somebody below the heads of a service would take from them what is their service's."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This belongs to a service: its heads cannot be removed from it, nor their access "
                "be reduced or shortened."
            ),
            code="heads_stay",
        )


class HandedOver(ValidationError):
    """Somebody below the heads of a service would take what is the service's to another one."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This belongs to a service: its heads alone may hand it over to another one. "
                "Put a copy there instead."
            ),
            code="handed_over",
        )


@dataclass(frozen=True, slots=True)
class Bound:
    """By what somebody may give on a scope.

    `sources`: the grants by which they manage it, the one that lasts longest first; none
    where they give by a role, as an IT administrator or as Marigot: without a limit.
    """

    sources: tuple[Grant, ...] = ()

    @property
    def basis(self) -> Grant | None:
        """The grant that what they give ends with, None where they give by a role."""
        return self.sources[0] if self.sources else None

    @property
    def until(self) -> datetime | None:
        """The latest end of what they give, None where there is no limit."""
        return self.basis.expires_at if self.basis else None

    def allows(self, end: datetime | None) -> bool:
        """Tell whether a grant with that end (None: without one) is theirs to give."""
        return self.until is None or (end is not None and end <= self.until)


def bound_of(person: Somebody | None, scope: AccessScope | int) -> Bound:
    """Return how far `person` may give on `scope`; None is Marigot itself. Three queries.

    Raises Http404 where they may give nothing there.
    """
    if person is None:
        return Bound()
    pk = scope.pk if isinstance(scope, AccessScope) else scope
    above = ScopeInheritance.objects.filter(descendant=pk).values("ancestor")
    managing = access.in_force(Level.MANAGE) & Q(content_object__in=above)
    groups = list(
        GroupGrant.objects.filter(
            managing, group__user=person.pk, group__user__is_active=True
        ).distinct()
    )
    if any(grant.expires_at is None and not grant.is_bound for grant in groups):
        return Bound()
    if access.is_it_admin(person):
        return Bound()
    people = UserGrant.objects.filter(managing, user=person.pk, user__is_active=True)
    found: list[Grant] = [*people, *groups]
    if not found:
        raise Http404
    return Bound(tuple(sorted(found, key=end_of, reverse=True)))


def end_of(grant: Grant) -> datetime:
    """Return the end of a grant, the last of all days where it has none."""
    return grant.expires_at or _ALWAYS


def given_by(grants: Iterable[Grant]) -> list[Grant]:
    """Return every grant that ends with one of `grants`, down the whole chain.

    Two queries for each link of the longest chain; those nearest to `grants` come first.
    """
    found: list[Grant] = []
    seen: set[tuple[type[Grant], int]] = {(type(grant), grant.pk) for grant in grants}
    last = list(grants)
    while last:
        of_them = Q(basis_user__in=[g.pk for g in last if isinstance(g, UserGrant)]) | Q(
            basis_group__in=[g.pk for g in last if isinstance(g, GroupGrant)]
        )
        next_ones: list[Grant] = [
            *UserGrant.objects.filter(of_them).select_related(
                "permission", "content_object", "user"
            ),
            *GroupGrant.objects.filter(of_them).select_related(
                "permission", "content_object", "group__access_group__service"
            ),
        ]
        last = [grant for grant in next_ones if (type(grant), grant.pk) not in seen]
        seen |= {(type(grant), grant.pk) for grant in last}
        found += last
    return found


# The heads of the service


def owner_of(scope: AccessScope | int) -> Service | None:
    """Return the service that a scope belongs to: the nearest one up the tree; None for none."""
    above: int | None = scope.pk if isinstance(scope, AccessScope) else scope
    chain: list[int] = []
    while above is not None:
        chain.append(above)
        above = AccessScope.objects.values_list("parent_id", flat=True).get(pk=above)
    services = Service.objects.filter(Q(scope__in=chain) | Q(public_scope__in=chain))
    place = {pk: index for index, pk in enumerate(chain)}
    return min(
        services,
        key=lambda s: min(place.get(pk, len(chain)) for pk in (s.scope_id, s.public_scope_id)),
        default=None,
    )


def answers_for(actor: Somebody | None, service: Service | int) -> bool:
    """Tell whether `actor` is a head of `service`, an IT administrator or (None) Marigot."""
    if actor is None or access.is_it_admin(actor):
        return True
    pk = service.pk if isinstance(service, Service) else service
    heads = AccessGroup.objects.filter(service=pk, role=Role.HEAD, group__user=actor.pk)
    return heads.filter(group__user__is_active=True).exists()


def refuse_handing_over(
    actor: Somebody | None, scope: AccessScope | int, to: AccessScope | int
) -> None:
    """Raise HandedOver where what stands in `scope` would become another service's in `to`.

    Its heads would lose it, and whoever was lent it would keep it. They themselves may.
    """
    owner = owner_of(scope)
    if owner is not None and owner != owner_of(to) and not answers_for(actor, owner):
        raise HandedOver


@contextmanager
def heads_kept(actor: User | None, scope: AccessScope) -> Iterator[None]:
    """Refuse, by raising HeadsStay, a change by which the heads of its service lose `scope`.

    Neither may they be given a shorter time. They themselves may, and IT administrators.
    """
    heads = _heads_above(actor, scope)
    if heads is None:
        yield
        return
    before = _held_until(heads, scope)
    yield
    if _held_until(heads, scope) < before:
        raise HeadsStay


def heads_would_lose(
    actor: User | None, scope: AccessScope, ends: Iterable[Grant], *, follows: AccessScope
) -> bool:
    """Tell whether `heads_kept` refuses that `ends` end on `scope`; writes nothing.

    `follows`: the place whose grants count on `scope` afterwards, `scope` itself or one above.
    """
    heads = _heads_above(actor, scope)
    if heads is None:
        return False
    return _held_until(heads, follows, without=ends) < _held_until(heads, scope)


def _heads_above(actor: User | None, scope: AccessScope) -> AccessGroup | None:
    """Return the heads of the service of `scope`, None where `actor` answers for it or for all."""
    owner = owner_of(scope)
    if owner is None or answers_for(actor, owner):
        return None
    return AccessGroup.objects.get(service=owner, role=Role.HEAD)


def _held_until(
    group: AccessGroup, scope: AccessScope, *, without: Iterable[Grant] = ()
) -> datetime:
    above = ScopeInheritance.objects.filter(descendant=scope).values("ancestor")
    gone = {grant.pk for grant in without if isinstance(grant, GroupGrant)}
    grants = GroupGrant.objects.filter(
        access.in_force(Level.MANAGE), group=group.group_id, content_object__in=above
    )
    return max((end_of(grant) for grant in grants if grant.pk not in gone), default=_NEVER)


# What a change does


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change of access does. The action does what it says, and nothing else.

    `ends`: the grants that end, those that end with another after it. `loses`: who reads
    the scope now and does not afterwards; `gains`: who does not yet. `unmanaged`: who
    manages it now and does not afterwards.
    """

    ends: Sequence[Grant]
    loses: QuerySet[User]
    gains: QuerySet[User]
    unmanaged: QuerySet[User]


def effect(
    scope: AccessScope,
    ends: Sequence[Grant],
    *,
    readers: QuerySet[User],
    managers: QuerySet[User],
) -> Effect:
    """Return the effect on `scope` of ending `ends`; the query sets say who is left with what."""
    before = access.readers(scope)
    return Effect(
        ends=ends,
        loses=before.exclude(pk__in=readers.values("pk")),
        gains=readers.exclude(pk__in=before.values("pk")),
        unmanaged=access.having(Level.MANAGE, scope).exclude(pk__in=managers.values("pk")),
    )


def effect_of_ending(grant: Grant) -> Effect:
    """Return what ending `grant` does on its scope; writes nothing."""
    ends = [grant, *given_by([grant])]
    scope = grant.content_object
    return effect(
        scope,
        ends,
        readers=access.having(Level.READ, scope, without=ends),
        managers=access.having(Level.MANAGE, scope, without=ends),
    )


def losing_elsewhere(scope: AccessScope, ends: Sequence[Grant]) -> QuerySet[User]:
    """Return who reads another place than `scope` where one of `ends` stands, and then does not.

    Two queries for each of those places.
    """
    lost: set[int] = set()
    for place in {grant.content_object_id for grant in ends} - {scope.pk}:
        readers = set(access.readers(place).values_list("pk", flat=True))
        left = access.having(Level.READ, place, without=ends)
        lost |= readers.difference(left.values_list("pk", flat=True))
    return User.objects.filter(pk__in=lost)


def kept_of(
    ends: Sequence[Grant], *, follows: AccessScope, least: Level = Level.READ
) -> dict[Grant, Level]:
    """Return the highest level that the receiver of each of `ends` has on `follows` without them.

    Of a group, what it was given as that group; of a person, also by the groups they are in.
    `least`: grants below it do not count. Whoever has nothing is left out. Four queries.
    """
    groups = {grant.group_id for grant in ends if isinstance(grant, GroupGrant)}
    people = {grant.user_id for grant in ends if isinstance(grant, UserGrant)}
    of_people = User.groups.through.objects.filter(user__in=people, user__is_active=True)
    above = list(
        ScopeInheritance.objects.filter(descendant=follows).values_list("ancestor_id", flat=True)
    )
    counting = access.in_force(least) & Q(content_object__in=above)
    direct = UserGrant.objects.filter(counting, user__in=people, user__is_active=True)
    by_group = GroupGrant.objects.filter(
        counting, Q(group__in=groups) | Q(group__in=of_people.values("group_id"))
    )
    found: dict[tuple[type[Grant], int], Level] = {}

    def note(receiver: tuple[type[Grant], int], grant: Grant) -> None:
        level = level_of(grant)
        found[receiver] = max(level, found.get(receiver, level))

    for grant in direct.select_related("permission"):
        if grant not in ends:
            note((UserGrant, grant.user_id), grant)
    members: dict[int, list[int]] = {}
    for user, group in of_people.values_list("user_id", "group_id"):
        members.setdefault(group, []).append(user)
    for given in by_group.select_related("permission"):
        if given not in ends:
            note((GroupGrant, given.group_id), given)
            for user in members.get(given.group_id, []):
                note((UserGrant, user), given)
    kept = {grant: found.get(_receiver_of(grant)) for grant in ends}
    return {grant: level for grant, level in kept.items() if level is not None}


def _receiver_of(grant: Grant) -> tuple[type[Grant], int]:
    if isinstance(grant, UserGrant):
        return UserGrant, grant.user_id
    return GroupGrant, grant.group_id
