"""The forms of the documents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from directory import dates
from directory.access import Level
from directory.finding import person_named
from directory.forms.access import PersonInput
from directory.forms.fields import DayField, GroupChoice, NamedChoice
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
    expires_at = DayField(
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
        until: datetime | None = None,
        **kwargs: Any,
    ) -> None:
        """Make the form.

        `people`, `groups`: those that the giver may know of; `until`: the end of the giver's
        own access, None where it has none.
        """
        super().__init__(*args, **kwargs)
        self._people, self.until = people, until
        self.fields["person"].widget = PersonInput(offered_at)
        if until is not None:
            self.fields["expires_at"].help_text = _(
                "Your own access ends on %(end)s. Left empty, what you give ends with it."
            ) % {"end": dates.written(timezone.localtime(until))}
        field = self.fields["group"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = groups.select_related("service", "group")

    def clean_person(self) -> User | None:
        """Find who is meant."""
        named = self.cleaned_data["person"].strip()
        return person_named(named, among=self._people) if named else None

    def clean(self) -> dict[str, Any]:
        """Ask for a person or a group, not both."""
        data = super().clean() or {}
        if self.errors:
            return data
        if bool(data.get("person")) == bool(data.get("group")):
            raise ValidationError(_("Name a person or choose a group, one or the other."))
        data["to"] = data["person"] or data["group"]
        return data
