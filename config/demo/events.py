"""What the demo tells in the journal."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from directory.journal.events import Event

DEMO_LOADED = Event("demo.loaded", _("Demo data loaded"))
