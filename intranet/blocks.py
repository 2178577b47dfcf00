"""The building blocks of a page's text: few, and each of them accessible as it comes."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.table_block.blocks import TableBlock as WagtailTableBlock
from wagtail.images.blocks import ImageBlock
from wagtail.rich_text import RichText

from directory.outside import number_from_outside, only_text, text_from_outside
from directory.places import is_own, path_of
from directory.text import cleaned
from documents import places
from intranet import block_values
from intranet.block_values import Files, Table

PARAGRAPH_FEATURES = ["bold", "italic", "ol", "ul", "link"]


class HeadingBlock(blocks.StructBlock):
    """A heading of the second or third level; the first is the page's title."""

    text = blocks.CharBlock(label=_("Text"), max_length=200)
    level = blocks.ChoiceBlock(
        label=_("Level"), choices=[("2", _("Heading")), ("3", _("Subheading"))], default="2"
    )

    class Meta:
        icon = "title"
        label = _("Heading")
        template = "intranet/blocks/heading.html"


class QuoteBlock(blocks.StructBlock):
    """A quotation with its source."""

    text = blocks.TextBlock(label=_("Text"))
    source = blocks.CharBlock(label=_("Source"), required=False, max_length=200)

    class Meta:
        icon = "openquote"
        label = _("Quote")
        template = "intranet/blocks/quote.html"


class DocumentAddressField(forms.CharField):
    """Takes any address that a document, a folder or a space has, or an identifier.

    Gives the identifier of a document or folder, the address of a space. Whether there is one
    is not told: somebody who may not see it could learn from that.
    """

    default_error_messages = {
        "address": _(
            "This is not the address of a document, a folder or a space of this site. Copy it "
            "from its page: it looks like …/d/<number>/ or …/spaces/<name>/."
        ),
    }

    def to_python(self, value: object) -> str:
        """Return the identifier or address. Raises ValidationError where there is none."""
        text = super().to_python(value)
        if not text:
            return ""
        try:
            return str(uuid.UUID(text))
        except ValueError:
            pass  # an address
        named = places.named_at(path_of(text)) if is_own(text) else None
        if named is None:
            raise ValidationError(self.error_messages["address"], code="address")
        if isinstance(named, uuid.UUID):
            return str(named)
        return reverse("documents:space", args=[named])


class DocumentAddressBlock(blocks.FieldBlock):
    """The identifier of a document or folder, or the address of a space."""

    def __init__(self, required: bool = True, help_text: Any = None, **kwargs: object) -> None:
        self.field = DocumentAddressField(required=required, help_text=help_text, max_length=500)
        super().__init__(**kwargs)


class DocumentValue(blocks.StructValue):
    """A link into the spaces."""

    @property
    def address(self) -> str:
        """The address that is linked to, empty where a draft has none yet."""
        try:
            return reverse("documents:node", args=[uuid.UUID(str(self["document"]))])
        except ValueError:
            named = places.named_at(str(self["document"] or ""))
        return reverse("documents:space", args=[named]) if isinstance(named, str) else ""


class DocumentBlock(blocks.StructBlock):
    """A link to a document, folder or space; who may open it is the space's affair."""

    document = DocumentAddressBlock(
        label=_("Permanent link"),
        help_text=_("Copy it from the page of the document."),
    )
    label = blocks.CharBlock(label=_("Text of the link"), max_length=200)

    class Meta:
        icon = "doc-full"
        label = _("Document")
        template = "intranet/blocks/document.html"
        value_class = DocumentValue


class ParagraphBlock(blocks.RichTextBlock):
    """A text with lists and links."""

    @cached_property
    def field(self) -> forms.Field:
        """See Wagtail; whose script writes into the form a quarter of a second after the last key.

        Who saves sooner, as by the keyboard, would lose the last words.
        """
        field = super().field
        field.widget.options["stateSaveInterval"] = 0
        return field

    def value_from_datadict(self, data: QueryDict, files: Files, prefix: str) -> RichText:
        """See Wagtail. Raises `UnreadableError` where the editor's script wrote no text."""
        if prefix in data:
            block_values.require_content_state(block_values.loads(data[prefix]))
        return super().value_from_datadict(data, files, prefix)

    def deconstruct(self) -> tuple[object, ...]:
        """Return what migrations know it by: it is stored as Wagtail's own."""
        return ("wagtail.blocks.RichTextBlock", *super().deconstruct()[1:])


def new_table() -> Table:
    """Return an empty table whose first row is its heading."""
    return {
        "data": [[None] * 3 for _row in range(3)],
        "cell": [],
        "mergeCells": [],
        "table_header_choice": "row",
        "first_row_is_table_header": True,
        "first_col_is_header": False,
        "table_caption": "",
    }


TABLE_LINE = "---------"
TABLE_MENU = {
    "row_above": _("Insert a row above"),
    "row_below": _("Insert a row below"),
    "below_rows": TABLE_LINE,
    "col_left": _("Insert a column to the left"),
    "col_right": _("Insert a column to the right"),
    "below_columns": TABLE_LINE,
    "remove_row": _("Remove the row"),
    "remove_col": _("Remove the column"),
    "below_removals": TABLE_LINE,
    "undo": _("Undo"),
    "redo": _("Redo"),
}


