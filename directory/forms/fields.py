"""Fields that the forms of several apps have."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from directory.outside import EARLIEST, LATEST


def require_sensible_year(value: date) -> None:
    """Raise ValidationError where counting on or back from `value` would leave the calendar."""
    if not EARLIEST.year <= value.year <= LATEST.year:
        raise ValidationError(_("Check the year of this date."), code="year")


class DayField(forms.DateField):
    """A day that somebody chooses."""

    default_validators = [require_sensible_year]

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, **kwargs)
