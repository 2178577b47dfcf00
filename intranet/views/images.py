"""The one door of the images, originals and renditions alike."""

from __future__ import annotations

from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from intranet.models import Rendition, SiteImage
from search import filetypes


@require_safe
def image(request: HttpRequest, name: str) -> HttpResponseBase:
    """Send the image kept under `name`. Raises Http404 where the person may not see it."""
    rendition = Rendition.objects.filter(file=name).only("file", "image_id").first()
    wanted = Q(pk=rendition.image_id) if rendition else Q(file=name)
    original = SiteImage.objects.visible_to(request.user).filter(wanted).first()
    if original is None:
        raise Http404
    stored = rendition.file if rendition else original.file
    try:
        content = stored.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    mime = filetypes.mime_of(name)
    shown = mime in filetypes.PICTURES
    response = FileResponse(
        content,
        as_attachment=not shown,
        filename=name.rsplit("/", 1)[-1],
        content_type=mime if shown else filetypes.UNKNOWN,
    )
    response["Last-Modified"] = http_date(original.created_at.timestamp())
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
