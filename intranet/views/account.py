"""What a person may set of the admin: how it looks and what it sends."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.account import NotificationPreferencesForm, ThemePreferencesForm
from wagtail.admin.views import account


class MailsForm(NotificationPreferencesForm):
    """Which mails of a review somebody wants; nobody comments here."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields.pop("updated_comments_notifications", None)

    class Meta(NotificationPreferencesForm.Meta):
        """In the words of the site."""

        labels = {
            "submitted_notifications": _("Submissions"),
            "approved_notifications": _("Approvals"),
            "rejected_notifications": _("Changes requested"),
        }
        help_texts = {
            "submitted_notifications": _("An e-mail when a page is submitted for your review."),
            "approved_notifications": _("An e-mail when a page that you submitted is approved."),
            "rejected_notifications": _(
                "An e-mail when changes are requested to a page that you submitted."
            ),
        }


class DisplayForm(ThemePreferencesForm):
    """How the admin is shown; light or dark is chosen for the whole site, in its menu."""

    class Meta(ThemePreferencesForm.Meta):
        """What takes effect."""

        fields = ["contrast", "density", "keyboard_shortcuts"]
        help_texts = {"keyboard_shortcuts": _("The editor has shortcuts of its own.")}


class MailsPanel(account.NotificationsSettingsPanel):
    """The mails, in a tab of their own."""

    title = _("E-mails")
    tab = account.SettingsTab("mails", _("E-mails"), order=200)
    form_class = MailsForm


class DisplayPanel(account.ThemeSettingsPanel):
    """The display, in a tab of its own."""

    title = _("Display")
    tab = account.SettingsTab("display", _("Display"), order=100)
    form_class = DisplayForm


class AccountView(account.AccountView):
    """Wagtail's page of settings, with those that take effect here.

    Names, addresses, pictures and passwords are the directory's; the language and light or dark
    are the site's, chosen in its own menu.
    """

    def get_panels(self) -> list[object]:
        """Return the panels that are kept."""
        user = self.request.user
        profile = account.UserProfile.get_for_user(user)
        panels = [kind(self.request, user, profile) for kind in (DisplayPanel, MailsPanel)]
        return [panel for panel in panels if panel.is_active()]
