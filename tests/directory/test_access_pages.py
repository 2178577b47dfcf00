"""The administration of access: people, grants, services."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from directory import access, throttle
from directory.access import Level
from directory.actions.grants import grant_access
from directory.actions.people import deactivate_people
from directory.actions.scopes import create_scope
from directory.models import (
    AccessGroup,
    DirGroup,
    GroupRule,
    JournalEntry,
    Membership,
    Role,
    ScopeKind,
    Service,
    User,
)
from directory.models.grants import GroupGrant, UserGrant
from tests.html import elements, has

from .access_world import SECRET, admin, client, world
from .factories import (
    give,
    group_of,
    join,
    make_group,
    make_person,
    make_scope,
    make_service,
    make_source,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
__all__ = ["admin", "client", "world"]  # fixtures


def pages(world) -> list[str]:
    return [
        reverse("directory:access"),
        reverse("directory:access_people"),
        reverse("directory:access_people") + "?q=mia&state=active",
        reverse("directory:access_person", args=[world.member.pk]),
        reverse("directory:access_services"),
        reverse("directory:access_service", args=["finance"]),
        reverse("directory:access_group", args=[AccessGroup.objects.get(role=Role.EVERYONE).pk]),
        reverse("directory:access_scopes"),
        reverse("directory:access_scopes") + "?q=finance",
        reverse("directory:access_scope", args=[world.secret.pk]),
        reverse("directory:access_review"),
        reverse("directory:access_explain"),
        reverse("directory:access_explain") + "?who=mia&what=finance",
        f"{reverse('directory:access_explain')}?person={world.member.pk}&scope={world.secret.pk}",
        reverse("directory:access_directory"),
        reverse("directory:access_check"),
        reverse("directory:access_connection"),
        reverse("directory:access_run", args=[world.run.pk]),
        reverse("directory:access_jobs"),
        reverse("directory:access_rules"),
        reverse("directory:access_rule_new"),
        f"{reverse('directory:access_rule_new')}?dir_group={world.group.pk}"
        f"&access_group={group_of(world.service, Role.HEAD).pk}&nested=on",
        reverse("directory:access_rule", args=[world.rule.pk]),
        reverse("directory:access_journal"),
        reverse("directory:access_journal") + "?service=finance&outcome=done&since=2020-01-01",
    ]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_shows_in_both_languages_and_tells_no_secret(client, world, language):
    client.cookies["marigot_language"] = language
    for url in pages(world):
        response = client.get(url)
        assert response.status_code == 200, url
        text = response.content.decode()
        assert SECRET not in text, url
        if not url.endswith(("/check/", "/connection/")):  # parts of a page
            assert has(response, f"html[lang='{language}']")


def test_a_reading_says_whether_it_was_of_everything(client, world):
    url, words = reverse("directory:access_run", args=[world.run.pk]), "had just been written"
    assert words not in client.get(url).content.decode()
    world.run.is_whole = False
    world.run.save()
    assert words in client.get(url).content.decode()


def test_to_everybody_else_the_pages_do_not_exist(world):
    client = Client()
    for user in (world.head, world.member, User.objects.create_superuser("root", "", "x" * 20)):
        client.force_login(user, backend="directory.backends.DirectoryBackend")
        for url in pages(world):
            assert client.get(url).status_code == 404, url
        assert client.post(reverse("directory:access_journal_export")).status_code == 404
        assert client.get(reverse("directory:access_journal_export")).status_code == 404


def test_a_deactivated_administrator_is_out_at_once(client, admin, world):
    deactivate_people(
        actor=None, source=make_source(), ids=[admin.person.external_id], why="disabled"
    )
    assert client.get(reverse("directory:access"))["Location"].startswith("/sign-in/")


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("access", 15),
        ("access_people", 10),
        ("access_services", 12),
        ("access_scopes", 12),
        ("access_rules", 9),
        ("access_journal", 14),
    ],
)
def test_lists_ask_as_much_of_many_as_of_few(
    client, world, name, most, django_assert_max_num_queries
):
    url = reverse(f"directory:{name}")
    with django_assert_max_num_queries(most) as few:
        client.get(url)
    for number in range(12):
        service = make_service(f"service-{number}")
        person = make_person(f"p.{number}", service=service, role=Role.HEAD)
        folder = create_scope(actor=None, kind=ScopeKind.FOLDER, label="x", parent=service.scope)
        give(person, Level.READ, folder)
        group = DirGroup.objects.create(
            source=make_source(), external_id=f"{number + 1:032d}", name=f"g-{number}"
        )
        GroupRule.objects.create(dir_group=group, access_group=group_of(service, Role.HEAD))
    with django_assert_max_num_queries(most) as many:
        client.get(url)
    assert len(many) == len(few)


def test_the_pages_of_one_thing_ask_as_much_with_many_grants(
    client, world, django_assert_max_num_queries
):
    urls = [
        reverse("directory:access_person", args=[world.member.pk]),
        reverse("directory:access_scope", args=[world.secret.pk]),
        reverse("directory:access_service", args=["finance"]),
        f"{reverse('directory:access_explain')}?person={world.member.pk}&scope={world.secret.pk}",
    ]
    give(world.member, Level.READ, world.secret)
    few = []
    for url in urls:
        with django_assert_max_num_queries(24) as asked:
            client.get(url)
        few.append(len(asked))
    for number in range(10):
        other = make_service(f"other-{number}")
        join(world.member, group_of(other, Role.CONTRIBUTOR))
        give(world.member, Level.READ, other.scope)
        person = make_person(f"p.{number}", service=world.service)
        give(person, Level.MANAGE, world.secret)
    for url, number in zip(urls, few, strict=True):
        with django_assert_max_num_queries(number):
            client.get(url)


# People


def test_a_person_in_many_groups_is_shown_a_page_at_a_time(client, world):
    for number in range(60):
        join(world.member, make_group(f"group {number:02}"))
    url = reverse("directory:access_person", args=[world.member.pk])
    first, second = (client.get(url, {"page": page}).content.decode() for page in (1, 2))
    assert first.count("/access/memberships/") == 50
    assert "Remove from group 00" in first
    assert "Remove from group 59" not in first
    assert "Remove from group 59" in second


def test_the_places_of_a_person_are_shown_a_page_at_a_time(client, world):
    for number in range(60):
        give(world.member, Level.READ, make_scope(f"place {number:02}"))
    url = reverse("directory:access_person", args=[world.member.pk])
    shown = [client.get(url, {"place": page}) for page in (1, 2)]
    assert len(elements(shown[0], "a[href*='&scope=']")) == 50
    assert len(elements(shown[1], "a[href*='&scope=']")) >= 10


def test_a_person_shows_what_is_over_and_the_folders_given_to_them(client, admin, world):
    below = create_scope(
        actor=None, kind=ScopeKind.DOCUMENT, label=f"{SECRET}.pdf", parent=world.service.scope
    )
    follows = create_scope(actor=None, kind=ScopeKind.FOLDER, label="x", parent=below)
    grant = give(world.member, Level.READ, world.secret)
    to_all = give(group_of(world.service, Role.MEMBER), Level.CONTRIBUTE, below)
    url = reverse("directory:access_person", args=[world.member.pk])

    def listed():
        return {
            place.label.pk: (str(place.label), place.level)
            for place in client.get(url).context["places"]
        }

    folder, document = f"Folder no. {world.secret.pk}", f"Document no. {below.pk}"
    assert listed()[world.secret.pk] == (folder, Level.READ)
    assert listed()[below.pk] == (document, Level.CONTRIBUTE)
    assert follows.pk not in listed()
    text = client.get(url).content.decode()
    assert SECRET not in text
    assert "expired" not in text
    yesterday = timezone.now() - timedelta(days=1)
    UserGrant.objects.filter(pk=grant.pk).update(expires_at=yesterday)
    assert "expired" in client.get(url).content.decode()
    assert world.secret.pk not in listed()
    GroupGrant.objects.filter(pk=to_all.pk).update(expires_at=yesterday)
    assert below.pk not in listed()
    give(world.member, Level.READ, world.secret)
    give(admin, Level.READ, world.secret)
    assert listed()[world.secret.pk] == (SECRET, Level.READ)


def test_people_are_found_by_parts_of_names_and_by_state(client, world):
    url = reverse("directory:access_people")
    assert "Mia Member" in client.get(url, {"q": "mem mi"}).content.decode()
    assert "Hal Head" not in client.get(url, {"q": "mem mi"}).content.decode()
    assert "Mia Member" not in client.get(url, {"state": "closed"}).content.decode()
    assert "Nobody found" in client.get(url, {"q": "%_"}).content.decode()


def test_a_membership_is_given_and_taken_by_hand(client, admin, world):
    other = make_service("schools")
    group = group_of(other, Role.CONTRIBUTOR)
    url = reverse("directory:access_member_add", args=[world.member.pk])
    assert client.post(url, {"access_group": group.pk}).status_code == 302
    assert access.can(world.member, Level.CONTRIBUTE, other.scope)
    assert client.post(url, {"access_group": group.pk}).status_code == 422
    membership = Membership.objects.get(user=world.member, access_group=group)
    client.post(reverse("directory:access_member_remove", args=[membership.pk]))
    assert not access.can(world.member, Level.READ, other.scope)
    entries = JournalEntry.objects.filter(actor=admin).values_list("action", flat=True)
    assert list(entries) == ["membership.added", "membership.removed"]


def test_a_membership_of_the_directory_is_not_taken_by_hand(client, world):
    membership = Membership.objects.create(
        user=world.member, access_group=group_of(world.service, Role.HEAD), origin="directory"
    )
    url = reverse("directory:access_member_remove", args=[membership.pk])
    assert client.post(url).status_code == 404


def test_the_last_administrator_stays(client, admin, world):
    membership = Membership.objects.get(user=admin, access_group__role=Role.IT_ADMIN)
    url = reverse("directory:access_member_remove", args=[membership.pk])
    response = client.post(url, follow=True)
    assert "Nobody would be left" in response.content.decode()
    assert access.is_it_admin(admin)
    make_person("second.admin", it_admin=True)
    client.post(url)
    assert not access.is_it_admin(admin)


def test_somebody_held_after_too_many_attempts_is_released(client, world, settings):
    AccessAttempt.objects.create(
        username=throttle.name_of("mia.member"),
        ip_address="192.0.2.1",
        failures_since_start=settings.AXES_FAILURE_LIMIT,
        attempt_time=timezone.now(),
    )
    page = reverse("directory:access_person", args=[world.member.pk])
    assert "Let them try now" in client.get(page).content.decode()
    client.post(reverse("directory:access_release", args=[world.member.pk]))
    assert "Let them try now" not in client.get(page).content.decode()
    assert JournalEntry.objects.filter(action="session.released").exists()


# Services


def test_a_service_is_added_and_renamed(client, admin, world):
    url = reverse("directory:access_service_new")
    data = {"name_fr": "Port", "name_en": "Harbour", "slug": "port", "parent": world.service.pk}
    assert client.get(url).status_code == 200
    assert client.post(url, data | {"name_en": ""}).status_code == 422
    assert client.post(url, data | {"slug": "finance"}).status_code == 422
    assert client.post(url, data)["Location"] == "/access/services/port/"
    made = Service.objects.get(slug="port")
    assert (made.parent, made.access_groups.count()) == (world.service, 3)
    edit = reverse("directory:access_service_edit", args=["port"])
    assert client.post(edit, {"name_fr": "Le port", "name_en": "The harbour"}).status_code == 302
    made.refresh_from_db()
    assert (made.name_fr, made.name_en, made.slug) == ("Le port", "The harbour", "port")
    entries = JournalEntry.objects.filter(actor=admin, object_type="directory.service")
    assert list(entries.values_list("action", flat=True)) == ["service.created", "service.renamed"]
    pasted = {"name_fr": "Le\u00a0 po\u00adrt\u200b", "name_en": "\u200bThe quay"}
    assert client.post(edit, pasted).status_code == 302
    made.refresh_from_db()
    assert (made.name_fr, made.name_en) == ("Le port", "The quay")
    assert client.post(edit, pasted | {"name_fr": "\u200b\u00ad"}).status_code == 422


# What is left behind, and what is said before something is taken away


def test_what_somebody_gave_who_is_gone_is_kept_or_ended(client, admin, world):
    grants = [
        grant_access(actor=world.head, scope=world.secret, level=Level.READ, to=to)
        for to in (world.member, group_of(make_service("schools"), Role.MEMBER))
    ]
    url = reverse("directory:access_review")
    assert "Nothing to review" in client.get(url).content.decode()
    deactivate_people(
        actor=None, source=make_source(), ids=[world.head.person.external_id], why="disabled"
    )
    text = client.get(url).content.decode()
    assert "Mia Member" in text
    assert "account closed" in text
    assert SECRET not in text
    kept, ended = grants
    sent = {"review": "yes"}
    keep = reverse("directory:access_keep", args=["user", kept.pk])
    assert client.post(keep, sent)["Location"] == url
    client.post(reverse("directory:access_revoke", args=["group", ended.pk]), sent)
    assert "Nothing to review" in client.get(url).content.decode()
    kept.refresh_from_db()
    assert kept.granted_by == admin
    assert not GroupGrant.objects.filter(pk=ended.pk).exists()


def test_the_list_asks_as_much_of_many_as_of_few(client, world, django_assert_num_queries):
    head = make_person("gone.head", active=False)
    places = [
        create_scope(actor=None, kind=ScopeKind.FOLDER, label=str(n), parent=world.service.scope)
        for n in range(12)
    ]

    def give_some(some):
        for place in some:
            for to in (world.member, group_of(world.service, Role.MEMBER)):
                grant = give(to, Level.READ, place)
                type(grant).objects.filter(pk=grant.pk).update(granted_by=head)

    give_some(places[:1])
    url = reverse("directory:access_review")
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    give_some(places[1:])
    with django_assert_num_queries(len(few)):
        client.get(url)


def test_before_a_grant_is_taken_away_it_is_said_what_that_does(client, world):
    guest = make_person("gus.guest")
    other = make_person("olga.other")
    own = give(guest, Level.MANAGE, world.secret)
    grant_access(actor=guest, scope=world.secret, level=Level.READ, to=other)
    url = reverse("directory:access_revoke", args=["user", own.pk])
    shown = client.get(url)
    before = set(access.readers(world.secret))
    assert [line.who for line in shown.context["ends"]] == ["Olga Other"]
    assert client.post(url).status_code == 302
    lost = before - set(access.readers(world.secret))
    assert set(shown.context["losing"]) == lost == {guest, other}
    assert shown.context["loses"] == 2
    assert shown.context["loses_elsewhere"] == 0
    assert SECRET not in shown.content.decode()


def test_who_loses_another_place_with_it_is_counted_too(client, world):
    guest, other, third = (make_person(login) for login in ("gus.guest", "olga.other", "tom.third"))
    own = give(guest, Level.MANAGE, world.secret)
    inner = make_scope("inner", parent=world.secret)
    through = give(other, Level.READ, inner)
    UserGrant.objects.filter(pk=through.pk).update(granted_by=guest, basis_user=own)
    through = give(third, Level.READ, inner)
    UserGrant.objects.filter(pk=through.pk).update(granted_by=guest, basis_user=own)
    give(third, Level.CONTRIBUTE, inner)  # stays
    url = reverse("directory:access_revoke", args=["user", own.pk])
    shown = client.get(url, headers={"accept-language": "en"})
    before = set(access.readers(inner))
    assert client.post(url).status_code == 302
    lost = before - set(access.readers(inner))
    assert set(shown.context["losing_elsewhere"]) == lost == {other}
    assert "1 person will no longer see at least one of the other places" in shown.content.decode()
