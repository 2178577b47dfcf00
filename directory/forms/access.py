"""Forms of the administration of access."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.forms.fields import (
    ChoicesInput,
    GroupChoice,
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
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            del self.fields["slug"], self.fields["parent"]
        else:
            parent = self.fields["parent"]
            assert isinstance(parent, NamedChoice)  # noqa: S101
            parent.empty_label = _("None: at the top level")
