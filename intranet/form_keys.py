"""The key of a form for a new page: however often the form is sent, it makes one page.

The editor's first autosave and the button that is pressed meanwhile both go to the address
that makes pages. The key is the `translation_key` of the page to be: with the language it is
unique in the database, so nothing has to be kept for a form, nor to expire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from django.core.signing import BadSignature, Signer
from django.db.models import Model
from django.http import HttpRequest

from directory.access import Somebody
from directory.outside import text_from_outside

if TYPE_CHECKING:
    from intranet.models import BasePage

FIELD = "form_key"
"""Name of the field that carries it."""

_SALT = "intranet.form_keys"


def new_key(person: Somebody, parent: BasePage, kind: type[Model]) -> str:
    """Return the field for a new form of `person`, of a page of `kind` below `parent`."""
    return _signer(person, parent, kind).sign(uuid4().hex)


def key_in(text: str, person: Somebody, parent: BasePage, kind: type[Model]) -> UUID | None:
    """Return the key that `text` carries; None unless it was made for the same three."""
    try:
        return UUID(hex=_signer(person, parent, kind).unsign(text))
    except BadSignature:
        return None


def page_begun_by(request: HttpRequest, parent: BasePage, kind: type[Model]) -> int | None:
    """Return the number of the page that the form which is sent has made already, or None.

    To be asked in the transaction that makes the page: the row of `parent` is locked, so that
    of two that come at once the second finds the page of the first.
    """
    key = key_in(
        text_from_outside(request.POST.get(FIELD), longest=200), request.user, parent, kind
    )
    if key is None:
        return None
    from intranet.models import BasePage

    rows = BasePage._base_manager
    rows.select_for_update().get(pk=parent.pk)
    made = rows.filter(translation_key=key, locale=parent.locale_id)
    return made.values_list("pk", flat=True).first()


def _signer(person: Somebody, parent: BasePage, kind: type[Model]) -> Signer:
    return Signer(salt=f"{_SALT}:{person.pk}:{parent.pk}:{kind._meta.label_lower}")
