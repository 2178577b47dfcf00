"""Accounts."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """An account that signs in; `username` is the login, as the directory last gave it.

    Who the account belongs to is told by `Person`, found by the directory's immutable
    identifier; the login may change. Superusers have no right of their own on content.
    `session_epoch` grows when all sessions of the account end; see `actions.sessions`.
    """

    language = models.CharField(
        _("language"), max_length=5, blank=True, default="", help_text=_("Language of the pages.")
    )
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return the proof that a session carries: another one in each epoch.

        In the first it is Django's own, so that an upgrade signs nobody out.
        """
        if not self.session_epoch:
            return str(super()._get_session_auth_hash(secret=secret))  # type: ignore[misc]
        text = f"{self.session_epoch}:{self.password}"
        salt = "directory.models.User.session_epoch"
        return salted_hmac(salt, text, secret=secret, algorithm="sha256").hexdigest()
