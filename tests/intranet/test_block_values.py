"""The value of a block that cannot be read: told at that block, and nothing else is lost."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from intranet.blocks import BodyBlock, SentText, new_table
from intranet.models import NotePage
from tests.leaks.hostile_blocks import KINDS, VALUES_OF_BLOCKS, fields_of, paragraph, sent

from .factories import make_event, make_image, make_note, make_section
from .test_admin_writing import form

pytestmark = pytest.mark.django_db

NO_ENTITY = paragraph(entityRanges=[{"offset": 0, "length": 1, "key": 3}])
FAR_OFF = paragraph(inlineStyleRanges=[{"offset": 10**12, "length": 1, "style": "BOLD"}])
DAMAGED = [
    ("paragraph", "[]", "(JSON)"),
    ("paragraph", "{nojson", "(JSON 1:2)"),
    ("paragraph", '{"blocks":null,"entityMap":null}', "(entityMap)"),
    ("paragraph", json.dumps(NO_ENTITY), "(blocks[0].entityRanges[0].key)"),
    ("paragraph", json.dumps(FAR_OFF), "(blocks[0].inlineStyleRanges[0].offset)"),
    ("table", "{not json", "(JSON 1:2)"),
    ("table", "[1,2]", "(JSON)"),
]
WORDS = {"fr": "Le contenu de ce bloc est arrivé endommagé", "en": "arrived damaged"}


@pytest.mark.parametrize("kind", KINDS)
def test_no_value_of_any_field_of_any_block_is_stumbled_on(kind):
    """Read, shown again, kept as a draft, published, stored and rendered."""
    block = BodyBlock()
    for name in fields_of(block.child_blocks[kind], "body-0-value"):
        for value in VALUES_OF_BLOCKS:
            text = block.value_from_datadict(sent(kind, "quote") | {name: value}, {}, "body")
            assert [child.block_type for child in text] == [kind, "quote"]
            json.dumps(block.get_form_state(text))
            assert text[1].value["text"] == "1"
            for clean in (block.clean_deferred, block.clean):
                try:
                    kept = clean(text)
                except ValidationError:
                    continue
                stored = block.get_prep_value(kept)
                json.dumps(stored, allow_nan=False, ensure_ascii=False).encode()
                again = block.to_python(stored)
                assert "\x00" not in again.render_as_block()
                list(block.extract_references(again))
                block.get_searchable_content(again)


def test_a_text_is_read_whichever_field_of_a_block_is_missing(finance):
    for kind in KINDS:
        for name in fields_of(BodyBlock().child_blocks[kind], "body-0-value"):
            fields = sent(kind)
            del fields[name]
            assert isinstance(BodyBlock().value_from_datadict(fields, {}, "body"), SentText)


def test_two_blocks_in_one_place_stand_as_they_were_sent():
    fields = sent("table", "table", "quote") | {f"body-{number}-order": "0" for number in range(3)}
    text = BodyBlock().value_from_datadict(fields, {}, "body")
    assert [child.block_type for child in text] == ["table", "table", "quote"]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("language", "kind", "value", "where"),
    [("fr", *each) for each in DAMAGED] + [("en", *each) for each in DAMAGED[-1:]],
)
def test_it_is_told_at_the_block_and_all_else_stands(
    sign_in, finance, head, language, kind, value, where
):
    section = make_section(finance)["fr"]
    client = sign_in(head)
    address = reverse("wagtailadmin_pages:add", args=["intranet", "notepage", section.pk])
    fields = form("Kept title", summary="Kept summary")
    fields |= sent("quote", kind) | {"body-0-value-text": "Kept quote", "body-1-value": value}
    for action in ({}, {"action-publish": "x"}):
        answer = client.post(address, fields | action, headers={"accept-language": language})
        assert answer.status_code == 200
        page = answer.context["form"]
        (error,) = page.errors.as_data()["body"]
        assert list(error.block_errors) == [1]
        (words,) = error.block_errors[1].messages
        assert WORDS[language] in words
        assert where in words
        for kept in ("Kept title", "Kept summary", "Kept quote"):
            assert kept in answer.content.decode()
    assert not NotePage.objects.exists()
    assert client.post(address, fields | sent("quote")).status_code == 302


@pytest.mark.one_database
@pytest.mark.parametrize(("kind", "value", "where"), DAMAGED[3:6:2])
def test_every_form_of_a_text_refuses_it(sign_in, finance, head, kind, value, where):
    note, event = make_note(finance, "A note"), make_event(finance, start=timezone.now())
    section = make_section(finance)["fr"]
    client = sign_in(head)
    fields = form("Other title", start="", end="", place_name="") | sent(kind)
    fields["body-0-value"] = value
    pages = [("edit", [note.pk]), ("edit", [event.pk]), ("edit", [section.pk])]
    pages += [("add", ["intranet", which, section.pk]) for which in ("eventpage", "plainpage")]
    for name, arguments in pages:
        address = reverse(f"wagtailadmin_pages:{name}", args=arguments)
        (error,) = client.post(address, fields).context["form"].errors.as_data()["body"]
        assert where in error.block_errors[0].messages[0]
        saved = client.post(address, fields, headers={"accept": "application/json"})
        assert (saved.status_code, saved.json()["error_code"]) == (400, "validation_error")
        shown = reverse(f"wagtailadmin_pages:preview_on_{name}", args=arguments)
        assert client.post(shown, fields).json()["is_valid"] is False
        assert client.get(shown).status_code == 200
    note.refresh_from_db()
    assert note.draft_title == "A note"


def test_what_no_database_keeps_is_left_out_of_a_text(sign_in, finance, head):
    section = make_section(finance)["fr"]
    address = reverse("wagtailadmin_pages:add", args=["intranet", "notepage", section.pk])
    table = new_table() | {"data": [["a\x00b\ud800"]], "table_caption": "\x00c"}
    fields = form("Kept") | sent("paragraph", "table") | {"body-1-value": json.dumps(table)}
    fields["body-0-value"] = json.dumps(paragraph("a\x00b\ud800"))
    assert sign_in(head).post(address, fields).status_code == 302
    text = NotePage.objects.get(title="Kept").body
    assert "ab" in text[0].value.source
    assert (text[1].value["data"], text[1].value["table_caption"]) == ([["ab"]], "c")


def test_what_the_editor_writes_is_read_as_ever(finance):
    link = {"type": "LINK", "mutability": "MUTABLE", "data": {"url": "https://example.org/"}}
    told = "Voilà 😀 fin"
    spans = [{"offset": 9, "length": 3, "key": 0}]
    state = paragraph(told, entities={"0": link}, entityRanges=spans)
    image = make_image(finance.scope, "Port")
    fields = sent("paragraph", "paragraph", "table", "image")
    fields |= {
        "body-0-value": json.dumps(state),
        "body-1-value": "null",
        "body-3-value-image": str(image.pk),
        "body-2-value": json.dumps(
            {
                "data": [["Year", 12], [None, "x"]],
                "cell": [{"row": 0, "col": 1, "className": "htRight", "hidden": True}],
                "mergeCells": [{"row": 0, "col": 0, "rowspan": 1, "colspan": 2}],
                "first_row_is_table_header": "on",
                "table_header_choice": "row",
            }
        ),
    }
    text = BodyBlock().value_from_datadict(fields, {}, "body")
    assert not text.unreadable
    assert 'href="https://example.org/"' in text[0].value.source
    assert text[1].value.source == ""
    table = text[2].value
    assert table["data"] == [["Year", "12"], [None, "x"]]
    assert table["cell"] == [{"row": 0, "col": 1, "className": "htRight", "hidden": True}]
    assert table["mergeCells"] == [{"row": 0, "col": 0, "rowspan": 1, "colspan": 2}]
    assert text[3].value.pk == image.pk
    assert len(BodyBlock().clean(text)) == 3  # the empty paragraph is dropped
