"""What the fields of all forms have in common: texts are cleaned, days are in the calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db.models.fields import BLANK_CHOICE_DASH
from django.urls import get_resolver
from django.utils import timezone, translation

from directory.forms.access import ServiceForm
from directory.forms.fields import DayField, LastDayField, LineField, LinesField

OURS = ("directory.", "documents.", "intranet.", "search.", "config.")
# Fields whose text is compared, or made into something else, by what cleans it there.
ELSEWHERE = {
    ("SignInForm", "username"): "throttle.name_of, and the directory",
    ("SignInForm", "password"): "kept nowhere",
    ("NewPasswordForm", "username"): "as on the sign-in page",
    ("NewPasswordForm", "password"): "kept nowhere",
    ("NewPasswordForm", "new_password"): "the directory's, to the letter",
    ("NewPasswordForm", "password_again"): "kept nowhere",
    ("GrantForm", "person"): "finding.person_named",
    ("NameForm", "name"): "names.clean, which tells what it mended",
    ("NoticeForm", "url"): "places.local_part",
}
HARD = "\u00a0"


def forms_of(kind: type[forms.BaseForm]) -> Iterator[type[forms.BaseForm]]:
    for form in kind.__subclasses__():
        yield form
        yield from forms_of(form)


def fields() -> Iterator[tuple[str, str, forms.Field]]:
    _ = get_resolver().url_patterns  # every form of every view is there now
    for form in forms_of(forms.BaseForm):
        if form.__module__.startswith(OURS) and not issubclass(form, forms.ModelForm):
            for name, field in form.base_fields.items():
                yield form.__name__, name, field


def test_every_field_for_text_cleans_it():
    texts = {
        (form, name): type(field)
        for form, name, field in fields()
        if type(field).clean is forms.Field.clean and isinstance(field, forms.CharField)
    }
    assert texts.keys() >= ELSEWHERE.keys(), "what is no field any more goes from the list"
    assert len(texts) > 10
    left = {at for at, kind in texts.items() if not issubclass(kind, (LineField, LinesField))}
    assert left == ELSEWHERE.keys()


@pytest.mark.parametrize("kind", [LineField, LinesField])
def test_what_nobody_sees_is_nothing_entered(kind):
    assert kind().clean(f" Bud\u00adget\u200b{HARD}: e\u0301tat ") == f"Budget{HARD}: état"
    with pytest.raises(ValidationError):
        kind().clean("\u200b \ufeff")
    assert kind(required=False).clean("\u200b") == ""


def test_lines_stay_where_there_may_be_several():
    assert LinesField().clean("Un\r\n\r\nDeux  points") == "Un\r\n\r\nDeux  points"
    assert LineField().clean("Un\r\n\r\nDeux  points") == "Un Deux points"


def test_every_field_for_a_day_is_one_of_those_below():
    kinds = {
        type(field)
        for _form, _name, field in fields()
        if isinstance(field, (forms.DateField, forms.DateTimeField))
    }
    assert kinds
    assert all(issubclass(kind, DayField) for kind in kinds)


@pytest.mark.parametrize("kind", [DayField, LastDayField])
@pytest.mark.parametrize("day", ["0001-01-01", "0999-12-31", "9001-01-01", "9999-12-31"])
def test_a_day_at_the_ends_of_the_calendar_is_refused(kind, day):
    """Its end, a day on, would be none that there is."""
    with pytest.raises(ValidationError) as refused:
        kind().clean(day)
    assert refused.value.error_list[0].code == "year"


def test_the_last_day_is_to_come():
    today = timezone.localdate()
    assert LastDayField().clean(today.isoformat()) == today
    with pytest.raises(ValidationError) as refused:
        LastDayField().clean((today - timedelta(days=1)).isoformat())
    assert refused.value.error_list[0].code == "past"
    assert DayField().clean("1848-04-27").year == 1848


def test_no_list_offers_a_row_of_dashes():
    """Django's own first choice says nothing; `NamedChoice` has words for it."""
    _ = get_resolver().url_patterns
    dashed = {
        f"{form.__name__}.{name}"
        for form in forms_of(forms.BaseForm)
        if form.__module__.startswith(OURS)
        for name, field in form.base_fields.items()
        if (
            field.empty_label == BLANK_CHOICE_DASH[0][1]
            if isinstance(field, forms.ModelChoiceField)
            else BLANK_CHOICE_DASH[0] in getattr(field, "choices", ())
        )
    }
    assert dashed == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "said"),
    [("fr", f"Aucun{HARD}: au premier niveau"), ("en", "None: at the top level")],
)
def test_a_new_service_says_what_no_parent_means(language, said):
    with translation.override(language):
        parent = ServiceForm().fields["parent"]
        assert [str(label) for _value, label in parent.choices] == [said]
