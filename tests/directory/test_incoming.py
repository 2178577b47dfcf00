"""What is taken out of a request before anything reads it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.test import RequestFactory

from config.serving.handler import Handler
from directory.incoming import IncomingMiddleware, what_was_lost
from directory.outside import LARGEST
from documents.uploads import staging_files


def passed(request: HttpRequest) -> HttpRequest:
    """Return `request` as the views get it."""
    seen: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    IncomingMiddleware(view)(request)
    return seen[0]


def test_the_fields_of_an_address_lose_what_is_no_text():
    request = passed(RequestFactory().get("/?q=a%00b&q=c&n%00=%01&ok=%C3%A9"))
    assert dict(request.GET.lists()) == {"q": ["ab", "c"], "n": [""], "ok": ["é"]}
    assert lost(request.GET) == {"q": "\x00", "n": "\x01"}
    assert lost(passed(RequestFactory().get("/?q=a")).GET) == {}


def lost(fields: QueryDict) -> dict[str, str]:
    return {name: lost for name in fields if (lost := what_was_lost(fields, name))}


def multipart(**fields: bytes) -> dict[str, Any]:
    """What is posted of a form that may hold files, to the byte."""
    parts = [
        b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
        for name, value in fields.items()
    ]
    return {
        "data": b"".join(parts) + b"--b--\r\n",
        "content_type": "multipart/form-data; boundary=b",
    }


def test_bytes_that_are_no_text_are_lost_too():
    """Unlike the mark that stands for such in the name of a file somewhere else."""
    query = "q=a%ffb&s=%ed%a0%80&ok=%ef%bf%bd&n%e9=1&blank="
    form = "application/x-www-form-urlencoded"
    for fields in (
        passed(RequestFactory().get(f"/?{query}")).GET,
        passed(RequestFactory().post("/", query, content_type=form)).POST,
    ):
        assert fields.dict() == {"q": "ab", "s": "", "ok": "\ufffd", "n": "1", "blank": ""}
        assert lost(fields) == {"q": "\udcff", "s": "\udced\udca0\udc80"}


@pytest.mark.parametrize("taken_in", [False, True])
def test_nor_do_they_stay_in_a_form_with_files(taken_in):
    """Whether a view reads it, or it was taken in before as one whose files are stored."""
    request = RequestFactory().post(
        "/", **multipart(q=b"a\xffb", s=b"\xed\xa0\x80", ok=b"\xef\xbf\xbd\xc3\xa9")
    )
    if taken_in:
        with staging_files(request):
            fields = passed(request).POST
    else:
        fields = passed(request).POST
    assert fields.dict() == {"q": "ab", "s": "", "ok": "\ufffdé"}
    assert lost(fields) == {"q": "\udcff", "s": "\udced\udca0\udc80"}


def test_a_request_may_have_no_query_at_all():
    """As those have that Wagtail makes to show a draft."""
    request = RequestFactory().get("/")
    del request.META["QUERY_STRING"]
    assert passed(request).GET.dict() == {}


def test_a_form_loses_it_when_it_is_read_and_is_read_no_earlier():
    request = passed(RequestFactory().post("/", {"name": "a\x00b", "note": "one\r\ntwo"}))
    assert not hasattr(request, "_post")
    assert request.POST.dict() == {"name": "ab", "note": "one\r\ntwo"}


@pytest.mark.parametrize("value", ['"a\\000b"', '"\\000"', "a\x01"])
def test_a_cookie_that_is_no_text_goes(value):
    request = passed(
        RequestFactory().get("/", headers={"Cookie": f"sessionid={value}; theme=dark"})
    )
    assert request.COOKIES == {"theme": "dark"}


@pytest.mark.parametrize(
    "said",
    ["; charset=rot13", "; charset=punycode", "; charset=utf-16", "; charset*=utf-8''%00"],
)
def test_an_address_and_a_form_are_utf_8_whatever_a_client_claims(said):
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"q=%C3%A9",
        "headers": [(b"content-type", b"application/x-www-form-urlencoded" + said.encode())],
    }
    request = Handler.request_class(scope, io.BytesIO(b"name=%C3%A9"))
    assert request.GET["q"] == "é"
    assert passed(request).POST["name"] == "é"


@pytest.mark.parametrize("value", [LARGEST + 1, 10**30, "a\x00b", "\ud800"])
def test_an_address_that_cannot_be_is_not_found(value):
    middleware = IncomingMiddleware(lambda request: HttpResponse())
    with pytest.raises(Http404):
        middleware.process_view(RequestFactory().get("/"), None, (), {"pk": value})
    with pytest.raises(Http404):
        middleware.process_view(RequestFactory().get("/"), None, (value,), {})


def test_an_address_that_can_be_passes():
    arguments: dict[str, Any] = {"pk": LARGEST, "slug": "note-2026"}
    middleware = IncomingMiddleware(lambda request: HttpResponse())
    middleware.process_view(RequestFactory().get("/"), None, (), arguments)
