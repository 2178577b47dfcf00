"""The form of a page in the admin."""

from __future__ import annotations

from typing import Any

from wagtail.admin.forms import WagtailAdminPageForm


class ContentPageForm(WagtailAdminPageForm):
    """Tells a new page early in whose section it will stand: its checks ask for the service."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parent = self.parent_page
        if self.instance.service_id is None and parent is not None:
            self.instance.service = parent.service
