"""The form of the sign-in page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def _secret(label: _StrPromise, autocomplete: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


class SignInForm(forms.Form):
    """Login and password. What is typed as login is put into the directory's form."""

    username = forms.CharField(
        label=_("Login"),
        max_length=150,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )
    password = _secret(_("Password"), "current-password")

    def clean_username(self) -> str:
        """Directories do not tell capitals: neither does throttling."""
        return User.normalize_username(self.cleaned_data["username"])


class NewPasswordForm(SignInForm):
    """Login, password, and the one that takes its place, twice."""

    field_order = ("username", "password", "new_password", "password_again")
    password = _secret(_("Present password"), "current-password")
    new_password = _secret(_("New password"), "new-password")
    password_again = _secret(_("New password, once more"), "new-password")

    def clean(self) -> dict[str, Any]:
        """Refuse a new password that was typed in two ways, or is the one of now."""
        given = super().clean() or {}
        old, new, again = (
            given.get(name) for name in ("password", "new_password", "password_again")
        )
        if new and again and new != again:
            self.add_error("password_again", _("This is not the same password as above."))
        elif new and new == old:
            self.add_error("new_password", _("This is your present password: choose another one."))
        return given
