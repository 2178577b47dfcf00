"""Notices for the tests, made by the same actions as everywhere."""

from __future__ import annotations

from typing import Any

from directory.models import AccessScope, Service, User
from intranet.notices.actions import publish_notice
from intranet.notices.models import AudienceKind, Notice, NoticeAudience, NoticeKind


def to_readers() -> list[NoticeAudience]:
    """Everybody who may read the notice's scope."""
    return [NoticeAudience(kind=AudienceKind.SCOPE_READERS)]


def to_everyone() -> list[NoticeAudience]:
    """The whole organisation."""
    return [NoticeAudience(kind=AudienceKind.EVERYONE)]


def to_person(*people: User) -> list[NoticeAudience]:
    """These accounts alone."""
    return [NoticeAudience(kind=AudienceKind.PERSON, ref=person.pk) for person in people]


def to_service(service: Service) -> list[NoticeAudience]:
    """The people of a service."""
    return [NoticeAudience(kind=AudienceKind.SERVICE, ref=service.pk)]


def make_notice(
    title: str = "Une nouvelle",
    *,
    scope: AccessScope | None = None,
    audiences: list[NoticeAudience] | None = None,
    **fields: Any,
) -> Notice:
    """A published message, to the whole organisation unless told otherwise."""
    return publish_notice(
        **{
            "actor": None,
            "kind": NoticeKind.MESSAGE,
            "scope": scope or AccessScope.site(),
            "audiences": audiences or to_readers(),
            "title_fr": title,
        }
        | fields
    )
