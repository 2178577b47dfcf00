"""The form with which a head of service sends a notice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from directory import dates
from directory.forms.fields import LastDayField, LineField, NamedChoice
from directory.models import AccessScope, Service, User
from directory.places import local_part
from intranet.notices.actions.publishing import is_internal
from intranet.notices.models import AudienceKind, NoticeAudience
from intranet.notices.models.notice import BODY_LENGTH, TITLE_LENGTH
from intranet.notices.querysets import services_to_send_for

TO_SERVICE, TO_EVERYBODY = "service", "everyone"
AUDIENCES = [
    (TO_SERVICE, _("The people of the service")),
    (TO_EVERYBODY, _("The whole organisation")),
]


class NoticeForm(forms.Form):
    """What to say, to whom, and for how long. `person` is who sends it."""

    service = NamedChoice(label=_("Service"), queryset=Service.objects.none(), empty_label=None)
    audience = forms.ChoiceField(
        label=_("Audience"),
        choices=AUDIENCES,
        widget=forms.RadioSelect,
        initial=TO_SERVICE,
    )
    title_fr = LineField(
        label=_("Title in French"),
        max_length=TITLE_LENGTH,
        required=False,
        help_text=_("A title in one language is enough; it is then shown to everybody."),
    )
    body_fr = LineField(
        label=_("Text in French"),
        max_length=BODY_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "lang": "fr"}),
    )
    title_en = LineField(label=_("Title in English"), max_length=TITLE_LENGTH, required=False)
    body_en = LineField(
        label=_("Text in English"),
        max_length=BODY_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "lang": "en"}),
    )
    url = forms.CharField(
        label=_("Link"),
        max_length=500,
        required=False,
        help_text=_("A page of this site: copy its address from the browser."),
    )
    last_day = LastDayField(
        label=_("Shown until"),
        required=False,
        help_text=_("The last day on which the notice is shown. Left empty: no end date."),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        services = services_to_send_for(person)
        field = self.fields["service"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = services
        if len(services) == 1:
            field.initial = services[0]
            field.widget = forms.HiddenInput()
        for language in ("fr", "en"):
            self.fields[f"title_{language}"].widget.attrs["lang"] = language

    def clean_url(self) -> str:
        """Take an address of this site, whole or as a path; refuse any other."""
        typed = str(self.cleaned_data["url"])
        if not typed:
            return ""
        url = local_part(typed)
        if url is None or not is_internal(url):
            raise ValidationError(_("Give the address of a page of this site."))
        return url

    def clean(self) -> dict[str, object]:
        """Ask for a title in one of the languages, and for one with each text."""
        data: dict[str, object] = super().clean() or self.cleaned_data
        titles = {language: data.get(f"title_{language}") for language in ("fr", "en")}
        for language, title in titles.items():
            if data.get(f"body_{language}") and not title:
                self.add_error(f"title_{language}", _("Give this text a title."))
        if not any(titles.values()) and not self.errors:
            self.add_error("title_fr", _("Give the notice a title in at least one language."))
        return data

    # What `publish_notice` takes

    @property
    def scope(self) -> AccessScope:
        """The scope that the notice stands in: the service's own, or its public one."""
        service: Service = self.cleaned_data["service"]
        if self.cleaned_data["audience"] == TO_EVERYBODY:
            return service.public_scope
        return service.scope

    @property
    def audiences(self) -> list[NoticeAudience]:
        """Whom the notice is for."""
        if self.cleaned_data["audience"] == TO_EVERYBODY:
            return [NoticeAudience(kind=AudienceKind.EVERYONE)]
        return [NoticeAudience(kind=AudienceKind.SERVICE, ref=self.cleaned_data["service"].pk)]

    @property
    def expires_at(self) -> datetime | None:
        """The end of the last day, where the organisation is; None for good."""
        day = self.cleaned_data["last_day"]
        if day is None:
            return None
        return dates.end_of(day)
