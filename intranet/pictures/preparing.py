"""Looking at the pictures that a request brings, before its transaction begins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from wagtail.images.fields import WagtailImageField
from wagtail.images.models import Filter
from wagtail.models import UploadedFile

from .canvas import Canvas
from .looking import PictureRefused, Plan, content_of, nothing_more, remembering, render

SPECS = (
    "format-webp|width-960",
    "format-webp|width-480",
    "format-jpeg|width-960",
    "format-jpeg|width-480",
    "max-800x600",
    "max-165x165",
    "max-150x150",
    "fill-600x338",
)
"""What pages and Wagtail's admin show of a picture: made when it comes, never while one reads."""

BRINGING = frozenset(
    {
        "wagtailimages:add",
        "wagtailimages:add_multiple",
        "wagtailimages:edit",
        "wagtailimages_chooser:create",
    }
)
"""The views that are sent pictures."""

VIEWS = BRINGING | {"wagtailimages:create_multiple_from_uploaded_image"}
"""The views by which pictures come in; the last names one that was sent before."""


class _Unsaved:
    """What a filter needs to know of a picture, to tell what it would do with it."""

    def __init__(self, content: bytes, plans: list[Plan]) -> None:
        self._content = content
        self._plans = plans

    def is_svg(self) -> bool:
        return False

    def get_focal_point(self) -> None:
        return None

    @contextmanager
    def get_willow_image(self) -> Iterator[Canvas]:
        yield Canvas(self._content, self._plans)


_AT_MOST = 4


def brought_by(request: HttpRequest) -> Iterator[bytes]:
    """Yield the pictures that a request to Wagtail's admin of images brings, or names.

    Raises BadRequest for more files than any of its forms has: one that was not looked at here
    would be looked at in the transaction.
    """
    match = request.resolver_match
    if match is None or match.view_name not in VIEWS:
        return
    limit = WagtailImageField().max_upload_size
    brought: list[UploadedFile] = list(request.FILES.values())
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
    """Look at each picture, and render all that is shown of it; what is inside finds that done.

    Nothing else is looked at or rendered inside. A picture that is refused is remembered as
    such: whoever looks at it inside is told why.
    """
    with remembering():
        for content in contents:
            plans: list[Plan] = []
            subject: object = _Unsaved(content, plans)
            try:
                for spec in SPECS:
                    Filter(spec).run(subject, BytesIO())
                render(content, plans)
            except PictureRefused:
                continue  # told by the form, which looks again
        with nothing_more():
            yield
