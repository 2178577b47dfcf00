"""Making and naming document spaces."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from directory.access import Level
from documents import actions, selectors
from documents.forms import NewSpaceForm, SpaceForm

from .answers import actor_of, done, sheet

_show_or_send = require_http_methods(["GET", "HEAD", "POST"])


@_show_or_send
def new_space(request: HttpRequest) -> HttpResponse:
    """Make a space of a service that the person manages."""
    services = selectors.services_managed_by(request.user)
    if not services:
        raise Http404
    form = NewSpaceForm(request.POST or None, services=services)
    if request.method == "POST" and form.is_valid():
        try:
            space = actions.create_space(actor=actor_of(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return done(request, space.get_absolute_url(), _("Space created."))
    status = 422 if request.method == "POST" else 200
    title = _("New space")
    return sheet(request, "documents/new_space.html", {"form": form}, title=title, status=status)


@_show_or_send
def space_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Change the names and descriptions of a space."""
    space = selectors.space_for(request.user, slug, Level.MANAGE)
    fields = ("name_fr", "name_en", "description_fr", "description_en")
    form = SpaceForm(
        request.POST or None, initial={field: getattr(space, field) for field in fields}
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_space(actor=actor_of(request), space=space, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return done(request, space.get_absolute_url(), _("Changes saved."))
    status = 422 if request.method == "POST" else 200
    context, title = {"space": space, "form": form}, _("Settings of the space")
    return sheet(request, "documents/space_settings.html", context, title=title, status=status)
