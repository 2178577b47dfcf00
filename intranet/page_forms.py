"""The form of a page in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from wagtail.admin.forms import WagtailAdminPageForm

from directory.forms.fields import require_sensible_year


class ContentPageForm(WagtailAdminPageForm):
    """Tells a new page early in whose section it will stand: its checks ask for the service.

    A new page has a paragraph to write in; left empty, it is dropped.
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
