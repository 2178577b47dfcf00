"""Accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from directory.text import folded

if TYPE_CHECKING:
    from .person import Person

_FOUND_BY = frozenset({"username", "first_name", "last_name", "email"})


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
    # Names, login and addresses without accents and capitals. Kept, since no two databases
    # fold alike; whoever writes rows in bulk calls `found_by_of`.
    found_by = models.TextField(editable=False, default="")

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

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        """Write the account, with what it is found by in step."""
        if update_fields is None or not _FOUND_BY.isdisjoint(update_fields):
            self.found_by = found_by_of(self, getattr(self, "person", None))
            if update_fields is not None:
                update_fields = {*update_fields, "found_by"}
        super().save(*args, update_fields=update_fields, **kwargs)


def found_by_of(user: User, person: Person | None) -> str:
    """Return the words that `user` is found by in every place where people are chosen."""
    words = [user.first_name, user.last_name, user.username, user.email]
    if person is not None:
        words += [person.display_name, person.mail]
    return folded(" ".join(dict.fromkeys(filter(None, words))))
