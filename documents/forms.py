"""The forms of the documents."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from directory.access import Level
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
        return names.clean(self.cleaned_data["name"])


class SpaceForm(forms.Form):
    """What a space is called."""

    name_fr = forms.CharField(label=_("Name in French"), max_length=200)
    name_en = forms.CharField(
        label=_("Name in English"),
        max_length=200,
        required=False,
        help_text=_("Left empty, the French name serves for both."),
    )
    description_fr = forms.CharField(
        label=_("Description in French"), max_length=500, required=False
    )
    description_en = forms.CharField(
        label=_("Description in English"), max_length=500, required=False
    )


class NewSpaceForm(SpaceForm):
    """A new space of one of the services that the person manages."""

    service = forms.ModelChoiceField(label=_("Service"), queryset=Service.objects.none())
    shared = forms.BooleanField(
        label=_("The whole organisation may read it"),
        required=False,
        help_text=_("Otherwise the people of the service alone see it."),
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
    """Access for a person, by login, or for a group of a service."""

    person = forms.CharField(label=_("Login of the person"), required=False, max_length=150)
    group = forms.ModelChoiceField(
        label=_("Group"), required=False, queryset=AccessGroup.objects.none()
    )
    level = forms.TypedChoiceField(
        label=pgettext_lazy("access", "May"),
        choices=Level.choices,
        coerce=lambda value: Level(int(value)),
    )
    expires_at = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Left empty, the access has no end."),
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["group"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = AccessGroup.objects.select_related("service", "group").order_by(
            "service__name_fr", "role", "pk"
        )

    def clean(self) -> dict[str, Any]:
        """Find whom the access is for."""
        data = super().clean() or {}
        login, group = (data.get("person") or "").strip(), data.get("group")
        if bool(login) == bool(group):
            raise ValidationError(_("Give either a login or a group."))
        if login:
            person = User.objects.filter(username__iexact=login, is_active=True).first()
            if person is None:
                self.add_error("person", _("Nobody has this login."))
            data["to"] = person
        else:
            data["to"] = group
        return data
