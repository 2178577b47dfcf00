"""What a service publishes in its section: notes, events, pages."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.fields import StreamField

from directory.models import AccessScope
from intranet.blocks import BodyBlock
from intranet.page_forms import ContentPageForm, DraftCopyForm

from .base_page import BasePage
from .lines import LineField


class Audience(models.TextChoices):
    """Whom a page is for."""

    SERVICE = "service", _("My service only")
    ORGANISATION = "organisation", _("The whole organisation")


def today() -> Any:
    """Return the date of today where the organisation is."""
    return timezone.localdate()


class ContentPage(BasePage):
    """What notes, events and pages have in common: audience, summary, text."""

    audience = models.CharField(
        _("audience"), max_length=20, choices=Audience, default=Audience.SERVICE
    )
    summary = models.TextField(
        _("summary"),
        blank=True,
        max_length=400,
        help_text=_("Shown in lists and in search results: 400 characters at most."),
    )
    body = StreamField(BodyBlock(required=False), verbose_name=_("text"), blank=True)
    contact = LineField(
        _("contact"),
        max_length=200,
        blank=True,
        help_text=_("Whom to ask: a name, a telephone number, an address."),
    )

    parent_page_types: ClassVar[list[str]] = ["intranet.SectionPage"]
    subpage_types: ClassVar[list[str]] = []
    is_fixed = False
    base_form_class = ContentPageForm
    copy_form_class = DraftCopyForm

    class Meta:
        abstract = True

    def scope_here(self) -> int | None:
        """Return the service's own scope or its public one, by the audience.

        Outside of the sections, the scope of the whole organisation.
        """
        if self.service is None:
            return AccessScope.site().pk
        if self.audience == Audience.ORGANISATION:
            return self.service.public_scope_id
        return self.service.scope_id

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the way to the page, its versions in other languages, and who may edit it."""
        from intranet.serving import around

        return super().get_context(request, *args, **kwargs) | around(self, request)

    def clean(self) -> None:
        """Refuse, to be published, pictures that the audience could not see."""
        super().clean()
        if self.is_kept_as_draft:
            return
        hidden = self._pictures_out_of_sight()
        if hidden:
            raise ValidationError(
                {
                    "body": _(
                        "The audience may not see these images: %(titles)s. Open the image and "
                        "say that the whole organisation may see it, or choose another."
                    )
                    % {"titles": ", ".join(hidden)}
                }
            )

    def _pictures_out_of_sight(self) -> list[str]:
        if self.audience != Audience.ORGANISATION or self.service is None:
            return []
        return sorted(
            {
                str(block.value.title)
                for block in self.body
                if block.block_type == "image"
                and block.value is not None
                and block.value.scope_id == self.service.scope_id
            }
        )


class NotePage(ContentPage):
    """A note: what a service has to tell, to its people or to everybody."""

    reference = LineField(_("reference"), max_length=60, blank=True)
    # Empty in drafts alone, like the start of an event.
    date = models.DateField(
        _("date"), null=True, default=today, error_messages={"blank": _("Give the note a date.")}
    )
    signed_by = LineField(
        _("signed by"),
        max_length=200,
        blank=True,
        help_text=_("Left empty, the person who wrote the note."),
    )
    notify = models.BooleanField(
        _("send a notice to the audience"),
        default=False,
        help_text=_("When the note is published, it appears at once on their screens."),
    )

    content_panels = [
        FieldPanel("title", help_text=" ", required_on_save=False),
        FieldRowPanel([FieldPanel("audience"), FieldPanel("notify")]),
        FieldPanel("summary"),
        FieldPanel("body"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("date"), FieldPanel("reference")]),
                FieldRowPanel([FieldPanel("signed_by"), FieldPanel("contact")]),
            ],
            heading=_("About this note"),
        ),
    ]
    template = "intranet/note.html"

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")

    @property
    def author(self) -> str:
        """Name of who signs, or of who wrote it."""
        return str(self.signed_by or (self.owner or ""))


class EventPage(ContentPage):
    """Something that takes place."""

    # Empty in drafts alone: what is published has been through `full_clean`.
    start = models.DateTimeField(
        _("start"), null=True, error_messages={"blank": _("Say when the event starts.")}
    )
    end = models.DateTimeField(_("end"), null=True, blank=True)
    place_name = LineField(_("place"), max_length=200, blank=True)
    uid = models.UUIDField(default=uuid.uuid4, editable=False)

    content_panels = [
        FieldPanel("title", help_text=" ", required_on_save=False),
        FieldPanel("audience"),
        FieldRowPanel([FieldPanel("start"), FieldPanel("end")]),
        FieldPanel("place_name"),
        FieldPanel("summary"),
        FieldPanel("body"),
        FieldPanel("contact"),
    ]
    template = "intranet/event.html"

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def clean(self) -> None:
        """Refuse an end before the start."""
        super().clean()
        if self.is_kept_as_draft:
            return
        if self.start and self.end and self.end < self.start:
            raise ValidationError({"end": _("The end lies before the start.")})

    @property
    def is_over(self) -> bool:
        """Whether it has taken place; not, where a draft does not say yet when it will."""
        last = self.end or self.start
        return last is not None and last < timezone.now()

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Serve the page; with ?ics, the event for a calendar."""
        if "ics" in request.GET:
            from intranet.views.calendar import as_calendar

            return as_calendar(request, self)
        return super().serve(request, *args, **kwargs)


class PlainPage(ContentPage):
    """A page that lasts: a procedure, who does what, legal notices."""

    parent_page_types = ["intranet.SectionPage", "intranet.HomePage", "intranet.PlainPage"]
    subpage_types = ["intranet.PlainPage"]

    content_panels = [
        FieldPanel("title", help_text=" ", required_on_save=False),
        FieldPanel("audience"),
        FieldPanel("summary"),
        FieldPanel("body"),
        FieldPanel("contact"),
    ]
    template = "intranet/plain.html"

    class Meta:
        verbose_name = _("information page")
        verbose_name_plural = _("information pages")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the pages right below that the person may read."""
        below = (
            PlainPage.objects.child_of(self)
            .visible_to(request.user)
            .select_related("locale")
            .defer_streamfields()
            .order_by("path")
        )
        return super().get_context(request, *args, **kwargs) | {"pages_below": list(below)}
