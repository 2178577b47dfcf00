"""What somebody is told whose account may not be used."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory import dates
from directory.ldap.passwords import Objection
from directory.signing_in import NotLetIn, Why

_OBJECTIONS: Final = {
    Objection.SHORT: gettext_lazy("The directory refuses the new password: it is too short."),
    Objection.SIMPLE: gettext_lazy(
        "The directory refuses the new password: it is too simple. Mix capitals, small letters, "
        "figures and other characters, and leave your name out."
    ),
    Objection.USED: gettext_lazy(
        "The directory refuses the new password: you have used it before. Choose another one."
    ),
    Objection.UNSUITABLE: gettext_lazy(
        "The directory refuses the new password: it is too short or too simple, or you have used "
        "it before. Choose another one."
    ),
    Objection.YOUNG: gettext_lazy(
        "Your password was changed too recently to be changed again. Try again later, or ask your "
        "IT department for a new one."
    ),
    Objection.FORBIDDEN: gettext_lazy("The directory does not let you change your password here."),
}


def text_of_objection(objection: Objection) -> str:
    """Return in the active language why a new password was not taken."""
    text = str(_OBJECTIONS[objection])
    return f"{text} {_elsewhere()}" if objection is Objection.FORBIDDEN else text


def text_of(refusal: NotLetIn, *, over_a_page: bool = False) -> str:
    """Return in the active language why somebody is not let in, and what they can do.

    `over_a_page`: they sign in over a page of theirs, where no password is chosen.
    """
    text = _text_of(refusal)
    if refusal.why not in (Why.MUST_CHANGE, Why.PASSWORD_EXPIRED):
        return text
    if not refusal.can_change:
        return f"{text} {_elsewhere()}"
    if over_a_page:
        there = _("Choose it on the sign-in page, in another tab, then sign in here with it.")
        return f"{text} {there}"
    return text


def _elsewhere() -> str:
    """Return where passwords are changed: the site's own words, where it gives any."""
    said: str = settings.LDAP["password_help"]
    if said.startswith(("http://", "https://")):
        return _("Change it at this address: %(address)s") % {"address": said}
    return said or _("Change it on your work computer, or ask your IT department for a new one.")


def _text_of(refusal: NotLetIn) -> str:
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
