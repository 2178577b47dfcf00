"""Whose turn it is: the person's once somebody is signed in, else the address's."""

from __future__ import annotations

import asyncio

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory

from config.serving import askers as asking
from config.serving.askers import Askers
from config.serving.lanes import Standing
from directory.models import User
from directory.throttle import COOKIE, remember_browser
from documents.uploads.asking import owner_of
from tests.directory.factories import make_person

from .exchange import Exchange, handler_with, signed_in


def asked(key="", address="10.0.0.9", by=None):
    request = RequestFactory(REMOTE_ADDR=address).get("/")
    if key:
        request.COOKIES[settings.SESSION_COOKIE_NAME] = key
    if by is not None:
        request._cached_user = by
    return request


def test_invented_sessions_have_one_turn_together():
    askers = Askers()
    for n in range(50):
        askers.remember(asked(f"invented{n}", by=AnonymousUser()))
    names = {askers.of(asked(f"invented{n}"))[0] for n in range(50)}
    assert len(names) == 1
    assert askers.of(asked("invented1", address="10.0.0.8"))[0] not in names


def test_somebody_who_is_signed_in_is_one_asker_by_all_sessions():
    askers = Askers()
    for key, person in (("hers", 7), ("hers too", 7), ("his", 8)):
        askers.remember(asked(key, by=User(pk=person)))
    assert askers.of(asked("hers")) == askers.of(asked("hers too", address="10.0.0.8"))
    assert askers.of(asked("hers"))[0] not in (
        askers.of(asked("his"))[0],
        askers.of(asked("another"))[0],
    )


def test_who_has_signed_in_before_is_known_in_that_browser_wherever_it_is():
    askers, answer = Askers(), HttpResponse()
    remember_browser(asked(), answer, User(pk=7))
    cookie = answer.cookies[COOKIE].value

    def in_the_browser(cookie, **more):
        request = asked(**more)
        request.COOKIES[COOKIE] = cookie
        return askers.of(request)

    known = in_the_browser(cookie)
    assert known.standing is Standing.KNOWN
    assert known == in_the_browser(cookie, key="ended", address="10.0.0.8")
    askers.remember(asked("hers", by=User(pk=7)))
    assert askers.of(asked("hers")) == known
    for forged in (cookie[:-1], "a" * 5000, "\ud800", ""):
        assert in_the_browser(forged) == askers.of(asked())
    assert askers.of(asked()).standing is Standing.NEW


def test_an_address_where_a_sign_in_was_refused_is_no_new_one_for_a_while(monkeypatch):
    askers, clock = Askers(remembered=2), [0.0]
    monkeypatch.setattr(asking, "monotonic", lambda: clock[0])

    def standings():
        return [
            askers.of(asked(key, f"10.0.0.{n}")).standing for n in (1, 2, 3) for key in ("", "a")
        ]

    new, refused = [Standing.NEW] * 2, [Standing.REFUSED] * 2
    for status in (200, 302, 400, 503):
        askers.judge(asked(address="10.0.0.1"), HttpResponse(status=status))
    assert standings() == new * 3
    for number, status in ((1, 401), (2, 429)):
        askers.judge(asked(address=f"10.0.0.{number}"), HttpResponse(status=status))
    assert standings() == refused * 2 + new
    askers.judge(asked(address="10.0.0.1"), HttpResponse(status=503))
    askers.judge(asked(address="10.0.0.2"), HttpResponse(status=302))
    assert standings() == refused + new * 2
    for number in (2, 3):
        askers.judge(asked(address=f"10.0.0.{number}"), HttpResponse(status=403))
    assert standings() == new + refused * 2, "the last ones are remembered"
    clock[0] = 16 * 60.0
    assert standings() == new * 3


@pytest.mark.django_db(transaction=True)
def test_the_handler_learns_where_a_sign_in_was_refused():
    with handler_with() as handler:
        for path, standing in (("/language/", Standing.NEW), ("/sign-in/", Standing.REFUSED)):
            sent = Exchange("POST", path, {"Content-Length": "0"})
            asyncio.run(sent.run(handler))
            address = sent.scope["client"][0]
            assert handler._askers.of(asked(address=address)).standing is standing, path


def test_all_addresses_of_a_network_of_ipv6_have_one_turn():
    askers = Askers()
    names = {askers.of(asked(address=f"2001:db8::{number}"))[0] for number in range(9)}
    assert len(names) == 1
    assert askers.of(asked(address="2001:db8:0:1::1"))[0] not in names


def test_all_addresses_of_a_network_of_ipv6_share_their_transfers():
    owners = {owner_of(asked(address=f"2001:db8::{number}")) for number in range(9)}
    assert len(owners) == 1
    assert owner_of(asked(address="2001:db8:0:1::1")) not in owners


def test_the_last_ones_alone_are_remembered():
    askers = Askers(remembered=2)
    for key in ("a1", "b2", "a1", "c3"):
        askers.remember(asked(key, by=User(pk=7)))
    own = [askers.of(asked(key))[0] == "person 7" for key in ("a1", "b2", "c3")]
    assert own == [True, False, True]


@pytest.mark.django_db(transaction=True)
def test_the_handler_learns_who_is_signed_in():
    person = make_person("zoe.finance")
    headers = signed_in(person)
    key = headers["Cookie"].split(f"{settings.SESSION_COOKIE_NAME}=")[1].split(";")[0]
    with handler_with() as handler:
        for cookie, own in ((f"{settings.SESSION_COOKIE_NAME}=invented", False), (None, True)):
            sent = headers | ({"Cookie": cookie} if cookie else {})
            asyncio.run(Exchange("GET", "/notices/", sent).run(handler))
            assert (handler._askers.of(asked(key))[0] == f"person {person.pk}") is own
