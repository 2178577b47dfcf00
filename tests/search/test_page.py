"""The page of results, the results while typing and the JSON, as different people get them."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import replace

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory import access, consumers
from directory.actions.memberships import add_member, remove_member
from directory.actions.people import deactivate_people
from directory.actions.scopes import create_scope
from directory.actions.services import rename_service
from directory.models import Role, ScopeKind, Service
from search import turns
from search.engines.base import Write
from search.schema import key_of
from tests.directory.factories import give, group_of, make_person, make_scope, make_service
from tests.html import element, elements, has, read_in, texts, values

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def city(tantivy_settings, papers):
    finance = make_service("finance", name_fr="Finances", name_en="Finance")
    schools = make_service("schools", name_fr="Écoles", name_en="Schools")
    people = {
        "member": make_person("mia.member", service=finance, title="Comptable"),
        "outsider": make_person("olga.outsider", service=schools, role=Role.HEAD),
        "stranger": make_person("sam.stranger", outsider=True),
    }
    consumers.drain("search-index")
    return people


def signed_in(person):
    client = Client()
    client.force_login(person, backend="directory.backends.ScopeBackend")
    return client


def ask(person, q, **data):
    return signed_in(person).get(reverse("search:search"), {"q": q} | data)


def titles(person, q, **data):
    answer = signed_in(person).get(reverse("search:api"), {"q": q} | data)
    assert answer.status_code == 200
    return [result["title"] for result in answer.json()["results"]]


def test_each_person_finds_what_they_may_see(city):
    assert sorted(titles(city["member"], "finances papiers", kind="paper")) == [
        "Finances closed", "Finances public", "Écoles public",
    ]  # fmt: skip
    assert sorted(titles(city["outsider"], "finances papiers", kind="paper")) == [
        "Finances public", "Écoles closed", "Écoles public",
    ]  # fmt: skip
    assert titles(city["stranger"], "finances papiers") == []


def test_a_revoked_right_counts_at_the_next_query_though_nothing_was_indexed(city):
    assert "Finances closed" in titles(city["member"], "finances")
    membership = city["member"].memberships.get(access_group__role=Role.MEMBER)
    remove_member(actor=None, membership=membership)
    assert "Finances closed" not in titles(city["member"], "finances")


def test_what_the_database_no_longer_shows_is_left_out_whatever_the_index_says(
    city, tantivy_settings, papers
):
    # The index is behind: it has the closed paper in the public scope.
    documents = papers.documents(list(papers.all_pks()))
    [closed] = [each for each in documents if each.title == "Finances closed"]
    service = Service.objects.get(slug="finance")
    moved = replace(closed, scope_id=service.public_scope_id)
    tantivy_settings.write(
        tantivy_settings.ensure(), [Write(key_of("paper", closed.pk), 10**9, moved)]
    )
    assert "Finances closed" not in titles(city["outsider"], "finances")
    page = ask(city["outsider"], "finances").content.decode()
    assert "Finances closed" not in page
    typed = signed_in(city["outsider"]).get(reverse("search:suggest"), {"q": "finances clo"})
    assert "closed" not in typed.content.decode()


def test_the_page_shows_current_titles_even_before_they_are_indexed(city):
    service = Service.objects.get(slug="finance")
    rename_service(actor=None, service=service, name_fr="Trésor <b>", name_en="Treasury")
    page = ask(city["member"], "finances")
    assert "Trésor <b> closed" in read_in(page)
    assert not has(page, "b")


def test_people_are_found_by_name_title_and_number(city):
    assert titles(city["outsider"], "mia") == ["Mia Member"]
    assert titles(city["outsider"], "comptable") == ["Mia Member"]
    assert titles(city["stranger"], "mia") == []


@pytest.mark.parametrize("phone", ["+590 590 87 50 04", "0590 87 50 04", "05.90.87.50.04"])
def test_people_are_found_by_their_number_however_it_is_spelt(city, phone):
    person = city["member"].person
    person.phone = phone
    person.save()
    rename_service(
        actor=None,
        service=Service.objects.get(slug="finance"),
        name_fr="Trésor",
        name_en="Treasury",
    )
    consumers.drain("search-index")
    for asked in ("0590875004", "+590590875004", "05 90 87 50 04", "00590 590 87 50 04"):
        assert titles(city["outsider"], asked) == ["Mia Member"], asked


def test_a_person_is_shown_by_what_reaches_them_and_not_by_index_fodder(city):
    person = city["member"].person
    person.mail, person.phone = "mia@example.org", "+33 5 36 49 00 26"
    person.save()
    page = ask(city["outsider"], "mia")
    assert has(page, "a[href='mailto:mia@example.org']", "mia@example.org")
    assert has(page, "a[href='tel:+33536490026']", "+33 5 36 49 00 26".replace(" ", "\xa0"))
    assert "Comptable" in read_in(page)
    assert not has(page, ".result-excerpt")
    assert has(page, "span", "Personne") or has(page, "span", "Person")


def test_a_deactivated_person_is_no_longer_found(city):
    person = city["member"].person
    deactivate_people(actor=None, source=person.source, ids=[person.external_id], why="disabled")
    assert titles(city["outsider"], "comptable") == []
    consumers.drain("search-index")
    assert titles(city["outsider"], "comptable") == []


def test_matches_are_marked_and_everything_is_escaped(city):
    page = ask(city["member"], 'finances "<script>alert(1)</script>').content.decode()
    assert "<script>alert" not in page
    page = ask(city["member"], "finances")
    [title] = [each for each in elements(page, "a:has(mark)") if read_in(each) == "Finances closed"]
    assert texts(title, "mark") == ["Finances"]


def test_facets_narrow_and_can_be_taken_back(city):
    member = city["member"]
    finance = Service.objects.get(slug="finance")
    page = ask(member, "papiers").content.decode()
    assert f"service={finance.pk}" in page
    page = ask(member, "papiers", service=str(finance.pk))
    assert has(page, "[aria-current='true']")
    found = titles(member, "papiers", service=str(finance.pk))
    assert sorted(found) == ["Finances closed", "Finances public"]
    assert len(titles(member, "papiers", period="older")) == 0
    assert len(titles(member, "papiers", period="year")) == 3
    assert titles(member, "papiers", period="week") == []
    assert titles(member, "papiers", kind="person") == []


def test_a_person_is_found_under_the_service_they_work_in(city):
    towns = make_service("towns", name_fr="Direction des villes", name_en="Towns")
    pay = make_service("pay", parent=towns, name_fr="Paie", name_en="Pay")
    clerk = make_person("paul.clerk", service=towns, title="Trésorier")
    add_member(actor=None, user=clerk, access_group=group_of(pay, Role.MEMBER))
    make_person("tom.teller", service=Service.objects.get(slug="schools"), title="Trésorier")
    consumers.drain("search-index")
    found = {each: titles(clerk, "trésorier", service=str(each.pk)) for each in (towns, pay)}
    assert found == {towns: [], pay: ["Paul Clerk"]}
    page = ask(clerk, "trésorier").content.decode()
    assert f"service={pay.pk}" in page  # and the facet counts them there
    assert f"service={towns.pk}" not in page


def test_the_name_of_a_service_is_told_only_to_whoever_may_see_it(city):
    finance = Service.objects.get(slug="finance")
    unknown = 900_001

    def answers(person, number):
        page = str(element(ask(person, "papiers", service=str(number)), "main"))
        api = signed_in(person).get(reverse("search:api"), {"q": "papiers", "service": str(number)})
        return page.replace(f"service={number}", "service="), api.content

    assert "Finances" in answers(city["outsider"], finance.pk)[0]
    assert "Finances" not in answers(city["stranger"], finance.pk)[0]
    assert answers(city["stranger"], finance.pk) == answers(city["stranger"], unknown)


def test_a_space_of_a_service_tells_its_name(city):
    finance = Service.objects.get(slug="finance")
    space = create_scope(
        actor=None, kind=ScopeKind.SPACE, label="budget", parent=finance.scope, inherits=False
    )
    assert "Finances" not in ask(city["stranger"], "papiers", service=finance.pk).content.decode()
    give(city["stranger"], access.Level.READ, space)
    assert "Finances" in ask(city["stranger"], "papiers", service=finance.pk).content.decode()


def test_names_of_services_are_asked_for_at_once_and_hidden_as_unknown_ones(city):
    """Those of the results, the facet and the filter together; spaces where these leave some."""
    finance = Service.objects.get(slug="finance")

    def asked(person, **data):
        with CaptureQueriesContext(connection) as statements:
            ask(person, "papiers", **data)
        found = [re.findall(r'FROM "(\w+)"', each["sql"])[:1] for each in statements]
        return (
            len(found),
            found.count(["directory_service"]),
            found.count(["directory_accessscope"]),
        )

    _, services, spaces = asked(city["member"], kind="paper", service=finance.pk)
    assert (services, spaces) == (1 + 1, 0)  # the rows of the papers are services too
    give(city["stranger"], access.Level.READ, make_scope("apart"))
    hidden = asked(city["stranger"], service=finance.pk)
    assert hidden == asked(city["stranger"], service=900_001)
    assert hidden[1:] == (1, 1)


def test_what_is_shared_out_of_a_service_does_not_tell_its_name(city, tantivy_settings, papers):
    """A closed paper set apart for an outsider, who reads nothing else of the service."""
    finance = Service.objects.get(slug="finance")
    apart = make_scope("apart", parent=finance.scope, inherits=False)
    give(city["stranger"], access.Level.READ, apart)
    [closed] = papers.documents([f"{finance.pk}-closed"])
    papers.apart[closed.pk] = apart.pk
    write = Write(closed.key, 10**9, replace(closed, scope_id=apart.pk))
    tantivy_settings.write(tantivy_settings.ensure(), [write])
    assert titles(city["stranger"], "papiers") == ["Finances closed"]
    answer = signed_in(city["stranger"]).get(reverse("search:api"), {"q": "papiers"}).json()
    assert [each["service"] for each in answer["results"]] == [""]
    page = ask(city["stranger"], "papiers", service=str(finance.pk))
    assert "closed" in read_in(page)
    assert not has(page, "span", "Finances")


@pytest.mark.parametrize(
    "data",
    [
        {"page": "999"}, {"page": "-1"}, {"page": "x"}, {"service": "x"}, {"service": "9" * 30},
        {"period": "yesterday"}, {"kind": "\x00"}, {"sort": "size"}, {"words": "some"},
        {"language": "é" * 500},
    ],
)  # fmt: skip
def test_senseless_parameters_are_no_error(city, data):
    assert ask(city["member"], "papiers", **data).status_code == 200


def test_what_narrows_the_results_is_shown_above_them_and_can_be_taken_away(city):
    page = ask(city["member"], "finances", kind="paper", language="fr")
    assert sorted(values(page, "a.chip[rel='nofollow'][aria-label]", "href")) == [
        "?q=finances&kind=paper",
        "?q=finances&language=fr",
    ]


@pytest.mark.parametrize(("language", "words"), [("fr", "3 résultats"), ("en", "3 results")])
def test_results_are_counted_in_the_language_of_the_reader(city, language, words):
    client = signed_in(city["member"])
    client.cookies["marigot_language"] = language
    shown = client.get(reverse("search:search"), {"q": "papiers", "kind": "paper"})
    assert has(shown, "strong", words)


def test_a_very_long_query_does_not_fill_the_page(city):
    shown = ask(city["member"], "marché public " * 80)
    assert len(read_in(element(shown, "h1"))) < 140


def test_nothing_found_says_what_to_do(city):
    page = ask(city["member"], "zzzzzz")
    assert has(page, ".empty-title")
    assert has(page, ".advice")


def test_a_slip_is_forgiven_among_visible_words_only(city):
    assert has(ask(city["member"], "finnances"), "strong", "finances")
    page = ask(city["stranger"], "finnances").content.decode()
    assert "finances" not in page.replace("finnances", "")


def test_all_the_words_or_most_of_them(city):
    member = city["member"]
    assert len(titles(member, "finances écoles", kind="paper")) == 3
    page = ask(member, "écoles public").content.decode()
    assert "words=all" in page
    assert titles(member, "écoles public", words="all") == ["Écoles public"]
    assert titles(member, "écoles public", sort="date") == ["Écoles public"]
    relaxed = ask(member, "écoles rhinocéros", words="all").content.decode()
    assert "Écoles" in relaxed


def test_results_while_typing(city):
    answer = signed_in(city["member"]).get(reverse("search:suggest"), {"q": "fina"})
    assert len(elements(answer, "[role='listbox'] [role='option']")) == 2
    assert not has(answer, "mark") or "Finances" in read_in(answer)
    assert not has(answer, "html")
    answer = signed_in(city["stranger"]).get(reverse("search:suggest"), {"q": "fina"})
    assert not has(answer, "[role='option']")
    answer = signed_in(city["member"]).get(reverse("search:suggest"), {"q": ""})
    assert answer.status_code == 200


def test_nothing_is_kept_by_caches(city):
    for name in ("search:search", "search:suggest", "search:api"):
        answer = signed_in(city["member"]).get(reverse(name), {"q": "finances"})
        assert "no-store" in answer["Cache-Control"]
        assert "private" in answer["Cache-Control"]


def test_query_counts_do_not_grow_with_the_results(
    city, django_assert_num_queries, django_assert_max_num_queries
):
    client = signed_in(city["member"])
    url = reverse("search:suggest")
    client.get(url, {"q": "finances"})
    # Session, account, scopes; papers: scopes, rows; people: rows, groups; services.
    with django_assert_max_num_queries(8):
        client.get(url, {"q": "finances"})
    for number in range(12):
        make_service(f"s{number}", name_fr=f"Finances {number}", name_en=f"Finance {number}")
    consumers.drain("search-index")
    with django_assert_max_num_queries(8):
        client.get(url, {"q": "finances"})
    with django_assert_max_num_queries(8):  # the names of the services in the facet among them
        client.get(reverse("search:api"), {"q": "finances"})


def test_when_the_engine_is_down_the_page_says_so_and_the_rest_works(city, settings):
    settings.SEARCH = "http://127.0.0.1:9"
    client = signed_in(city["member"])
    answer = client.get(reverse("search:search"), {"q": "finances"})
    assert answer.status_code == 503
    assert has(answer, "main [role='status']")
    assert client.get(reverse("search:api"), {"q": "finances"}).status_code == 503
    fragment = client.get(reverse("search:suggest"), {"q": "finances"})
    assert fragment.status_code == 200
    assert not has(fragment, "[role='option']")
    ready = client.get("/health/ready").json()
    assert ready["parts"]["search"] == "unavailable"
    assert client.get("/health/ready").status_code == 200


def test_a_person_searches_with_fewer_threads_than_read_in_a_process():
    assert turns.SEARCHES.most < settings.VIEWS_AT_WORK


def test_only_reading_is_possible(city):
    assert signed_in(city["member"]).post(reverse("search:search")).status_code == 405


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "encore en cours"), ("en", "still running")]
)
def test_whoever_searches_too_much_at_once_is_told_to_ask_again(city, language, words):
    member, other = city["member"], city["outsider"]
    client = signed_in(member)
    client.cookies["marigot_language"] = language
    with ExitStack() as at_work:
        for _ in range(turns.SEARCHES.most):
            at_work.enter_context(turns.SEARCHES.one(member))
        for name in ("search:search", "search:api"):
            answer = client.get(reverse(name), {"q": "finances"})
            assert answer.status_code == 429
            assert int(answer["Retry-After"]) > 0
        assert words in answer.json()["error"]
        page = client.get(reverse("search:search"), {"q": "finances", "sort": "date"})
        assert words in page.content.decode()
        assert has(page, "a[href='/search/?q=finances&sort=date']")
        assert client.get(reverse("search:suggest"), {"q": "finances"}).status_code == 429
        assert titles(other, "finances papiers", kind="paper")
    assert client.get(reverse("search:search"), {"q": "finances"}).status_code == 200
