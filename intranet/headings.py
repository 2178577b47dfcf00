"""The headings of the editor's pages, which Wagtail puts together with an English colon."""

from __future__ import annotations

import functools
from typing import Any

from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from directory.phrases import about


def install() -> None:
    """Have headings set as the language sets them: « Nouveau : Note »; repeatable."""
    wagtails = WagtailAdminTemplateMixin.get_header_title
    if hasattr(wagtails, "__wrapped__"):
        return

    @functools.wraps(wagtails)
    def get_header_title(self: Any) -> str:
        title, subject = self.get_page_title(), self.get_page_subtitle()
        if not subject:
            return str(wagtails(self))
        return about(title, subject)

    WagtailAdminTemplateMixin.get_header_title = get_header_title
