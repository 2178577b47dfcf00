"""Which notices are for whom: one query each way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone

from directory import access
from directory.access import Somebody
from directory.access.scoped import ScopedQuerySet
from directory.models import AccessGroup, AccessScope, JournalHead, Service, User
from directory.models.group import SERVICE_ROLES
from directory.prepared import Prepared

if TYPE_CHECKING:
    from intranet.models import BasePage

    from .models import Notice, NoticeAudience  # noqa: F401  (named in quotes)


def _audience_of(pk: int) -> Q:
    """Match the audience rows that name the account `pk`."""
    from .models import TO_ALL_READERS, AudienceKind

    groups = AccessGroup.objects.filter(group__user=pk)
    services = groups.filter(role__in=SERVICE_ROLES).values("service_id")
    return (
        Q(kind__in=TO_ALL_READERS)
        | Q(kind=AudienceKind.PERSON, ref=pk)
        | Q(kind=AudienceKind.ACCESS_GROUP, ref__in=groups.values("pk"))
        | Q(kind=AudienceKind.SERVICE, ref__in=services)
    )


class NoticeQuerySet(ScopedQuerySet["Notice"]):
    """Notices, narrowed to what concerns a person. Nothing here runs more than one query."""

    def live(self) -> Self:
        """Keep the notices that are published, not withdrawn and not past their end."""
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()),
            sequence__isnull=False,
            withdrawn_at__isnull=True,
        )

    def for_person(self, person: Somebody) -> Self:
        """Keep the live notices whose audience `person` is in and that they may read now.

        A notice about a page is left out while the page is not published or out of reach.
        """
        from .models import NoticeAudience

        pk = access.account_of(person)
        scopes = access.scopes_for(person)
        named = NoticeAudience.objects.filter(_audience_of(pk), notice=OuterRef("pk"))
        return (
            self.live()
            .filter(
                Q(page__isnull=True) | Q(page__live=True, page__scope__in=scopes),
                scope__in=scopes,
            )
            .filter(Exists(named))
        )

    def with_reading_of(self, person: Somebody) -> Self:
        """Add `is_read`: whether `person` has read the notice.

        What was published before the account was made counts as read.
        """
        from .models import NoticeCursor, Receipt

        pk = person.pk or 0
        receipts = Receipt.objects.filter(user=pk, notice=OuterRef("pk"))
        cursor = NoticeCursor.objects.filter(person=pk).values("read_up_to")[:1]
        joined = person.date_joined if isinstance(person, User) else timezone.now()
        return self.annotate(
            is_read=Case(
                When(Exists(receipts.filter(read_at__isnull=True)), then=Value(False)),
                When(Exists(receipts), then=Value(True)),
                When(sequence__lte=Coalesce(Subquery(cursor), Value(0)), then=Value(True)),
                When(published_at__lt=joined, then=Value(True)),
                default=Value(False),
                output_field=BooleanField(),
            )
        )

    def managed_by(self, person: Somebody) -> Self:
        """Keep the notices, past ones too, whose scope and page `person` manages.

        Without those that come and go by themselves.
        """
        from .models import NOT_SENT

        scopes = access.scopes_for(person, access.Level.MANAGE)
        return self.filter(
            Q(page__isnull=True) | Q(page__scope__in=scopes),
            scope__in=scopes,
            sequence__isnull=False,
        ).exclude(kind__in=NOT_SENT)

    def unread_by(self, person: Somebody) -> Self:
        """Keep the notices that are for `person` and that they have not read."""
        return self.for_person(person).with_reading_of(person).filter(is_read=False)


def services_to_send_for(person: Somebody) -> QuerySet[Service]:
    """Return the services in whose name `person` may send notices: those that they head."""
    return Service.objects.filter(scope__in=access.scopes_for(person, access.Level.MANAGE))


def may_send(person: Somebody) -> bool:
    """Tell whether there is a service in whose name `person` may send notices; one query."""
    return services_to_send_for(person).exists()


@dataclass(frozen=True, slots=True)
class State:
    """Where the journal stands, and how many notices a person has not read, at one moment."""

    sequence: int
    unread: int
    revision: int


def _state(person: User) -> QuerySet[JournalHead, tuple[int, int, int]]:
    from .models import Notice, NoticeCursor

    # Without the empty order_by the default order would split the count into groups of one.
    count = (
        Notice.objects.unread_by(person)
        .order_by()
        .values(everything=Value(1))
        .annotate(number=Count("pk"))
        .values("number")
    )
    revision = NoticeCursor.objects.filter(person=person.pk).values("revision")[:1]
    return JournalHead.objects.filter(pk=1).values_list(
        "sequence",
        Coalesce(Subquery(count, output_field=IntegerField()), Value(0)),
        Coalesce(Subquery(revision), Value(0)),
    )


_prepared_state = Prepared(_state)


def state_of(person: Somebody) -> State:
    """Return the state for `person`; one query, none for an anonymous person."""
    if not isinstance(person, User) or not access.account_of(person):
        return State(0, 0, 0)
    rows = _prepared_state.rows(person)
    return State(*rows[0]) if rows else State(0, 0, 0)


def state_at(request: HttpRequest) -> State:
    """Return the state for the person who asks, as it was when `request` first asked for it.

    So the frame of a page and what is listed in it go by the same moment. One query at most.
    """
    known: State | None = getattr(request, "_notices_state", None)
    if known is None:
        known = request._notices_state = state_of(request.user)  # type: ignore[attr-defined]
    return known


def forget_state(request: HttpRequest) -> None:
    """Have the next question of `request` counted anew: its person has just read something."""
    request._notices_state = None  # type: ignore[attr-defined]


def reach(
    *,
    scope: AccessScope | int,
    audiences: Iterable[NoticeAudience],
    page: BasePage | None = None,
) -> QuerySet[User]:
    """Return the active accounts that a notice in `scope` for `audiences` about `page` is for.

    The other direction of `NoticeQuerySet.for_person`; a test holds the two together.
    """
    from .models import TO_ALL_READERS, AudienceKind

    people = access.readers(scope)
    if page is not None:
        if not page.live or page.scope_id is None:
            return people.none()
        scope_id = scope.pk if isinstance(scope, AccessScope) else scope
        if page.scope_id != scope_id:
            people = people.filter(pk__in=access.readers(page.scope_id).values("pk"))
    refs: dict[str, list[int]] = {}
    for row in audiences:
        if row.kind in TO_ALL_READERS:
            return people
        assert row.ref is not None  # noqa: S101  (held by the database)
        refs.setdefault(str(row.kind), []).append(row.ref)
    groups = AccessGroup.objects.filter(
        Q(pk__in=refs.get(AudienceKind.ACCESS_GROUP, []))
        | Q(service__in=refs.get(AudienceKind.SERVICE, []), role__in=SERVICE_ROLES)
    )
    members = User.groups.through.objects.filter(
        user_id=OuterRef("pk"), group_id__in=groups.values("group_id")
    )
    return people.filter(Q(pk__in=refs.get(AudienceKind.PERSON, [])) | Exists(members))
