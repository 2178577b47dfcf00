"""Accounts."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """An account that signs in; `username` is the login, as the directory last gave it.

    Who the account belongs to is told by `Person`, found by the directory's immutable
    identifier; the login may change. Superusers have no right of their own on content.
    """

    language = models.CharField(
        _("language"), max_length=5, blank=True, default="", help_text=_("Language of the pages.")
    )

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.get_full_name() or self.username
