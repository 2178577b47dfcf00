"""Templates are indented for those who read them, pages are not."""

from __future__ import annotations

import pytest
from django.template import engines
from django.test import Client


@pytest.mark.django_db
def test_no_page_holds_the_indentation_of_its_templates():
    page = Client().get("/sign-in/").content.decode()
    assert "<form" in page
    assert "\n " not in page


def test_what_stands_on_lines_of_their_own_is_not_joined():
    engine = engines["django"].engine
    source = engine.get_template("documents/listing.html").source
    assert "\n" in source
    assert "\n\n" not in source


def test_templates_of_others_are_as_they_are():
    template = engines["django"].engine.get_template("wagtailadmin/pages/add_subpage.html")
    assert "\n    " in template.source
