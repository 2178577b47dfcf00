"""Forms of the administration of access."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.access import Level
from directory.finding import person_named
from directory.forms.fields import (
    ChoicesInput,
    GroupChoice,
    LastDayField,
    LineField,
    NamedChoice,
)
from directory.models import AccessGroup, DirGroup, Membership, Service, User


class MembershipForm(forms.Form):
    """Into which access group somebody is put by hand."""

    access_group = GroupChoice(label=gettext_lazy("Access group"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_access_group(self) -> AccessGroup:
        """Refuse what is there already."""
        group: AccessGroup = self.cleaned_data["access_group"]
        if Membership.objects.filter(
            user=self._user, access_group=group, origin=Membership.Origin.MANUAL
        ).exists():
            raise forms.ValidationError(_("This person is already in the group."))
        return group


class PersonInput(forms.TextInput):
    """A field for a person, who is offered while the name is typed.

    `offers`: the address that is asked with `?q=` and answers `directory/offered.html`. A page
    with such a field has `form.media` among its scripts.
    """

    template_name = "directory/person_input.html"

    class Media:
        js = [forms.Script("design/picker.js", type="module")]

    def __init__(self, offers: str) -> None:
        self.offers = offers
        super().__init__(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        )

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the address to what the template of the field is given."""
        context = super().get_context(name, value, attrs)
        context["widget"]["offers"] = self.offers
        return context


class GrantForm(forms.Form):
    """Who gets which level on a scope, until when and why."""

    group = GroupChoice(label=gettext_lazy("Group"), required=False)
    login = forms.CharField(
        label=gettext_lazy("or a person"),
        required=False,
        max_length=150,
        help_text=gettext_lazy(
            "Start typing the name. This is an exception: set a last day if you can."
        ),
    )
    level = forms.TypedChoiceField(
        label=gettext_lazy("Level"), choices=Level.choices, coerce=lambda v: Level(int(v))
    )
    until = LastDayField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Left empty, the access has no end."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget = PersonInput(reverse("directory:access_people_offered"))

    def clean_login(self) -> User | None:
        """Find who is meant."""
        named = self.cleaned_data["login"].strip()
        return person_named(named) if named else None

    def clean_until(self) -> datetime | None:
        """Return the end of the day."""
        day = self.cleaned_data["until"]
        if day is None:
            return None
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))

    def clean(self) -> dict[str, Any]:
        """Ask for a group or a person, not both."""
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned.get("group")) == bool(cleaned.get("login")):
            raise forms.ValidationError(_("Choose a group or name a person, not both."))
        return cleaned


class RuleForm(forms.Form):
    """Which directory group gives which role."""

    dir_group = NamedChoice(
        DirGroup.objects.filter(gone_at=None),
        label=gettext_lazy("Group of the directory"),
        widget=ChoicesInput,
    )
    access_group = GroupChoice(label=gettext_lazy("Its members are"))
    nested = forms.BooleanField(
        label=gettext_lazy("Members of nested groups, too"), required=False, initial=True
    )


class ServiceForm(forms.ModelForm):
    """The names of a service; for a new one also its identifier and place in the tree."""

    class Meta:
        model = Service
        fields = ["name_fr", "name_en", "slug", "parent"]
        field_classes = {"name_fr": LineField, "name_en": LineField, "parent": NamedChoice}
        labels = {"parent": gettext_lazy("Parent service")}
        help_texts = {
            "slug": gettext_lazy("Part of the addresses of its pages; it cannot be changed later."),
            "parent": gettext_lazy("Left empty: at the top level."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            del self.fields["slug"], self.fields["parent"]
