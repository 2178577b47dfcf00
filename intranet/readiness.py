"""What a page must have to be published: a draft is kept in whatever state it is.

The form of the admin checks what it publishes. A draft that is published otherwise (among
others, by the approval of a review, at its time) is checked here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext, override
from wagtail.blocks import StreamBlockValidationError, StreamValue
from wagtail.fields import StreamField

from directory.phrases import about

if TYPE_CHECKING:
    from intranet.models import BasePage

MAX_WORDS = 5


class NotReadyError(ValidationError):
    """A draft cannot be published as it is; `page` says which. Its words are for the reader."""

    def __init__(self, page: BasePage, faults: list[str]) -> None:
        words = " ".join(faults[:MAX_WORDS])
        super().__init__(
            gettext("“%(title)s” was not published. %(words)s")
            % {"title": page.get_admin_display_title(), "words": words},
            code="not_ready",
        )
        self.page = page


def untitled() -> str:
    """Return what a draft without a title goes by."""
    return gettext("Untitled")


def is_untitled(title: str) -> bool:
    """Tell whether `title` is empty, or what a draft without one goes by in some language."""
    if not title.strip():
        return True
    for code, _name in settings.LANGUAGES:
        with override(code):
            if title == untitled():
                return True
    return False


def check(page: BasePage) -> None:
    """Raise NotReadyError unless `page`, with the content to be published, is complete."""
    faults = [gettext("Give it a title.")] if is_untitled(page.title) else []
    for field in page._meta.get_fields():
        if isinstance(field, StreamField):
            value = getattr(page, field.name)
            try:
                value.stream_block.clean(value)
            except ValidationError as error:
                faults += _told(value, error)
    if not faults:
        try:
            page.full_clean()
        except ValidationError as error:
            faults += _of_fields(page, error)
    if faults:
        raise NotReadyError(page, faults)


def _of_fields(page: BasePage, error: ValidationError) -> Iterator[str]:
    """Yield what is wrong with a page, each with the name of the field."""
    for name, found in error.error_dict.items():
        for words in ValidationError(found).messages:
            if name == NON_FIELD_ERRORS:
                yield words
            else:
                label = capfirst(page._meta.get_field(name).verbose_name)
                yield about(label, words)


def _told(value: StreamValue, error: ValidationError) -> Iterator[str]:
    """Yield what is wrong with a text, each with the name of the block."""
    if not isinstance(error, StreamBlockValidationError):
        yield from error.messages
        return
    for index, fault in sorted(error.block_errors.items()):
        label = str(value[index].block.label)
        for words in _words(fault):
            yield about(label, words)
    for fault in error.non_block_errors.as_data():
        yield from fault.messages


def _words(error: Any) -> Iterator[str]:
    """Yield the sentences of an error, of however many blocks it is made."""
    inner = getattr(error, "block_errors", None)
    if inner is None:
        yield from error.messages
        return
    for fault in inner.values() if isinstance(inner, dict) else inner:
        if fault is not None:
            yield from _words(fault)
    for fault in error.non_block_errors.as_data():
        yield from fault.messages
