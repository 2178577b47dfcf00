"""Counts are derived: what was read, wherever and in whatever process, counts nowhere again."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from directory import consumers
from intranet.notices.actions import mark_read
from intranet.notices.hub import store
from intranet.notices.models import Notice
from intranet.notices.querysets import state_of
from tests.directory.factories import make_person, make_service
from tests.html import has
from tests.intranet.factories import make_note, make_page, make_section
from tests.kept import kept

from .factories import make_notice
from .serving import Site, running, session_of


def test_what_is_read_in_another_process_is_counted_down_without_other_news(listen):
    """The test marks in a process of its own; nothing else happens that could tell the hub."""
    zoe = make_person("zoe.finance")
    first, second = listen(zoe), listen(zoe)
    notice = make_notice()
    for ear in (first, second):
        assert ear.next_notice()["u"] == 1
    mark_read(actor=zoe, notice=notice)
    for ear in (first, second):
        ear.until_unread(0)


def test_a_tab_that_is_opened_after_reading_is_not_told_the_old_count(listen):
    zoe = make_person("zoe.finance")
    first = listen(zoe)
    notice = make_notice()
    assert first.next_notice()["u"] == 1
    mark_read(actor=zoe, notice=notice)
    second = listen(zoe)
    assert [message.get("u", 0) for message in second.heard] == [0] * len(second.heard)
    another = make_notice()
    for ear in (first, second):
        while (heard := ear.next_notice())["id"] != another.pk:
            pass
        assert heard.get("u", 1) == 1  # it may follow, and never counts what was read
        ear.until_unread(1)


@pytest.mark.django_db(transaction=True)
def test_two_server_processes_agree():
    zoe = make_person("zoe.finance")
    key = session_of(zoe)
    with running(Site()) as one, running(Site()) as other:
        here, there = one.open(key), other.open(key)
        notice = make_notice()
        for ear in (here, there):
            assert ear.next_notice()["u"] == 1
        browser = Client()
        browser.cookies["sessionid"] = key
        assert browser.get(f"/notices/{notice.pk}/").status_code == 302
        for ear in (here, there):
            ear.until_unread(0)
            ear.close()


@kept
def finance():
    return make_service("finance")


@kept
def zoe(finance):
    return make_person("zoe.finance", service=finance)


@pytest.fixture
def signed_in(zoe):
    client = Client()
    client.force_login(zoe, backend="directory.backends.DirectoryBackend")
    return client


def test_a_note_that_is_opened_by_its_page_is_read(finance, zoe, signed_in):
    note = make_note(finance, "Budget 2027", notify=True)
    other = make_note(finance, "Autre note", notify=True)
    consumers.drain("notices")
    assert state_of(zoe).unread == 2
    assert signed_in.head(note.address, follow=True).status_code == 200
    assert state_of(zoe).unread == 2  # a script that looks whether it is there has read nothing
    page = signed_in.get(note.address, follow=True)
    assert page.status_code == 200
    assert state_of(zoe).unread == 1
    assert has(page, "m-notices[data-now='1']")  # the page's own bell knows it
    unread = Notice.objects.unread_by(zoe)
    assert [notice.page_id for notice in unread] == [other.pk]
    ivo = make_person("ivo.finance", service=finance)
    assert state_of(ivo).unread in (0, 2)  # another's reading is another's


def section_of(service, title):
    return make_section(service)["fr"]


@pytest.mark.parametrize(("make", "more"), [(section_of, 0), (make_page, 1), (make_note, 1)])
def test_only_what_somebody_wrote_asks_what_is_unread_of_it(finance, zoe, signed_in, make, more):
    page = make(finance, "Une page")
    note = make_note(finance, "Budget 2027", notify=True)
    consumers.drain("notices")
    counts = []
    for _ in range(3):
        signed_in.get(page.address, follow=True)  # what is remembered is remembered
        with CaptureQueriesContext(connection) as captured:
            signed_in.get(page.address, follow=True)
        counts.append(len(captured))
        signed_in.get(note.address, follow=True)
    assert counts[0] == counts[1] + more
    assert counts[1] == counts[2]


def test_who_read_lately_is_asked_in_one_query(finance, zoe, django_assert_num_queries):
    notice = make_notice()
    others = [make_person(f"p{number}.x") for number in range(5)]
    mark_read(actor=zoe, notice=notice)
    with django_assert_num_queries(1):
        assert store.read_lately(30.0) == {zoe.pk: 1}
    for person in others:
        mark_read(actor=person, notice=notice)
    with django_assert_num_queries(1):
        assert len(store.read_lately(30.0)) == 6
