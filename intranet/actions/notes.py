"""Writing and publishing what stands in a section."""

from __future__ import annotations

from typing import Any, TypeVar

from wagtail.log_actions import LogContext

from directory import access, journal
from directory.access import Level
from directory.models import Service, User
from intranet.lock.viewing import sees_everything
from intranet.models import Audience, ContentPage, EventPage, NotePage, PlainPage, SectionPage

_Page = TypeVar("_Page", bound=ContentPage)


def publish_note(
    *,
    actor: User,
    service: Service,
    title: str,
    language: str = "fr",
    audience: str = Audience.SERVICE,
    **fields: Any,
) -> NotePage:
    """Write a note in the section of `service` and publish it; return it.

    `fields` are those of `NotePage` (summary, body, date, notify, …). Raises Http404 where
    `actor` does not manage the scope that the audience means, ValidationError on bad fields.
    """
    return publish_page(
        NotePage,
        actor=actor,
        service=service,
        title=title,
        language=language,
        audience=audience,
        **fields,
    )


def publish_event(*, actor: User, service: Service, title: str, **fields: Any) -> EventPage:
    """Write an event in the section of `service` and publish it; see `publish_note`."""
    return publish_page(EventPage, actor=actor, service=service, title=title, **fields)


def publish_plain_page(*, actor: User, service: Service, title: str, **fields: Any) -> PlainPage:
    """Write an information page in the section of `service`; see `publish_note`."""
    return publish_page(PlainPage, actor=actor, service=service, title=title, **fields)


def publish_page(
    kind: type[_Page], *, actor: User, service: Service, title: str, **fields: Any
) -> _Page:
    """Write a page of `kind` in the section of `service` and publish it."""
    return _write(kind, actor=actor, service=service, title=title, live=True, **fields)


def draft_page(
    kind: type[_Page], *, actor: User, service: Service, title: str, **fields: Any
) -> _Page:
    """Write a page of `kind` in the section of `service` and leave it a draft.

    With `go_live_at`, and where `actor` may publish, it goes live by itself at that time.
    """
    return _write(kind, actor=actor, service=service, title=title, live=False, **fields)


@sees_everything
def _write(
    kind: type[_Page],
    *,
    actor: User,
    service: Service,
    title: str,
    live: bool,
    language: str = "fr",
    audience: str = Audience.SERVICE,
    translation_of: ContentPage | None = None,
    **fields: Any,
) -> _Page:
    scope = service.public_scope_id if audience == Audience.ORGANISATION else service.scope_id
    scheduled = fields.get("go_live_at") is not None
    access.require(actor, Level.MANAGE if live or scheduled else Level.CONTRIBUTE, scope)
    with journal.transaction(), LogContext(user=actor):
        section = SectionPage.objects.get(service=service, locale__language_code=language)
        page = kind(title=title, audience=audience, owner=actor, live=False, **fields)
        page.locale = section.locale
        if translation_of is not None:
            page.translation_key = translation_of.translation_key
        section.add_child(instance=page)
        # A draft is kept in whatever state it is; see `intranet.readiness`.
        revision = page.save_revision(user=actor, log_action=True, clean=live)
        if live or scheduled:
            revision.publish(user=actor, skip_permission_checks=True)
        page.refresh_from_db()
    return page
