"""How much may be sent to a view of Wagtail's admin, and with files in it or not."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import Http404, HttpRequest

from directory.access import Level
from documents.uploads.asking import FORM, BodyWanted, ask_for_body
from intranet.models import SiteImage
from intranet.pictures.preparing import BRINGING

# By name of the view. All others take an ordinary form.
PAGES = {
    "wagtailadmin_pages:add",
    "wagtailadmin_pages:edit",
    "wagtailadmin_pages:preview_on_add",
    "wagtailadmin_pages:preview_on_edit",
}
_PICTURE = 12 * 1024 * 1024


def ask(request: HttpRequest, view: str, arguments: Mapping[str, object]) -> BodyWanted | None:
    """Return the answer that asks for what is sent to `view`, None where it is there.

    The person has the right to the view, and to the pages that its address names. Raises Http404
    where it names a picture that is not theirs to change, and what BODY_FAILURES names.
    """
    brings_files = view in BRINGING and request.method not in ("GET", "HEAD", "OPTIONS")
    if brings_files and "image_id" in arguments:
        mine = SiteImage.objects.visible_to(request.user, Level.CONTRIBUTE)
        if not mine.filter(pk=arguments["image_id"]).exists():
            raise Http404
    limit = FORM
    if view in PAGES:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    elif view in BRINGING:
        limit = _PICTURE
    wanted = ask_for_body(request, limit=limit, take=None)
    if wanted is None and brings_files:
        request.upload_handlers = [TemporaryFileUploadHandler(request)]
    return wanted
