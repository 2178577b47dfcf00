"""A field for a person."""

from __future__ import annotations

from django import forms


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

    def get_context(
        self, name: str, value: object, attrs: dict[str, object] | None
    ) -> dict[str, object]:
        """Add the address to what the template of the field is given."""
        context = super().get_context(name, value, attrs)
        context["widget"]["offers"] = self.offers
        return context
