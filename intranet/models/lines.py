"""Lines of text that a draft may keep longer than they are published."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models


class LineField(models.TextField):
    """One line of at most `max_length` characters where it is published: see `BasePage.clean`.

    The column takes any length: a draft keeps what was pasted.
    """

    def formfield(self, **kwargs: Any) -> Any:
        """Return a field of one line."""
        return super().formfield(**{"widget": forms.TextInput, **kwargs})
