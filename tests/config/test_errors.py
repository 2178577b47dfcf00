"""The pages of what cannot be answered are there whatever was sent."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.directory.factories import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def with_a_file() -> dict[str, Any]:
    return {"data": {"file": SimpleUploadedFile("a.bin", b"x")}}


def with_many_fields() -> dict[str, Any]:
    kind = "application/x-www-form-urlencoded"
    return {"data": "&".join(f"a{n}=1" for n in range(3000)), "content_type": kind}


@pytest.mark.parametrize("sent", [with_a_file, with_many_fields])
@pytest.mark.parametrize("path", ["/nowhere/", "/admin/api/main/documents/", "/d/move/"])
def test_a_form_to_where_there_is_none_ends_in_a_page(path, sent):
    """With the check that browsers go through: it reads the form, in the error's page as well."""
    browser = Client(enforce_csrf_checks=True)
    person = make_person("ida.admin", it_admin=True)
    browser.force_login(person, backend="directory.backends.DirectoryBackend")
    browser.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    answer = browser.post(path, **sent())
    assert answer.status_code in (400, 403, 404, 413)