class TableBlock(WagtailTableBlock):
    """A table; which of its cells are headings must be said, for those who hear it read."""

    is_previewable = False  # its preview has an address of Wagtail's own, which is shut

    def get_table_options(self, table_options: Table | None = None) -> Table:
        """See Wagtail; the table's script knows English alone, and complains of any other.

        The words of its menu are handed to it; the buttons below the table (`admin.js`), for
        those without a mouse, bear them too.
        """
        items = {
            key: words if words is TABLE_LINE else {"name": words}
            for key, words in TABLE_MENU.items()
        }
        return super().get_table_options(table_options) | {
            "language": "en-US",
            "contextMenu": {"items": items},
        }

    def value_from_form(self, value: object) -> Table | None:
        """See Wagtail. Raises `UnreadableError` where the table's script wrote no table."""
        return block_values.table(block_values.loads(value))

    def to_python(self, value: Table | None) -> Table | None:
        """See Wagtail; what a draft leaves unsaid stays so, and does not become "none"."""
        if value and value.get("table_header_choice") == "":
            return value
        return super().to_python(value)

    def clean(self, value: Table | None) -> Table | None:
        """See Wagtail; whose own refusal is no sentence, in any language."""
        if value and not value.get("table_header_choice"):
            raise ValidationError(
                _(
                    "Say which cells of the table are headings: the first row, the first column, "
                    "both or none."
                )
            )
        return super().clean(value)

    class Meta:
        default = staticmethod(new_table)


class SentText(blocks.StreamValue):
    """A text as a form brought it: a block that cannot be read stands empty in its place."""

    unreadable: dict[int, ValidationError]
    """What is wrong with those, by their place among the blocks."""


class BodyBlock(blocks.StreamBlock):
    """The text of a page."""

    heading = HeadingBlock()
    paragraph = ParagraphBlock(
        label=_("Paragraph"),
        required=False,
        features=PARAGRAPH_FEATURES,
        icon="pilcrow",
        template="intranet/blocks/paragraph.html",
    )
    quote = QuoteBlock()
    table = TableBlock(
        label=_("Table"),
        template="intranet/blocks/table.html",
        table_options={"startRows": 3, "startCols": 3, "renderer": "text"},
    )
    document = DocumentBlock()
    image = ImageBlock(label=_("Image"), template="intranet/blocks/image.html")

    class Meta:
        label = _("Text")

    def value_from_datadict(self, data: QueryDict, files: Files, prefix: str) -> SentText:
        """Read the blocks of a form, each whatever was sent for the others; see Wagtail.

        What came by the clipboard and nobody sees is left out (`cleaned`).
        """
        sent = []
        for number in range(_counted(data, f"{prefix}-count")):
            here = f"{prefix}-{number}"
            block = self.child_blocks.get(data[f"{here}-type"])
            if data[f"{here}-deleted"] or block is None:
                continue
            error = None
            try:
                value = _seen(block_values.read(block, data, files, f"{here}-value"))
            except block_values.UnreadableError as raised:
                value, error = block.get_default(), raised
            name = text_from_outside(data.get(f"{here}-id"), longest=100)
            sent.append((_counted(data, f"{here}-order"), (block.name, value, name), error))
        # By the order alone: values of which two stand in one place cannot be compared.
        sent.sort(key=lambda each: each[0])
        text = SentText(self, [child for _order, child, _error in sent])
        text.unreadable = {
            place: error for place, (_order, _child, error) in enumerate(sent) if error is not None
        }
        return text

    def clean_deferred(self, value: blocks.StreamValue) -> blocks.StreamValue:
        """Take the text of a draft in whatever state it is: it is checked to be published.

        What cannot be read is refused all the same: nobody typed it. Wagtail's own notes "not
        to be checked" on the blocks, which all threads share: what somebody publishes at that
        moment would not be checked either.
        """
        if isinstance(value, SentText) and value.unreadable:
            raise blocks.StreamBlockValidationError(value.unreadable)
        return blocks.StreamValue(
            self, [(child.block_type, _as_far_as_right(child), child.id) for child in value]
        )

    def clean(
        self, value: blocks.StreamValue, *args: object, **kwargs: object
    ) -> blocks.StreamValue:
        """Refuse what could not be read; drop paragraphs and images that nothing was put into."""
        unreadable = value.unreadable if isinstance(value, SentText) else {}
        try:
            checked = super().clean(value, *args, **kwargs)
        except blocks.StreamBlockValidationError as error:
            if not unreadable:
                raise
            faults = {**error.block_errors, **unreadable}
            raise blocks.StreamBlockValidationError(faults, error.non_block_errors) from error
        if unreadable:
            raise blocks.StreamBlockValidationError(unreadable)
        kept = [child for child in checked if not _is_empty(child)]
        if len(kept) == len(checked):
            return checked
        return blocks.StreamValue(
            self, [(child.block_type, child.value, child.id) for child in kept]
        )


def _counted(data: QueryDict, name: str) -> int:
    """Return the number in a field that `intranet.parameters` has judged."""
    return number_from_outside(data[name]) or 0


def _seen(value: object) -> object:
    """Return the value of a block with every text in it cleaned, and nothing else than text."""
    if isinstance(value, str):
        return cleaned(only_text(value))
    if isinstance(value, RichText):
        return RichText(cleaned(only_text(value.source)))
    if isinstance(value, blocks.StructValue):
        return blocks.StructValue(value.block, [(name, _seen(of)) for name, of in value.items()])
    if isinstance(value, dict):
        return {name: _seen(of) for name, of in value.items()}
    if isinstance(value, list):
        return [_seen(each) for each in value]
    return value


def _as_far_as_right(child: blocks.StreamValue.StreamChild) -> object:
    """Return the value of a block cleaned; as it came where something is wrong with it."""
    try:
        return child.block.clean(child.value)
    except ValidationError:
        return child.value


def _is_empty(child: blocks.StreamValue.StreamChild) -> bool:
    if child.block_type == "image":
        return child.value is None
    return child.block_type == "paragraph" and not strip_tags(child.value.source).strip()
