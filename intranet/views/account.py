"""What a person may set of the admin: how it looks and what it sends."""

from __future__ import annotations

from typing import Any

from wagtail.admin.views import account

# Names, addresses, pictures and passwords are the directory's; the language is that of the
# site, chosen in its own menu.
_KEPT = (account.NotificationsSettingsPanel, account.ThemeSettingsPanel)


class AccountView(account.AccountView):
    """Wagtail's page of settings without what the directory holds."""

    def get_panels(self) -> list[Any]:
        """Return the panels that are kept."""
        return [panel for panel in super().get_panels() if isinstance(panel, _KEPT)]
