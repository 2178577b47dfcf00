"""The forms of the documents."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from directory import dates
from directory.access import Level
from directory.actions.grants import LongerThanGiven
from directory.delegation import Bound
from directory.finding import person_named
from directory.forms.access import PersonInput
from directory.forms.fields import GroupChoice, LastDayField, NamedChoice
from directory.models import AccessGroup, Service, User
from documents import names


class NameForm(forms.Form):
    """A name for a folder or a document."""

    name = forms.CharField(
        label=_("Name"),
        strip=True,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )

    def clean_name(self) -> str:
        """Check the name."""
        names.require_whole(self.data, self.add_prefix("name"))
        return names.clean(self.cleaned_data["name"])


class SpaceForm(forms.Form):
    """What a space is called."""

    name_fr = forms.CharField(label=_("Name in French"), max_length=200)
    name_en = forms.CharField(
        label=_("Name in English"),
        max_length=200,
        required=False,
        help_text=_("Left empty, the French name is used for both."),
    )
    description_fr = forms.CharField(
        label=_("Description in French"), max_length=500, required=False
    )
    description_en = forms.CharField(
        label=_("Description in English"), max_length=500, required=False
    )


class NewSpaceForm(SpaceForm):
    """A new space of one of the services that the person manages."""

    service = NamedChoice(label=_("Service"), queryset=Service.objects.none())
    shared = forms.BooleanField(
        label=_("The whole organisation may read it"),
        required=False,
        help_text=_("Otherwise only the people of the service see it."),
    )
    field_order = ["service", "name_fr", "name_en", "description_fr", "description_en", "shared"]

    def __init__(self, *args: Any, services: list[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["service"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = Service.objects.filter(pk__in=[service.pk for service in services])
        if len(services) == 1:
            field.initial = services[0]
            field.empty_label = None


class ShareForm(forms.Form):
    """Access for a person or for a group of a service."""

    person = forms.CharField(
        label=_("A person"),
        required=False,
        max_length=150,
        help_text=_("Start typing the name, or enter the login or e-mail address."),
    )
    group = GroupChoice(
        label=_("or a group"),
        required=False,
        queryset=AccessGroup.objects.none(),
        empty_label=_("No group"),
    )
    level = forms.TypedChoiceField(
        label=pgettext_lazy("access", "May"),
        choices=[
            (Level.READ.value, _("see and download")),
            (Level.CONTRIBUTE.value, _("add and change, too")),
            (Level.MANAGE.value, _("decide who has access, too")),
        ],
        coerce=lambda value: Level(int(value)),
    )
    expires_at = LastDayField(
        label=_("Last day"),
        required=False,
        help_text=_("Left empty, the access has no end."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=300,
        help_text=_("Kept in the journal."),
    )

    def __init__(
        self,
        *args: Any,
        offered_at: str,
        people: QuerySet[User],
        groups: QuerySet[AccessGroup],
        bound: Bound,
        **kwargs: Any,
    ) -> None:
        """Make the form.

        `people`, `groups`: those that the giver may know of; `bound`: how far they may
        give.
        """
        super().__init__(*args, **kwargs)
        self._people, self._bound = people, bound
        self.fields["person"].widget = PersonInput(offered_at)
        if bound.until is not None:
            self.fields["expires_at"].help_text = _(
                "Your own access ends on %(end)s. Left empty, what you give ends with it."
            ) % {"end": dates.written(timezone.localtime(bound.until))}
        field = self.fields["group"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = groups.select_related("service", "group")

    def clean_person(self) -> User | None:
        """Find who is meant."""
        named = self.cleaned_data["person"].strip()
        return person_named(named, among=self._people) if named else None

    def clean_expires_at(self) -> datetime | None:
        """Return the end of the last day, where the administration is; as far as one may go."""
        day: date | None = self.cleaned_data["expires_at"]
        until = self._bound.until
        if day is None or (until is not None and timezone.localdate(until) == day):
            return until
        return timezone.make_aware(datetime.combine(day, time.max))

    def clean(self) -> dict[str, Any]:
        """Ask for a person or a group, not both; say all that is wrong at once, at its field."""
        data = super().clean() or {}
        to = data.get("person") or data.get("group")
        both = bool(data.get("person")) == bool(data.get("group"))
        if both and not {"person", "group"} & self.errors.keys():
            self.add_error(
                "person", ValidationError(_("Name a person or choose a group, one or the other."))
            )
        # Whom it is for may have more already, which the action alone allows to shorten.
        end = data.get("expires_at")
        if self.errors and end is not None and not self._bound.allows(end):
            self.add_error("expires_at", LongerThanGiven(self._bound))
        data["to"] = to
        return data
