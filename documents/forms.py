"""The forms of the documents."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.forms.fields import LineField, NamedChoice
from directory.models import Service
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

    name_fr = LineField(label=_("Name in French"), max_length=200)
    name_en = LineField(
        label=_("Name in English"),
        max_length=200,
        required=False,
        help_text=_("Left empty, the French name is used for both."),
    )
    description_fr = LineField(label=_("Description in French"), max_length=500, required=False)
    description_en = LineField(label=_("Description in English"), max_length=500, required=False)


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
