"""Making the version of a page in the other language."""

from __future__ import annotations

from wagtail.contrib.simple_translation.views import SubmitPageTranslationView


class TranslateView(SubmitPageTranslationView):
    """Wagtail's, with the language chosen beforehand where there is but one to choose."""

    def get_form(self) -> object:
        """Return the form of the languages that the page is not in yet."""
        form = super().get_form()
        languages = list(form.fields["locales"].queryset)
        if len(languages) == 1:
            form.initial["locales"] = languages
        return form
