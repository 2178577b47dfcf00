"""The forms of a page in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.forms.pages import CopyForm

from directory.forms.fields import require_sensible_year
from directory.text import cleaned
from intranet.readiness import is_untitled, untitled


class DraftCopyForm(CopyForm):
    """The form that copies a page: the copy is a draft, or publishing would ask for nothing.

    Whether a page is ready, and who cannot open what it links to, is asked where it is
    published. What stands in two places at once is linked to, not copied.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("publish_copies", "alias"):
            self.fields.pop(name, None)


class ContentPageForm(WagtailAdminPageForm):
    """Tells a new page early in whose section it will stand: its checks ask for the service.

    A new page has a paragraph to write in; left empty, it is dropped. A draft is kept in
    whatever state it is, without a title too: what is missing is told to publish it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        page = kwargs.get("instance")
        if page is not None and page.pk is None and not page.body and not (args and args[0]):
            page.body = [("paragraph", "")]
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, (forms.DateField, forms.DateTimeField)):
                field.validators.append(require_sensible_year)
        parent = self.parent_page
        if self.instance.service_id is None and parent is not None:
            self.instance.service = parent.service

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
        page.is_kept_as_draft = self.is_deferred_validation
        if page.pk and page.first_published_at is None and "title" in self.changed_data:
            # A draft is kept while its title is typed: the address is that of the last one.
            page.slug = ""
        super()._post_clean()
