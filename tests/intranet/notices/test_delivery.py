"""Live delivery over a real server: who hears what, and that nothing is missed."""

from __future__ import annotations

from directory import journal
from directory.models import Role
from intranet.notices.actions import mark_all_read
from tests.directory.factories import make_person, make_service

from .factories import make_notice, to_person, to_service
from .serving import session_of


def test_a_notice_reaches_its_audience_and_nobody_else(listen):
    finance, schools = make_service("finance"), make_service("schools")
    zoe = make_person("zoe.finance", service=finance)
    ivo = make_person("ivo.schools", service=schools)
    her, his = listen(zoe), listen(ivo)
    closed = make_notice(scope=finance.scope, audiences=to_service(finance))
    assert her.next_notice() == {"t": "n", "id": closed.pk, "s": closed.sequence, "u": 1}
    # Something that both hear of comes later: what he was not sent by then he never is.
    everybody = make_notice()
    assert her.next_notice()["id"] == everybody.pk
    assert his.next_notice() == {"t": "n", "id": everybody.pk, "s": everybody.sequence, "u": 1}
    assert his.notices == [everybody.pk]


def test_since_brings_what_was_missed_in_order_and_once(site, listen):
    zoe = make_person("zoe.finance", service=make_service("finance"))
    ear = listen(zoe)
    first = make_notice("un")
    since = ear.next_notice()["s"]
    ear.close()
    missed = [make_notice(title) for title in ("deux", "trois", "quatre")]
    other = make_person("ivo.other")
    make_notice("not hers", audiences=to_person(other))
    again = listen(zoe, since)
    assert again.notices == [notice.pk for notice in missed]
    assert again.heard[-1] == {"t": "caught", "s": journal.last_sequence(), "u": 4}
    assert first.pk not in again.notices
    third = listen(zoe, again.heard[-1]["s"])
    assert third.notices == []


def test_a_restart_of_the_server_loses_nothing(site, listen):
    zoe = make_person("zoe.finance", service=make_service("finance"))
    key = session_of(zoe)
    ear = site.open(key)
    since = ear.heard[-1]["s"]
    site.stop()
    missed = make_notice("published while the server was down")
    site.start()
    again = site.open(key, since)
    assert again.notices == [missed.pk]
    again.close()


def test_the_count_follows_what_was_read_elsewhere(listen):
    zoe = make_person("zoe.finance", service=make_service("finance"))
    ear = listen(zoe)
    make_notice("un")
    assert ear.next_notice()["u"] == 1
    mark_all_read(actor=zoe, up_to=journal.last_sequence())
    make_notice("deux")
    ear.until_unread(1)


def test_a_wake_up_of_each_way_delivers(site_woken):
    zoe = make_person("zoe.finance", service=make_service("finance"), role=Role.HEAD)
    ear = site_woken.open(session_of(zoe))
    for _ in range(3):
        notice = make_notice()
        assert ear.next_notice()["id"] == notice.pk
    ear.close()


def test_without_any_wake_up_polling_delivers(site, listen, settings, tmp_path):
    zoe = make_person("zoe.finance", service=make_service("finance"))
    ear = listen(zoe)
    # The writer wakes a folder where nobody listens: the wake-up is lost.
    settings.WAKEUP_FOLDER = tmp_path / "nobody"
    for _ in range(2):
        notice = make_notice()
        assert ear.next_notice()["id"] == notice.pk
