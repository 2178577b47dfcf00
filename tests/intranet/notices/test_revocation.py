"""Who must hear nothing any more hears nothing any more."""

from __future__ import annotations

import contextlib

from django.contrib.sessions.models import Session
from django.test import Client
from websockets.exceptions import ConnectionClosed

from directory import journal
from directory.actions.grants import revoke_access
from directory.actions.memberships import remove_member
from directory.actions.sessions import end_sessions
from directory.models import AccessScope, Membership, Role
from intranet.notices.actions import withdraw_notice
from intranet.notices.hub.hub import SOCKETS_PER_PERSON
from tests.directory.factories import (
    event,
    give,
    group_of,
    join,
    make_group,
    make_person,
    make_scope,
    make_service,
)

from .factories import make_notice, to_service
from .serving import SOON, refused_with, session_of


def hears(ear, notice) -> bool:
    """Whether `ear` is sent `notice`, told by a later one that everybody is sent."""
    marker = make_notice("for everybody")
    while (heard := ear.next_notice())["id"] != marker.pk:
        if heard["id"] == notice.pk:
            return True
    return False


def test_signing_out_closes_the_sockets_of_that_session_alone(site, listen):
    zoe = make_person("zoe.finance")
    key = session_of(zoe)
    first, second, elsewhere = site.open(key), site.open(key), listen(zoe)
    with journal.transaction():
        Session.objects.filter(pk=key).delete()
        journal.append(event("session.signed_out"), obj=zoe, actor=zoe)
    assert (first.close_code(), second.close_code()) == (4401, 4401)
    notice = make_notice()
    assert elsewhere.next_notice()["id"] == notice.pk
    assert refused_with(site, key) == 101  # the handshake passes, so that the page learns why
    late = site.open(key, hello=False)
    assert late.close_code() == 4401
    for ear in (first, second, late):
        ear.close()


def test_a_session_that_is_gone_without_a_word_is_closed_too(site, listen):
    zoe = make_person("zoe.finance")
    ear = listen(zoe)
    Session.objects.all().delete()
    assert ear.close_code() == 4401


def test_deactivation_closes(site, listen):
    zoe, ivo = make_person("zoe.finance"), make_person("ivo.schools")
    hers, his = listen(zoe), listen(ivo)
    with journal.transaction():
        zoe.is_active = False
        zoe.save(update_fields=["is_active"])
        journal.append(event("person.deactivated"), obj=zoe, actor=None)
    assert hers.close_code() == 4401
    notice = make_notice()
    assert his.next_notice()["id"] == notice.pk


def test_deactivation_without_a_word_closes(site, listen):
    zoe = make_person("zoe.finance")
    ear = listen(zoe)
    type(zoe).objects.filter(pk=zoe.pk).update(is_active=False)
    assert ear.close_code() == 4401


def test_a_changed_password_closes(site, listen):
    zoe = make_person("zoe.finance")
    ear = listen(zoe)
    with journal.transaction():
        zoe.set_password("another-Password-98")
        zoe.save()
        journal.append(event("session.all_ended"), obj=zoe, actor=zoe)
    assert ear.close_code() == 4401


def test_ending_all_sessions_closes_their_sockets_and_nobody_elses(site, listen):
    zoe, ivo = make_person("zoe.finance"), make_person("ivo.schools")
    hers, his = [listen(zoe), listen(zoe)], listen(ivo)
    end_sessions(actor=None, users=[zoe], why="it")
    assert [ear.close_code() for ear in hers] == [4401, 4401]
    notice = make_notice()
    assert his.next_notice()["id"] == notice.pk


def test_whoever_ends_their_other_sessions_goes_on_hearing(site, listen):
    zoe = make_person("zoe.finance")
    browser = Client()
    browser.force_login(zoe, backend="directory.backends.DirectoryBackend")
    here, elsewhere = site.open(browser.session.session_key), listen(zoe)
    assert browser.post("/sign-out/elsewhere/").status_code == 302
    assert elsewhere.close_code() == 4401
    notice = make_notice()
    assert here.next_notice()["id"] == notice.pk
    here.close()


def test_losing_the_membership_silences_and_takes_the_count_back(site, listen):
    finance = make_service("finance")
    zoe = make_person("zoe.finance", service=finance)
    ear = listen(zoe)
    make_notice(scope=finance.scope, audiences=to_service(finance))
    assert ear.next_notice()["u"] == 1
    membership = Membership.objects.get(user=zoe, access_group=group_of(finance, Role.MEMBER))
    remove_member(actor=None, membership=membership)
    ear.until_unread(0)
    secret = make_notice(scope=finance.scope, audiences=to_service(finance))
    assert not hears(ear, secret)
    join(zoe, group_of(finance, Role.MEMBER))
    again = make_notice(scope=finance.scope, audiences=to_service(finance))
    assert hears(ear, again)


