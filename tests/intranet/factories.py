"""Sections and pages for the tests, made by the same actions as everywhere.

section = make_section(service)                        # {"fr": …, "en": …}
note = make_note(service, "Budget", audience="organisation")
"""

from __future__ import annotations

import io
from typing import Any

from django.core.cache import cache
from django.core.files.images import ImageFile
from PIL import Image as Picture

from directory.access import Level
from directory.actions.grants import grant_access
from directory.models import AccessScope, Service, User
from intranet.actions.notes import draft_page, publish_page
from intranet.actions.sections import ensure_section
from intranet.models import Audience, EventPage, NotePage, PlainPage, SectionPage, SiteImage
from tests.directory.factories import make_person

WRITER = "wanda.writer"


def make_section(service: Service) -> dict[str, SectionPage]:
    """The section of `service` in each language."""
    return ensure_section(service, actor=None)


def writer(service: Service) -> User:
    """Somebody who manages `service` by a grant of her own, and is in no group."""
    person = User.objects.filter(username=WRITER).first() or make_person(WRITER, outsider=True)
    for scope in (service.scope, service.public_scope):
        grant_access(actor=None, scope=scope, level=Level.MANAGE, to=person)
    return person


def make_note(
    service: Service,
    title: str = "Note",
    *,
    by: User | None = None,
    draft: bool = False,
    **fields: Any,
) -> NotePage:
    """A note of `service`, published unless `draft`; its section is made where it is missing."""
    return _make(NotePage, service, title, by, draft, fields)


def make_event(
    service: Service,
    title: str = "Event",
    *,
    by: User | None = None,
    draft: bool = False,
    **fields: Any,
) -> EventPage:
    """An event of `service`; see `make_note`. `start` is in `fields`."""
    return _make(EventPage, service, title, by, draft, fields)


def make_page(
    service: Service,
    title: str = "Page",
    *,
    by: User | None = None,
    draft: bool = False,
    **fields: Any,
) -> PlainPage:
    """An information page of `service`; see `make_note`."""
    return _make(PlainPage, service, title, by, draft, fields)


def _make(kind: Any, service: Service, title: str, by: Any, draft: bool, fields: Any) -> Any:
    make_section(service)
    write = draft_page if draft else publish_page
    return write(kind, actor=by or writer(service), service=service, title=title, **fields)


def paragraph(text: str) -> list[dict[str, str]]:
    """A body of one paragraph."""
    return [{"type": "paragraph", "value": f"<p>{text}</p>"}]


def png(color: str = "teal", size: tuple[int, int] = (60, 40)) -> bytes:
    """A small picture."""
    buffer = io.BytesIO()
    Picture.new("RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()


def make_image(scope: AccessScope, title: str = "picture", **fields: Any) -> SiteImage:
    """An image that whoever reads `scope` may see."""
    image = SiteImage(
        title=title, scope=scope, file=ImageFile(io.BytesIO(png()), name="picture.png"), **fields
    )
    cache.clear()  # Wagtail keeps renditions by the image's number, which tests use again
    image._set_image_file_metadata()
    image.save()
    return image


__all__ = ["Audience", "make_event", "make_image", "make_note", "make_page", "make_section"]
