"""Who the questions are about."""

from __future__ import annotations

from typing import Protocol


class Somebody(Protocol):
    """Somebody who looks at the site: an account, or a visitor who is not signed in.

    All that the rights of a person rest on. Where more is asked (a name, a language), it is
    an account, `User`.
    """

    @property
    def pk(self) -> int | None:
        """The number of the account, None where there is none."""

    @property
    def is_active(self) -> bool:
        """Whether the account is open; a visitor's never is."""

    @property
    def is_authenticated(self) -> bool:
        """Whether it is an account at all."""


def account_of(person: Somebody) -> int:
    """Return the number of the open account of `person`, or 0 (nobody's)."""
    return person.pk or 0 if person.is_active else 0
