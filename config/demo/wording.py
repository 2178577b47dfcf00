"""What the demo's own action is called in the journal."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {"demo.loaded": _("Demo data loaded")}
