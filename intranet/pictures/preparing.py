"""Looking at the pictures that a request brings, before its transaction begins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from wagtail.images.fields import WagtailImageField
from wagtail.images.models import Filter
from wagtail.models import UploadedFile

from .canvas import Canvas
from .looking import PictureRefused, content_of, remembering

THUMBNAIL = "max-165x165"
"""What Wagtail's admin shows of a picture in the answer to its upload."""


class _Unsaved:
    """What a filter needs to know of a picture that is not one of the site's yet."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def is_svg(self) -> bool:
        return False

    def get_focal_point(self) -> None:
        return None

    @contextmanager
    def get_willow_image(self) -> Iterator[Canvas]:
        yield Canvas(self._content)


_NAMESPACES = {"wagtailimages", "wagtailimages_chooser"}
_AT_MOST = 4


def brought_by(request: HttpRequest) -> Iterator[bytes]:
    """Yield the pictures that a request to Wagtail's admin of images brings, or names.

    Raises BadRequest for more files than any of its forms has: one that was not looked at here
    would be looked at in the transaction.
    """
    match = request.resolver_match
    if match is None or not _NAMESPACES.intersection(match.namespaces):
        return
    limit = WagtailImageField().max_upload_size
    brought: list[Any] = list(request.FILES.values())
    if len(brought) > _AT_MOST:
        raise BadRequest("No form of pictures has so many files.")
    for file in brought:
        if file.size <= limit:  # the form refuses it otherwise, unseen
            yield content_of(file)
    if "uploaded_file_id" in match.kwargs:
        # Kept since an answer before, where something was missing in the form.
        kept = UploadedFile.objects.filter(
            pk=match.kwargs["uploaded_file_id"], uploaded_by_user=request.user.pk
        ).first()
        if kept is not None:
            yield content_of(kept.file)


@contextmanager
def prepared(contents: Iterable[bytes]) -> Iterator[None]:
    """Look at each picture, and render its thumbnail; what is inside finds both done.

    A picture that is refused is remembered as such: whoever looks at it inside is told why.
    """
    with remembering():
        for content in contents:
            subject: Any = _Unsaved(content)
            try:
                Filter(THUMBNAIL).run(subject, BytesIO())
            except PictureRefused:
                continue  # told by the form, which looks again
        yield
