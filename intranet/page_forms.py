"""The forms of a page in the admin."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.forms.pages import CopyForm
from wagtail.blocks import StreamValue
from wagtail.fields import StreamField

from directory.forms.fields import require_sensible_year
from directory.outside import text_from_outside
from directory.text import cleaned
from intranet import form_keys
from intranet.readiness import is_untitled, untitled

if TYPE_CHECKING:
    from intranet.models import BasePage


class DraftCopyForm(CopyForm):
    """The form that copies a page: the copy is a draft, or publishing would ask for nothing.

    Whether a page is ready, and who cannot open what it links to, is asked where it is
    published. What stands in two places at once is linked to, not copied.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("publish_copies", "alias", "new_slug"):
            self.fields.pop(name, None)

    def clean(self) -> dict[str, Any]:
        """Return what was chosen; the copy makes its address of its title."""
        return {**super().clean(), "new_slug": ""}


LONGEST_DATE = 200
"""How many characters are kept of what was typed for a date."""


_SCHEDULE = ("go_live_at", "expire_at")


def _in_the_past(name: str) -> str:
    if name == "go_live_at":
        return gettext(
            "This time is past. Leave it empty to publish at once, or choose a time to come."
        )
    return gettext("Expiry date/time must be in the future.")  # of Wagtail, which says so too


def schedule_told(page: BasePage) -> dict[str, str]:
    """Return what is wrong with the schedule that a draft keeps beside it, by field."""
    told = {}
    for name in _SCHEDULE:
        if name not in page.as_typed:
            continue
        try:
            at = forms.DateTimeField(validators=[require_sensible_year]).clean(page.as_typed[name])
        except forms.ValidationError:
            at = None
        is_past = at is not None and at < timezone.now()
        told[name] = _in_the_past(name) if is_past else gettext("Check this date.")
    return told


class PageForm(WagtailAdminPageForm):
    """Keeps a draft in whatever state it is: what is wrong is told to publish it.

    How long a text may be is told by the page itself (`BasePage.clean`), which a browser does
    not know: it would cut what is pasted, without a word. What is no date, or cannot be one
    here, is kept beside (`BasePage.as_typed`), and stands in its field again. So does a time to
    publish at that is past: Wagtail would publish at once, without a word.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        page = kwargs.get("instance")
        if page is not None and page.as_typed:
            kwargs["initial"] = {**page.as_typed, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.is_for_draft = False
        self._dates = {
            name
            for name, field in self.fields.items()
            if isinstance(field, forms.DateField | forms.DateTimeField)
        }
        if page is not None and not self.is_bound:
            for name, words in schedule_told(page).items():
                if name in self.fields:
                    self.fields[name].help_text = words
        for name in self._dates:
            self.fields[name].validators.append(require_sensible_year)
        texts = {f.name for f in self._meta.model._meta.fields if isinstance(f, models.TextField)}
        for name in texts & self.fields.keys():
            field = self.fields[name]
            field.validators = [
                each for each in field.validators if not isinstance(each, MaxLengthValidator)
            ]
            field.widget.attrs.pop("maxlength", None)

    def clean(self) -> dict[str, Any]:
        """Refuse a new time to publish at that is past; what was set before may have come."""
        data: dict[str, Any] = super().clean()
        at, before = data.get("go_live_at"), self.instance.go_live_at
        if at is not None and at < timezone.now() and at != _to_the_minute(before):
            self.add_error("go_live_at", forms.ValidationError(_in_the_past("go_live_at")))
        return data

    def _post_clean(self) -> None:
        self.is_for_draft = self.is_deferred_validation  # Wagtail forgets it with the errors
        self.instance.is_kept_as_draft = self.is_deferred_validation
        of_others = {
            name: text for name, text in self.instance.as_typed.items() if name not in self._dates
        }
        self.instance.as_typed = of_others | self._kept_beside()
        super()._post_clean()

    @property
    def publishes(self) -> bool:
        """Whether it was sent to publish the page, or to approve it."""
        if self.is_for_draft:
            return False
        approves = self.data.get("workflow-action-name") == "approve"
        return "action-publish" in self.data or ("action-workflow-action" in self.data and approves)

    def as_sent(self) -> BasePage:
        """Return the page with all that can be read of what was sent, also where that is wrong."""
        page: BasePage = copy.copy(self.instance)
        for name in self.errors.keys() & self.fields.keys():
            if isinstance(self._meta.model._meta.get_field(name), StreamField):
                text = self[name].value()
                unreadable = getattr(text, "unreadable", {})
                read = [
                    (child.block_type, child.value, child.id)
                    for place, child in enumerate(text)
                    if place not in unreadable
                ]
                # As a draft would keep it.
                block = text.stream_block
                setattr(page, name, block.clean_deferred(StreamValue(block, read)))
        return page

    def _kept_beside(self) -> dict[str, str]:
        """Take the dates that a draft cannot have from the errors; return them as typed."""
        if not self.is_deferred_validation:
            return {}
        kept = {}
        for name in self._dates & self.errors.keys():
            typed = self.fields[name].widget.value_from_datadict(
                self.data, self.files, self.add_prefix(name)
            )
            kept[name] = text_from_outside(typed, longest=LONGEST_DATE)
            del self.errors[name]
            self.cleaned_data[name] = None
        return kept


def _to_the_minute(at: datetime | None) -> datetime | None:
    """Return `at` as its field shows it, and has it back."""
    return None if at is None else at.replace(second=0, microsecond=0)


class ContentPageForm(PageForm):
    """Tells a new page early in whose section it will stand: its checks ask for the service.

    A new page has a paragraph to write in; left empty, it is dropped. A draft is kept in
    whatever state it is, without a title too: what is missing is told to publish it. Its form
    carries the key of the one page that it makes.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        page = kwargs.get("instance")
        if page is not None and page.pk is None and not page.body and not (args and args[0]):
            page.body = [("paragraph", "")]
        super().__init__(*args, **kwargs)
        parent = self.parent_page
        if self.instance.service_id is None and parent is not None:
            self.instance.service = parent.service
        if self.instance.pk is None and parent is not None:
            self.fields[form_keys.FIELD] = forms.CharField(
                widget=forms.HiddenInput,
                required=False,
                initial=form_keys.new_key(self.for_user, parent, type(self.instance)),
            )

    def _clean_fields(self) -> None:
        super()._clean_fields()
        for name, value in self.cleaned_data.items():
            if isinstance(value, str):
                self.cleaned_data[name] = cleaned(value)

    def clean_title(self) -> str:
        """Return the title; a word in its place for a draft without one."""
        title = str(self.cleaned_data["title"])
        if not self.is_deferred_validation:
            if is_untitled(title):
                raise forms.ValidationError(gettext("Give it a title."))
            return title
        return title if title.strip() else untitled()

    def _post_clean(self) -> None:
        page = self.instance
        if page.pk and page.first_published_at is None and "title" in self.changed_data:
            # A draft is kept while its title is typed: the address is that of the last one.
            page.slug = ""
        carried = self.cleaned_data.get(form_keys.FIELD)
        if carried:
            kind = type(page)
            key = form_keys.key_in(carried, self.for_user, self.parent_page, kind)
            page.translation_key = key or page.translation_key
        super()._post_clean()
