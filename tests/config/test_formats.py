"""How dates and sizes are written."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.template.defaultfilters import filesizeformat
from django.utils import formats, translation

MOMENT = datetime(2026, 5, 11, 17, 5)


@pytest.mark.parametrize(
    ("language", "name", "written"),
    [
        ("fr", "DATETIME_FORMAT", "11 mai 2026 à 17\xa0h\xa005"),
        ("en", "DATETIME_FORMAT", "11 May 2026, 17:05"),
        ("fr", "DATE_FORMAT", "11 mai 2026"),
        ("en", "DATE_FORMAT", "11 May 2026"),
        ("fr", "SHORT_DATE_FORMAT", "11/05/2026"),
        ("en", "SHORT_DATE_FORMAT", "11/05/2026"),
        ("en", "SHORT_DATETIME_FORMAT", "11/05/2026 17:05"),
    ],
)
def test_the_day_comes_before_the_month(language, name, written):
    with translation.override(language):
        assert formats.date_format(MOMENT, name) == written


@pytest.mark.parametrize(("language", "written"), [("fr", "4,9\u00a0Ko"), ("en", "4.9\u00a0KB")])
def test_sizes_are_in_units_that_readers_know(language, written):
    with translation.override(language):
        assert filesizeformat(5_000) == written
