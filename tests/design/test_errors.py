import re

from django.core.exceptions import RequestDataTooBig
from django.http import Http404
from django.test import Client, RequestFactory
from django.utils import translation

from config import errors
from tests.html import has


def _page(client, address):
    return client.get(address, headers={"Accept": "text/html"})


def test_a_missing_page_offers_the_search_and_the_way_home(signed_in):
    answer = _page(signed_in, "/fr/nothing-of-the-kind/")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert has(answer, "form[action='/search/']")
    assert "Page introuvable" in page
    assert has(answer, "a[href='/']")


def test_what_is_denied_and_what_is_missing_are_the_same_page(rf, signed_in):
    def body(reason):
        request = rf.get("/fr/x/")
        request.user = signed_in.get("/fr/nothing/").wsgi_request.user
        return errors.handler404(request, reason).content

    bare = [body(Http404()), body(Http404("the page 'secret-budget' is not yours"))]
    masked = {re.sub(rb"[A-Za-z0-9]{64}", b"token", text) for text in bare}
    assert len(masked) == 1
    assert b"secret" not in bare[1]


def test_scripts_are_answered_by_a_word(signed_in):
    for headers in ({"HX-Request": "true"}, {"Accept": "application/json"}):
        answer = signed_in.get("/fr/nothing/", headers=headers)
        assert answer.status_code == 404
        assert answer["Content-Type"].startswith("text/plain")


def test_too_large_is_said_as_such():
    request = RequestFactory().post("/spaces/")
    assert errors.handler400(request, RequestDataTooBig()).status_code == 413
    assert errors.handler400(request, None).status_code == 400


def test_a_form_without_its_token_says_what_to_do(signed_in, gallery):
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in.cookies
    answer = client.post("/desk/", {"title": "x"})
    assert answer.status_code == 403
    assert "trop longtemps" in answer.content.decode()
    assert "Recharger la page" not in answer.content.decode()
    for referer, offered in (("http://testserver/desk/", True), ("http://evil.example/", False)):
        answer = client.post("/desk/", {"title": "x"}, headers={"referer": referer})
        assert has(answer, f"a[href='{referer}']") is offered


def test_a_failure_of_ours_needs_no_database_and_speaks_both_languages(rf):
    # No database fixture: a query here would be an error.
    answer = errors.handler500(rf.get("/"))
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "Une erreur est survenue" in page
    assert "Something went wrong" in page
    assert "<script" not in page


def test_a_part_that_is_down_says_when_to_come_back(rf):
    with translation.override("en"):
        answer = errors.unavailable(rf.get("/search/"), "The search is resting", 5)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "The search is resting" in answer.content.decode()