def test_a_revoked_grant_silences(site, listen):
    scope = make_scope("a case")
    zoe = make_person("zoe.finance")
    grant = give(zoe, 1, scope)
    ear = listen(zoe)
    make_notice(scope=scope)
    assert ear.next_notice()["u"] == 1
    revoke_access(actor=None, grant=grant)
    ear.until_unread(0)
    assert not hears(ear, make_notice(scope=scope))


def test_a_revoked_grant_to_a_group_silences(site, listen):
    scope = make_scope("a case")
    zoe = make_person("zoe.finance")
    grant = give(make_group("case workers", zoe), 1, scope)
    ear = listen(zoe)
    make_notice(scope=scope)
    assert ear.next_notice()["u"] == 1
    revoke_access(actor=None, grant=grant)
    ear.until_unread(0)
    assert not hears(ear, make_notice(scope=scope))


def test_a_withdrawn_notice_leaves_the_count(site, listen):
    zoe = make_person("zoe.finance")
    ear = listen(zoe)
    notice = make_notice()
    assert ear.next_notice()["u"] == 1
    withdraw_notice(actor=None, notice=notice)
    ear.until_unread(0)
    assert listen(zoe, 0).notices == []


def test_what_was_missed_is_what_may_be_read_now(site, listen):
    finance = make_service("finance")
    zoe = make_person("zoe.finance", service=finance)
    closed = make_notice(scope=finance.scope)
    open_to_all = make_notice(scope=AccessScope.site())
    assert listen(zoe, 0).notices == [closed.pk, open_to_all.pk]
    Membership.objects.filter(user=zoe).exclude(access_group__role=Role.EVERYONE).delete()
    zoe.groups.remove(group_of(finance, Role.MEMBER).group)
    assert listen(zoe, 0).notices == [open_to_all.pk]


def test_a_session_of_a_backend_that_signs_nobody_in_is_none(site):
    client = Client()
    client.force_login(make_person("zoe.finance"), backend="intranet.lock.backends.EditorBackend")
    ear = site.open(str(client.session.session_key), hello=False)
    assert ear.close_code() == 4401
    ear.close()


def test_anonymous_people_are_told_to_sign_in(site):
    for key in ("", "no-such-session", "x" * 200):
        ear = site.open(key, hello=False)
        assert ear.close_code() == 4401
        ear.close()


def test_a_page_of_another_site_gets_no_socket(site):
    key = session_of(make_person("zoe.finance"))
    for origin in (
        None,
        "null",
        "http://elsewhere.example",
        "http://127.0.0.1:1",
        f"https://{site.address}.example",
        f"ftp://{site.address}",
    ):
        assert refused_with(site, key, origin=origin) == 403, origin
    assert refused_with(site, key, origin=f"http://{site.address}") == 101


def test_an_unknown_host_gets_no_socket_even_with_its_own_origin(site):
    key = session_of(make_person("zoe.finance"))
    headers = {"Host": "rebound.example"}
    options = {"origin": "http://rebound.example", "additional_headers": headers}
    assert refused_with(site, key, **options) == 403


def test_another_path_has_no_socket(site):
    assert refused_with(site, session_of(make_person("zoe.finance")), path="/ws/other/") == 403


def test_what_is_no_hello_is_refused(site):
    key = session_of(make_person("zoe.finance"))
    for message in (
        {},
        {"since": "5"},
        {"since": -1},
        {"since": True},
        {"since": 1.5},
        {"since": 2**63},
        [],
        "hello",
        {"since": 1, "filler": "x" * 300},
    ):
        ear = site.open(key, hello=False)
        ear.say(message)
        assert ear.close_code() == 4400, message
        ear.close()


def test_more_than_a_hello_is_refused(site, listen):
    ear = listen(make_person("zoe.finance"))
    ear.say({"since": 3})
    assert ear.close_code() == 4400


def test_a_frame_that_no_page_sends_closes_its_socket_and_no_other(site, listen):
    ear, other = listen(make_person("zoe.finance")), listen(make_person("max.schools"))
    ear.connection.send("x" * 4097)
    assert ear.close_code() == 1009
    notice = make_notice()
    assert other.next_notice()["id"] == notice.pk


def test_a_position_ahead_of_the_journal_is_put_right(site, listen):
    ear = listen(make_person("zoe.finance"), 10**9)
    assert ear.heard[-1]["s"] == journal.last_sequence()
    notice = make_notice()
    assert ear.next_notice()["id"] == notice.pk


def test_a_person_may_open_many_windows_but_not_any_number(site):
    key = session_of(make_person("zoe.finance"))
    ears = [site.open(key) for _ in range(SOCKETS_PER_PERSON)]
    one_more = site.open(key, hello=False)
    assert one_more.close_code() == 4403
    notice = make_notice()
    for ear in ears:
        assert ear.next_notice(SOON)["id"] == notice.pk
        with contextlib.suppress(ConnectionClosed):
            ear.close()
