"""Sessions end: by an IT admin, by their person, by a new password."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from config.embedded.organisation.entries import hashed
from directory import journal
from directory.actions.sessions import end_sessions
from directory.models import JournalEntry, Person, SyncRun, User
from tests.directory.factories import make_person

from .sync.test_engine import dn_of, sync, user

pytestmark = pytest.mark.django_db
BACKEND = "directory.backends.DirectoryBackend"
LOGIN = "maryse.lubin"


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def inside(client: Client) -> bool:
    return client.get("/nothing-here/").status_code == 404


def last(action: str) -> JournalEntry:
    return JournalEntry.objects.filter(action=action).latest("sequence")


def test_an_it_admin_ends_all_sessions_of_somebody(django_assert_max_num_queries):
    zoe, ivo, admin = (
        make_person("zoe.finance"),
        make_person("ivo.schools"),
        make_person("ida.admin", it_admin=True),
    )
    hers, his, its = [signed_in(zoe) for _ in range(3)], signed_in(ivo), signed_in(admin)
    assert all(map(inside, [*hers, his, its]))
    answer = its.post(f"/access/people/{zoe.pk}/sign-out/")
    assert (answer.status_code, answer["Location"]) == (302, f"/access/people/{zoe.pk}/")
    assert not any(map(inside, hers))
    assert inside(his)
    assert inside(its)
    entry = last("session.all_ended")
    assert (entry.actor, entry.object_id) == (admin, str(zoe.pk))
    assert entry.payload == {"why": "it"}
    zoe.refresh_from_db()
    assert inside(signed_in(zoe))  # she signs in again
    page = its.get(f"/access/people/{zoe.pk}/").content.decode()
    assert f"/access/people/{zoe.pk}/sign-out/" in page


@pytest.mark.parametrize("end", ["deleted", "epoch", "closed"])
@pytest.mark.parametrize("path", ["/session/", "/notices/since/?n=0", "/notices/"])
def test_what_is_asked_in_a_session_that_is_over_takes_no_cookie_away(end, path):
    zoe = make_person("zoe.finance")
    client = signed_in(zoe)
    if end == "deleted":
        Session.objects.all().delete()
    elif end == "epoch":
        end_sessions(actor=None, users=[zoe], why="it")
    else:
        User.objects.filter(pk=zoe.pk).update(is_active=False)
    # It may be answered after its person has signed in again, in another session.
    answer = client.get(path, headers={"accept": "application/json"})
    assert settings.SESSION_COOKIE_NAME not in answer.cookies
    assert not inside(client)


@pytest.mark.parametrize("path", ["/session/", "/sign-in/"])
def test_what_was_asked_before_a_sign_in_puts_no_old_token_back(path):
    """What a page sends with the token of its sign-in would be refused."""
    slow = Client()
    before = slow.get("/sign-in/").cookies[settings.CSRF_COOKIE_NAME].value
    answer = slow.get(path)
    assert answer.status_code == 200
    assert settings.CSRF_COOKIE_NAME not in answer.cookies
    assert "Cookie" in answer["Vary"]
    # Who has none, or one that Django cannot have made, is given one.
    slow.cookies[settings.CSRF_COOKIE_NAME] = "too short"
    assert slow.get(path).cookies[settings.CSRF_COOKIE_NAME].value not in ("", before)


def test_a_sign_out_takes_the_cookie_away():
    client = signed_in(make_person("zoe.finance"))
    assert client.post("/sign-out/").cookies[settings.SESSION_COOKIE_NAME].value == ""


def test_somebody_ends_their_own_other_sessions_and_stays():
    zoe = make_person("zoe.finance")
    here, elsewhere = signed_in(zoe), signed_in(zoe)
    key = here.session.session_key
    assert here.get("/sign-out/elsewhere/").status_code == 405
    answer = here.post("/sign-out/elsewhere/", {"next": "/search/"})
    assert (answer.status_code, answer["Location"]) == (302, "/search/")
    assert inside(here)
    assert here.session.session_key == key  # open pages go on with it
    assert not inside(elsewhere)
    assert last("session.all_ended").payload == {"why": "self"}


def test_a_session_of_before_the_first_end_is_djangos_own():
    zoe = make_person("zoe.finance")
    from django.contrib.auth.models import AbstractUser

    assert zoe.get_session_auth_hash() == AbstractUser.get_session_auth_hash(zoe)
    proofs = set()
    for epoch in range(3):
        zoe.session_epoch = epoch
        proofs.add(zoe.get_session_auth_hash())
    assert len(proofs) == 3


def test_a_password_changed_in_the_directory_ends_the_sessions(organisation):
    maryse, kevin = signed_in(user(LOGIN)), signed_in(user("kevin.placide"))
    organisation.modify(dn_of(LOGIN), "userPassword", hashed("Autre-mot-2026"))
    assert organisation_mark(organisation)
    run = sync()
    assert run.state == SyncRun.State.APPLIED
    assert run.counts == {"passwords_changed": 1}
    assert [item["login"] for item in run.diff["passwords_changed"]] == [LOGIN]
    assert not inside(maryse)
    assert inside(kevin)
    assert last("session.all_ended").payload == {"why": "password"}
    assert sync().state == SyncRun.State.UNCHANGED
    assert list(journal.verify()) == []


def organisation_mark(server) -> str:
    """What the directory itself says of the last change."""
    import ldap

    with server.admin() as connection:
        [(_, found)] = connection.search_s(
            dn_of(LOGIN), ldap.SCOPE_BASE, attrlist=["pwdChangedTime"]
        )
    return found.get("pwdChangedTime", [b""])[0].decode()


def test_who_signs_in_with_the_new_password_stays_and_the_old_sessions_end(organisation):
    old = signed_in(user(LOGIN))
    organisation.modify(dn_of(LOGIN), "userPassword", hashed("Autre-mot-2026"))
    new = Client()
    answer = new.post("/sign-in/", {"username": LOGIN, "password": "Autre-mot-2026"})
    assert answer.status_code == 302
    assert not inside(old)
    assert sync().state == SyncRun.State.UNCHANGED
    assert inside(new)


def test_asking_for_the_first_time_or_a_hidden_mark_ends_nothing(organisation):
    maryse = signed_in(user(LOGIN))
    Person.objects.update(password_mark=None)  # as an earlier version left it
    assert sync().state == SyncRun.State.APPLIED
    assert not Person.objects.filter(password_mark=None).exists()
    Person.objects.filter(user__username=LOGIN).update(password_mark="20260101000000Z")
    before = Person.objects.get(user__username=LOGIN).password_mark
    assert sync().state == SyncRun.State.UNCHANGED  # the directory shows none for her
    assert Person.objects.get(user__username=LOGIN).password_mark == before
    assert inside(maryse)


def test_marks_that_could_not_be_seen_before_end_nothing(organisation):
    """The reading account was not shown the attribute, and now is: of everybody at once."""
    organisation.modify(dn_of(LOGIN), "userPassword", hashed("Autre-mot-2026"))
    sync()
    maryse = signed_in(user(LOGIN))
    Person.objects.update(password_mark="")
    read = SyncRun.objects.latest("pk")
    SyncRun.objects.filter(pk=read.pk).update(started_at=read.started_at + timedelta(days=2))
    run = sync()
    assert (run.state, run.counts) == (SyncRun.State.APPLIED, {})
    assert Person.objects.get(user__username=LOGIN).password_mark
    assert inside(maryse)
    organisation.modify(dn_of(LOGIN), "userPassword", hashed("Encore-un-2026"))
    Person.objects.filter(user__username=LOGIN).update(password_mark="20260101000000Z")
    assert sync().counts == {"passwords_changed": 1}
    assert not inside(maryse)


def test_a_server_that_lags_behind_another_ends_nothing(organisation):
    organisation.modify(dn_of(LOGIN), "userPassword", hashed("Autre-mot-2026"))
    sync()
    maryse = signed_in(user(LOGIN))
    person = Person.objects.get(user__username=LOGIN)
    # A newer change was read from the other server of the same name.
    person.former_marks, person.password_mark = [person.password_mark], "20991231000000Z"
    person.save()
    assert sync().state == SyncRun.State.UNCHANGED
    assert inside(maryse)
    # Here the password of before may still be taken: that session is not to be trusted.
    new = Client()
    new.post("/sign-in/", {"username": LOGIN, "password": "Autre-mot-2026"})
    assert inside(new)
    assert inside(maryse)
    person.refresh_from_db()
    assert (person.password_mark, person.former_marks) == (organisation_mark(organisation), [])
