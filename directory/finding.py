"""Finding people: by some words, or the one whom somebody has named."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from directory.models import User

OFFERED = 8
"""How many people are offered while somebody types a name."""


def found_people(text: str) -> QuerySet[User]:
    """Return the accounts whose name, login or mail has each word of `text`."""
    people = User.objects.select_related("person").order_by("last_name", "first_name", "pk")
    for word in text.split()[:6]:
        people = people.filter(
            Q(username__icontains=word)
            | Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(email__icontains=word)
            | Q(person__display_name__icontains=word)
        )
    return people


def offered_people(text: str, *, among: QuerySet[User] | None = None) -> list[User]:
    """Return the first people with an open account whom `text` may mean; one query.

    `among`: those alone that the reader may know of (`directory.acquaintance`).
    """
    words = text.strip()[:100]
    if len(words) < 2:
        return []
    people = found_people(words).filter(is_active=True)
    if among is not None:
        people = people.filter(pk__in=among.order_by().values("pk"))
    return list(people[:OFFERED])


def person_named(text: str, *, among: QuerySet[User] | None = None) -> User:
    """Return whose login, e-mail address or full name `text` is, with an open account.

    `among`: those alone that the reader may know of; anybody else is nobody. Raises
    ValidationError, in words for the reader, where it is nobody's or several people's.
    """
    text = text.strip()
    people = (User.objects.all() if among is None else among).filter(is_active=True)
    for same in (
        Q(username__iexact=text),
        Q(email__iexact=text) | Q(person__mail__iexact=text),
        Q(person__display_name__iexact=text),
    ):
        found = list(people.filter(same).distinct()[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise ValidationError(
                _("Several people have this name: give the login."), code="several"
            )
    raise ValidationError(
        _("Nobody with an open account has this login, address or full name."), code="nobody"
    )
