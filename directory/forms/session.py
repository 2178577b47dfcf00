"""The form of the sign-in page."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import User


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
    password = forms.CharField(
        label=_("Password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_username(self) -> str:
        """Directories do not tell capitals: neither does throttling."""
        return User.normalize_username(self.cleaned_data["username"])
