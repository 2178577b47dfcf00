"""The form by which access is given, wherever it is given."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory import dates
from directory.access import Level
from directory.actions.grants import LongerThanGiven
from directory.delegation import Bound
from directory.finding import person_named
from directory.models import AccessGroup, User

from .fields import GroupChoice, LastDayField, LineField
from .people import PersonInput

LEVELS = {
    Level.READ: gettext_lazy("Read: see and download"),
    Level.CONTRIBUTE: gettext_lazy("Contribute: add and change, too"),
    Level.MANAGE: gettext_lazy("Manage: decide who has access, too"),
}


class GrantForm(forms.Form):
    """Who gets which level, a person or a group, until when and why.

    Cleaned, `to` is who, `level` a `Level`, `expires_at` the end of the last day.
    """

    person = forms.CharField(
        label=gettext_lazy("A person"),
        required=False,
        max_length=150,
        help_text=gettext_lazy("Start typing the name, or enter the login or e-mail address."),
    )
    group = GroupChoice(
        label=gettext_lazy("or a group"), required=False, empty_label=gettext_lazy("No group")
    )
    level = forms.TypedChoiceField(
        label=gettext_lazy("Level"),
        choices=[(level.codename, words) for level, words in LEVELS.items()],
        coerce=Level.from_codename,
    )
    expires_at = LastDayField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Left empty, the access has no end."),
    )
    reason = LineField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Kept in the journal."),
    )

    def __init__(
        self,
        *args: Any,
        offered_at: str,
        people: QuerySet[User] | None = None,
        groups: QuerySet[AccessGroup] | None = None,
        bound: Bound | None = None,
        with_reason: bool = False,
        **kwargs: Any,
    ) -> None:
        """Make the form.

        `offered_at`: the address that offers people while a name is typed. `people`, `groups`:
        those that the giver may know of, None for all. `bound`: how far they may give.
        `with_reason`: a reason must be given.
        """
        super().__init__(*args, **kwargs)
        self._people, self._bound = people, bound or Bound()
        self.fields["person"].widget = PersonInput(offered_at)
        self.fields["reason"].required = with_reason
        if self._bound.until is not None:
            self.fields["expires_at"].help_text = _(
                "Your own access ends on %(end)s. Left empty, what you give ends with it."
            ) % {"end": dates.written(timezone.localtime(self._bound.until))}
        if groups is not None:
            field = self.fields["group"]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
            field.queryset = groups.select_related("service", "group")

    def clean_person(self) -> User | None:
        """Find who is meant."""
        named = self.cleaned_data["person"].strip()
        return person_named(named, among=self._people) if named else None

    def clean_expires_at(self) -> datetime | None:
        """Return the end of the last day, as far as one may go."""
        day: date | None = self.cleaned_data["expires_at"]
        until = self._bound.until
        if day is None or (until is not None and timezone.localdate(until) == day):
            return until
        return dates.end_of(day)

    def clean(self) -> dict[str, object]:
        """Ask for a person or a group, not both; say all that is wrong at once, at its field."""
        data = super().clean() or {}
        one = bool(data.get("person")) != bool(data.get("group"))
        if not one and not {"person", "group"} & self.errors.keys():
            self.add_error(
                "person", ValidationError(_("Name a person or choose a group, one or the other."))
            )
        # Whom it is for may have more already, which the action alone allows to shorten.
        end = data.get("expires_at")
        if self.errors and end is not None and not self._bound.allows(end):
            self.add_error("expires_at", LongerThanGiven(self._bound))
        data["to"] = data.get("person") or data.get("group")
        return data
