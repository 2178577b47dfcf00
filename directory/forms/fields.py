"""Fields that the forms of several apps have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator, ModelChoiceIteratorValue
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import AccessGroup, Role
from directory.outside import EARLIEST, LATEST
from directory.text import cleaned, one_line, sort_key

_ROLES = {role: place for place, role in enumerate(Role)}


def require_sensible_year(value: date) -> None:
    """Raise ValidationError where counting on or back from `value` would leave the calendar."""
    if not EARLIEST.year <= value.year <= LATEST.year:
        raise ValidationError(_("Check the year of this date."), code="year")


def require_day_to_come(value: date) -> None:
    """Raise ValidationError for a day before today, as it is in the local zone."""
    require_sensible_year(value)
    if value < timezone.localdate():
        raise ValidationError(_("The last day cannot be in the past."), code="past")


Order = tuple[str | int, ...]
"""What things are sorted by."""


class LineField(forms.CharField):
    """A text on one line, without what nobody sees of a paste; nothing seen is nothing entered."""

    def to_python(self, value: object) -> str:
        """Return the text as it is kept."""
        return one_line(super().to_python(value) or "")


class LinesField(forms.CharField):
    """A text of any number of lines, without what nobody sees of a paste, as a `LineField`."""

    def to_python(self, value: Any) -> str:
        """Return the text as it is kept."""
        return cleaned(super().to_python(value) or "").strip()


class DayField(forms.DateField):
    """A day that somebody chooses."""

    default_validators = [require_sensible_year]

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, **kwargs)


class LastDayField(DayField):
    """The last day of something that is still to end: today at the earliest."""

    default_validators = [require_day_to_come]


class _InOrder(ModelChoiceIterator):
    """The choices of a `NamedChoice`, in its order; the query is the field's one."""

    field: NamedChoice

    def __iter__(self) -> Iterator[tuple[ModelChoiceIteratorValue | str, str]]:
        if self.field.empty_label is not None:
            yield "", str(self.field.empty_label)
        choices = [(item, self.choice(item)) for item in self.queryset or ()]
        choices.sort(key=lambda pair: self.field.order_of(pair[0], str(pair[1][1])))
        for _item, choice in choices:
            yield choice


class NamedChoice(forms.ModelChoiceField):
    """A choice among few things, in the order of their names in the active language.

    All of them are on the page anyway, so that they are sorted here: no database sorts
    « École » beside « Ecole » wherever it is installed.
    """

    iterator = _InOrder

    def __init__(self, *args: Any, **options: Any) -> None:
        # What no choice means is said by the form that allows it.
        options.setdefault("empty_label", gettext_lazy("Choose…"))
        super().__init__(*args, **options)

    def order_of(self, item: Any, label: str) -> Order:
        """Return what `item`, shown as `label`, is sorted by."""
        return (sort_key(label), item.pk)


class ChoicesInput(forms.Select):
    """A list of which one is found by a part of its name, without accents; plain without scripts.

    A page with such a field has `form.media` among its scripts.
    """

    template_name = "directory/choices_input.html"

    class Media:
        js = [forms.Script("design/choices.js", type="module")]


class GroupChoice(NamedChoice):
    """A choice among access groups, by service; of all groups unless a `queryset` is given."""

    widget = ChoicesInput

    def __init__(self, queryset: QuerySet[AccessGroup] | None = None, **options: Any) -> None:
        groups = AccessGroup.objects.all() if queryset is None else queryset
        super().__init__(groups.select_related("service", "group"), **options)

    def order_of(self, item: AccessGroup, label: str) -> Order:
        """Sort by the service, or the name of a group of none; then member to head."""
        name = item.service.name if item.service is not None else label
        return (sort_key(name), _ROLES.get(Role(item.role), 0), item.pk)
