"""What somebody is told whose account may not be used."""

from __future__ import annotations

from datetime import timedelta

from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from directory import dates
from directory.signing_in import NotLetIn, Why


def text_of(refusal: NotLetIn) -> str:
    """Return in the active language why somebody is not let in, and what they can do."""
    match refusal.why:
        case Why.DISABLED:
            return _("This account is disabled. Ask your IT department to reopen it.")
        case Why.EXPIRED:
            return _("This account has expired. Ask your IT department to extend it.")
        case Why.LOCKED:
            return _text_of_lock(refusal)
        case Why.MUST_CHANGE:
            return _("Before you can sign in, you must choose a new password.")
        case Why.PASSWORD_EXPIRED:
            return _(
                "Your password has expired: before you can sign in, you must choose a new one."
            )
        case Why.NOT_HERE:
            return _(
                "The directory does not allow this account to sign in at this time, or from here. "
                "Ask your IT department."
            )


def _text_of_lock(refusal: NotLetIn) -> str:
    if refusal.until is None:
        return _(
            "After too many wrong passwords the directory has locked this account. Try again "
            "later, or ask your IT department to unlock it."
        )
    until = localtime(refusal.until + timedelta(seconds=59))  # not a minute too early
    told = {"time": dates.written(until, "TIME_FORMAT"), "day": dates.written(until.date())}
    if until.date() == localdate():
        return (
            _(
                "After too many wrong passwords the directory has locked this account until "
                "%(time)s. Try again then, or ask your IT department to unlock it."
            )
            % told
        )
    return (
        _(
            "After too many wrong passwords the directory has locked this account until %(day)s "
            "at %(time)s. Try again then, or ask your IT department to unlock it."
        )
        % told
    )
