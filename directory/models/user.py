"""Accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from directory.sorting import SORT_KEY_LENGTH, SortKeyField
from directory.text import folded

if TYPE_CHECKING:
    from .person import Person

_NAMES = frozenset({"username", "first_name", "last_name", "email"})
KEPT = ("found_by", "sort_name")
"""What an account keeps of its names; see `keep_names`."""


class User(AbstractUser):
    """An account that signs in; `username` is the login, as the directory last gave it.

    Who the account belongs to is told by `Person`, found by the directory's immutable
    identifier; the login may change. Superusers have no right of their own on content.
    `session_epoch` grows when all sessions of the account end; see `actions.sessions`.
    `closed_at`: when an IT administrator closed it; no reading of the directory opens it then.
    """

    language = models.CharField(
        _("language"), max_length=5, blank=True, default="", help_text=_("Language of the pages.")
    )
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    closed_at = models.DateTimeField(_("closed by hand on"), null=True, editable=False)
    # Names, login and addresses without accents and capitals. Kept, since no two databases
    # fold alike; whoever writes rows in bulk calls `keep_names`.
    found_by = models.TextField(editable=False, default="")
    # What lists of people are sorted by, `sorting.BY_NAME`: kept with an index, so that a page
    # of a long list costs what it shows.
    sort_name = SortKeyField(editable=False, default="")

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        indexes = [models.Index(fields=["sort_name", "id"], name="account_by_name")]

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

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """Return the login as the sign-in page reads it, which does not tell capitals."""
        return str(super().normalize_username(username)).strip().lower()

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Write the account, with what it is found and sorted by in step."""
        if update_fields is None or not _NAMES.isdisjoint(update_fields):
            keep_names(self, getattr(self, "person", None))
            if update_fields is not None:
                update_fields = {*update_fields, *KEPT}
        super().save(*args, update_fields=update_fields, **kwargs)


def found_by_of(user: User, person: Person | None) -> str:
    """Return the words that `user` is found by in every place where people are chosen."""
    words = [user.first_name, user.last_name, user.username, user.email]
    if person is not None:
        words += [person.display_name, person.mail]
    return folded(" ".join(dict.fromkeys(filter(None, words))))


def sort_name_of(user: User) -> str:
    """Return what `user` is sorted by: the family name, then the others; else the login."""
    names = [folded(user.last_name), folded(user.first_name)]
    # No folded text has a line feed, and none of its characters comes before it.
    return ("\n".join(names) if any(names) else folded(user.username))[:SORT_KEY_LENGTH]


def keep_names(user: User, person: Person | None) -> None:
    """Set on `user` what it is found and sorted by, `KEPT`; writes nothing."""
    user.found_by, user.sort_name = found_by_of(user, person), sort_name_of(user)
