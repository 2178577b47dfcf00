"""Finding people: by some words, or the one whom somebody has named."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from directory.models import User
from directory.sorting import BY_NAME
from directory.text import folded, key

OFFERED = 8
"""How many people are offered while somebody types a name."""


_LOOKED_AT = 200  # how many that have all the words are compared with a whole name


def found_people(text: str) -> QuerySet[User]:
    """Return the accounts whose names, login or mail have each word of `text`.

    Accents, capitals and ligatures do not count, and apostrophes and spaces are one.
    """
    people = User.objects.select_related("person").order_by(*BY_NAME)
    for word in folded(text).split()[:6]:
        people = people.filter(found_by__contains=word)
    return people


def offered_people(
    text: str, *, among: QuerySet[User] | None = None, closed: bool = False
) -> list[User]:
    """Return the first people whom `text` may mean; one query.

    With an open account, and with `closed` those too whose account is closed. `among`: those
    alone that the reader may know of (`directory.acquaintance`).
    """
    words = folded(text)[:100]
    if len(words) < 2:
        return []
    people = found_people(words)
    if not closed:
        people = people.filter(is_active=True)
    if among is not None:
        people = people.filter(pk__in=among.order_by().values("pk"))
    return list(people[:OFFERED])


def person_named(text: str, *, among: QuerySet[User] | None = None) -> User:
    """Return whose login, e-mail address or full name `text` is, with an open account; one query.

    A name as it is written comes before one without its accents. `among`: those alone that
    the reader may know of; anybody else is nobody. Raises ValidationError, in words for the
    reader, where it is nobody's or several people's.
    """
    meant = found_people(text).filter(is_active=True)
    if among is not None:
        meant = meant.filter(pk__in=among.order_by().values("pk"))
    found = _named(text, meant)
    if not found:
        raise ValidationError(
            _("Nobody with an open account has this login, address or full name."), code="nobody"
        )
    if len(found) > 1:
        raise ValidationError(_("Several people have this name: enter the login."), code="several")
    return found[0]


def person_sought(text: str) -> User:
    """Return whose login, e-mail address or full name `text` is, else whom alone it may mean.

    It may mean whoever the picker offers for it, those with a closed account too; two queries
    at most. Raises ValidationError, in words for the reader, where it is nobody or several.
    """
    exact = User.objects.filter(username__iexact=text).select_related("person").first()
    if exact is not None:
        return exact
    offered = found_people(text)
    found = _named(text, offered) or list(offered[:2] if folded(text) else [])
    if not found:
        raise ValidationError(_("Nobody has this login, address or name."), code="nobody")
    if len(found) > 1:
        raise ValidationError(
            _("Several people match: choose one of those offered as you type."),
            code="several",
        )
    return found[0]


def _named(text: str, people: QuerySet[User]) -> list[User]:
    """Return those of `people` whose login, address or full name `text` is, the nearest kind."""
    some = list(people[:_LOOKED_AT]) if folded(text) else []
    for same in (key, folded):
        wanted = same(text)
        for names in (_logins, _addresses, _names):
            found = [user for user in some if wanted in map(same, names(user))]
            if found:
                return found
    return []


def _logins(user: User) -> list[str]:
    return [user.username]


def _addresses(user: User) -> list[str]:
    person = getattr(user, "person", None)
    return [address for address in (user.email, person.mail if person else "") if address]


def _names(user: User) -> list[str]:
    person = getattr(user, "person", None)
    return [person.display_name] if person else []
