from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.utils import translation

from config.context import site
from directory.models import Role
from directory.models.grants import GroupGrant
from tests.directory.factories import group_of, join, make_person, make_service
from tests.intranet.notices.factories import make_notice, to_person


def _frame(user, **cookies):
    request = RequestFactory().get("/fr/")
    request.user = user
    request.COOKIES.update(cookies)
    return site(request)


def _drawn(nav):
    return ([link.url for link in nav.services], nav.edits, nav.is_it_admin, nav.unread)


def test_nothing_is_asked_for_an_anonymous_person(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert _drawn(_frame(AnonymousUser())["nav"]) == ([], False, False, 0)


def test_nothing_is_asked_where_the_frame_is_not_drawn(db, django_assert_num_queries):
    person = make_person("ana.lys", service=make_service("roads"))
    with django_assert_num_queries(0):
        _frame(person)


def test_the_frame_asks_thrice_however_many_services(db, django_assert_max_num_queries):
    person = make_person("ana.lys")
    for number in range(12):
        join(person, group_of(make_service(f"s{number}"), Role.MEMBER))
    with django_assert_max_num_queries(3):
        links, edits, it_admin, _unread = _drawn(_frame(person)["nav"])
    assert len(links) == 12
    assert (edits, it_admin) == (False, False)


def test_a_person_sees_their_own_services_once_by_name(db):
    civil = make_service("etat-civil", name_fr="État civil", name_en="Civil status")
    finance = make_service("finances", name_fr="Finances", name_en="Treasury")
    make_service("ports", name_fr="Ports", name_en="Harbours")
    person = make_person("ana.lys", service=finance, role=Role.HEAD)
    join(person, group_of(finance, Role.MEMBER))
    join(person, group_of(civil, Role.MEMBER))
    nav = _frame(person)["nav"]
    with translation.override("fr"):
        assert [(link.name, link.url) for link in nav.services] == [
            ("État civil", "/fr/etat-civil/"),
            ("Finances", "/fr/finances/"),
        ]
    with translation.override("en"):
        assert [link.name for link in nav.services] == ["Civil status", "Treasury"]


def test_no_link_leads_to_a_section_that_is_not_theirs(db):
    planning = make_service("planning")
    contractor = make_person("max.contractor", service=planning, outsider=True)
    colleague = make_person("ana.lys", service=planning)
    with translation.override("fr"):
        assert _drawn(_frame(contractor)["nav"])[0] == ["/fr/planning/"]
        # From then on the section is read by "everyone" alone, of whom the contractor is not.
        GroupGrant.objects.filter(content_object=planning.public_scope).delete()
        assert _drawn(_frame(contractor)["nav"])[0] == []
        assert _drawn(_frame(colleague)["nav"])[0] == ["/fr/planning/"]


def test_the_editor_is_offered_to_heads_and_contributors_alone(db):
    service = make_service("roads")
    offered = {
        role: _frame(make_person(f"{role}.x", service=service, role=role))["nav"].edits
        for role in (Role.MEMBER, Role.CONTRIBUTOR, Role.HEAD)
    }
    assert offered == {Role.MEMBER: False, Role.CONTRIBUTOR: True, Role.HEAD: True}


def test_the_administration_of_access_is_offered_to_it_admins_alone(db):
    assert _frame(make_person("it.x", it_admin=True))["nav"].is_it_admin
    assert not _frame(make_person("no.x"))["nav"].is_it_admin


def test_the_count_is_of_the_notices_that_are_for_the_person(db):
    reader, other = make_person("ana.lys"), make_person("leo.bo")
    make_notice("Pour toutes et tous")
    make_notice("Pour Ana", audiences=to_person(reader))
    assert _frame(reader)["nav"].unread == 2
    assert _frame(other)["nav"].unread == 1


def test_the_theme_comes_from_the_cookie_and_nothing_else_does():
    assert _frame(AnonymousUser(), marigot_theme="dark")["theme"] == "dark"
    assert _frame(AnonymousUser(), marigot_theme='"><script>')["theme"] == ""
    assert _frame(AnonymousUser())["theme"] == ""
