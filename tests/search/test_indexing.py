"""The index follows the journal, is made anew beside itself, and loses nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from directory import consumers, context, journal, periodic
from directory.actions.people import deactivate_people
from directory.actions.services import create_service, rename_service
from directory.consumers.runner import TryLater
from directory.models import AccessScope, ConsumerCursor, JournalEntry, ParkedEntry, Service
from search import engines, indexer, rebuild, schema
from search import periodic as search_periodic
from search.engines.base import Engine, SearchUnavailable, Selection, Write
from tests.directory.factories import event, make_person, make_service

from .conftest import make_engine
from .shelf import find, pks

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["tantivy", "elasticsearch"])
def at_work(request, settings, tmp_path):
    """The engine that the site's settings name: each in turn."""
    made = make_engine(request.param, request, tmp_path)
    settings.SEARCH_FOLDER = tmp_path / "index"
    if request.param == "tantivy":
        settings.SEARCH, settings.SEARCH_PREFIX = "tantivy", "test"
    else:
        settings.SEARCH = request.getfixturevalue("elasticsearch_url")
        settings.SEARCH_PREFIX = made.prefix
        engines.engine().patience = made.patience  # the second of a site is for people
    yield engines.engine()
    for name in made.names():
        made.drop(name)


def all_scopes():
    return sorted(AccessScope.objects.values_list("pk", flat=True))


PAPERS = Selection(kinds=("paper",))


def papers_found(engine, raw):
    found = find(engine, raw, all_scopes(), selection=PAPERS, every_word=True, limit=100)
    return sorted("".join(text for text, _ in hit.title) for hit in found.hits)


def delete(service):
    """Nothing deletes a service; this stands for the kinds whose objects go."""
    with journal.transaction():
        journal.append(event("service.deleted"), obj=service, actor=None)
        service.access_groups.all().delete()
        Service.objects.filter(pk=service.pk).delete()


def test_the_index_follows_what_is_made_renamed_and_removed(at_work, papers):
    service = make_service("finance", name_fr="Finances")
    assert consumers.drain("search-index")
    assert papers_found(at_work, "finances") == ["Finances closed", "Finances public"]
    rename_service(actor=None, service=service, name_fr="Trésor", name_en="Treasury")
    consumers.drain("search-index")
    assert papers_found(at_work, "finances") == []
    assert papers_found(at_work, "trésor") == ["Trésor closed", "Trésor public"]
    delete(service)
    consumers.drain("search-index")
    assert papers_found(at_work, "trésor") == []
    [entry] = journal_entries("service.deleted")
    key = f"paper:{service.pk}-closed"
    assert at_work.holds([key]) == {key: entry.sequence}


def test_a_write_carries_the_number_of_the_newest_entry_that_it_includes(at_work, papers):
    service = make_service("finance")
    newest = journal.last_sequence()
    consumers.drain("search-index")
    key = f"paper:{service.pk}-public"
    assert at_work.holds([key]) == {key: newest}


def test_what_the_index_holds_already_is_not_read_again(at_work, papers, monkeypatch):
    """Behind by two batches, an object with an entry in each is read once, as it is now."""
    monkeypatch.setattr(indexer.Indexer, "batch_size", 1)
    service = make_service("finance", name_fr="Finances")
    rename_service(actor=None, service=service, name_fr="Trésor", name_en="Treasury")
    read = []
    documents = papers.documents

    def noting(keys):
        read.extend(keys)
        return documents(keys)

    monkeypatch.setattr(papers, "documents", noting)
    assert consumers.drain("search-index") > 1
    assert sorted(read) == [f"{service.pk}-closed", f"{service.pk}-public"]
    assert papers_found(at_work, "trésor") == ["Trésor closed", "Trésor public"]
    rename_service(actor=None, service=service, name_fr="Caisse", name_en="Till")
    consumers.drain("search-index")
    assert papers_found(at_work, "caisse") == ["Caisse closed", "Caisse public"]


def test_what_people_do_comes_before_a_long_queue(at_work, papers, monkeypatch):
    person = make_person("ida.admin", it_admin=True)
    for number in range(3):
        make_service(f"s{number}", name_fr=f"Reprise{number}")
    queue = list(JournalEntry.objects.order_by("sequence"))
    token = context.request_id.set("a-request")
    mine = create_service(actor=person, slug="mine", name_fr="Dossier", name_en="File")
    context.request_id.reset(token)
    at_work_now = indexer.Indexer()
    at_work_now.handle(queue[:-1])
    assert papers_found(at_work, "dossier") == [], "no long queue, no hurry"
    monkeypatch.setattr(indexer.Indexer, "many", 2)
    at_work_now.handle(queue[:-1])
    assert papers_found(at_work, "dossier") == ["Dossier closed", "Dossier public"]
    # In its turn it says nothing new; what came after it does.
    rename_service(actor=None, service=mine, name_fr="Registre", name_en="Register")
    consumers.drain("search-index")
    assert papers_found(at_work, "registre") == ["Registre closed", "Registre public"]
    assert papers_found(at_work, "dossier") == []
    assert len(papers_found(at_work, "reprise2")) == 2


def test_while_an_index_is_built_what_the_searched_one_holds_is_written_all_the_same(
    at_work, papers
):
    """A writer that was killed between the two indexes handles its entries again."""
    make_service("finance", name_fr="Finances")
    consumers.drain("search-index")
    building = at_work.create()
    at_work.set_building(building)
    ConsumerCursor.objects.filter(name="search-index").update(sequence=0)
    consumers.drain("search-index")
    at_work.promote(building)
    at_work.refresh(building)
    assert papers_found(at_work, "finances") == ["Finances closed", "Finances public"]


def journal_entries(action):
    return list(JournalEntry.objects.filter(action=action))


def test_handling_again_changes_nothing(at_work, papers):
    make_service("finance", name_fr="Finances")
    consumers.drain("search-index")
    ConsumerCursor.objects.filter(name="search-index").update(sequence=0)
    consumers.drain("search-index")
    assert papers_found(at_work, "finances") == ["Finances closed", "Finances public"]
    assert at_work.stats(at_work.live()).documents == 2
    assert not ParkedEntry.objects.exists()


def test_a_slow_writer_that_read_an_old_state_does_not_win(at_work, papers):
    service = make_service("finance", name_fr="Finances")
    [entry] = journal_entries("service.created")
    old = list(papers.documents([f"{service.pk}-public"]))
    rename_service(actor=None, service=service, name_fr="Trésor", name_en="Treasury")
    consumers.drain("search-index")
    indexer.write(at_work, [Write(each.key, entry.sequence, each) for each in old])
    assert papers_found(at_work, "trésor") == ["Trésor closed", "Trésor public"]
    assert papers_found(at_work, "finances") == []


def test_people_follow_the_directory(at_work):
    person = make_person("mia.member", title="Jardinière").person
    consumers.drain("search-index")
    assert pks(find(at_work, "jardinière", all_scopes())) == [str(person.pk)]
    deactivate_people(actor=None, source=person.source, ids=[person.external_id], why="disabled")
    consumers.drain("search-index")
    assert pks(find(at_work, "jardinière", all_scopes())) == []


def test_while_the_engine_is_down_the_indexer_waits_and_then_catches_up(at_work, papers, settings):
    working = settings.SEARCH
    settings.SEARCH = "http://127.0.0.1:9"
    make_service("finance", name_fr="Finances")
    with pytest.raises(TryLater):
        consumers.drain("search-index")
    make_service("schools", name_fr="Écoles")
    with pytest.raises(TryLater):
        consumers.drain("search-index")
    assert not ParkedEntry.objects.exists()
    settings.SEARCH = working
    consumers.drain("search-index")
    assert papers_found(at_work, "finances") == ["Finances closed", "Finances public"]
    assert papers_found(at_work, "écoles") == ["Écoles closed", "Écoles public"]


def test_a_rebuild_makes_the_same_index_anew_and_removes_the_old(at_work, papers):
    make_service("finance", name_fr="Finances")
    consumers.drain("search-index")
    before = at_work.live()
    rebuilt = rebuild.rebuild(at_work)
    assert at_work.live() == rebuilt != before
    assert at_work.names() == [rebuilt]
    assert at_work.building() is None
    assert papers_found(at_work, "finances") == ["Finances closed", "Finances public"]


def test_a_rebuild_heals_what_the_index_missed(at_work, papers):
    service = make_service("treasury", name_fr="Finances")
    consumers.drain("search-index")
    Service.objects.filter(pk=service.pk).update(name_fr="Trésor")  # behind the journal's back
    rebuild.rebuild(at_work)
    assert papers_found(at_work, "trésor") == ["Trésor closed", "Trésor public"]
    assert papers_found(at_work, "finances") == []


def test_a_rebuild_loses_nothing_that_is_written_meanwhile(at_work, papers):
    """At every step of the rebuild somebody writes, and the indexer follows."""
    kept = [make_service(f"s{n}", name_fr=f"Ancien{n}") for n in range(6)]
    consumers.drain("search-index")
    made = []

    def meanwhile(kind, done, total):
        number = len(made)
        made.append(make_service(f"new{number}", name_fr=f"Nouveau{number}"))
        if number < 3:
            rename_service(
                actor=None, service=kept[number], name_fr=f"Autre{number}", name_en="Other"
            )
            delete(kept[-1 - number])
        consumers.drain("search-index")
        # The search goes on meanwhile, and is up to date.
        assert papers_found(at_work, f"nouveau{number}") == [
            f"Nouveau{number} closed",
            f"Nouveau{number} public",
        ]

    rebuild.rebuild(at_work, meanwhile)
    assert len(made) >= 3
    for number in range(len(made)):
        assert len(papers_found(at_work, f"nouveau{number}")) == 2
    for number in range(3):
        assert papers_found(at_work, f"ancien{number}") == []
        assert len(papers_found(at_work, f"autre{number}")) == 2
        assert papers_found(at_work, f"ancien{5 - number}") == []


def test_writes_that_the_indexer_had_not_reached_come_after_a_rebuild(at_work, papers):
    make_service("finance", name_fr="Finances")
    consumers.drain("search-index")

    def meanwhile(kind, done, total):
        if not Service.objects.filter(slug="late").exists():
            make_service("late", name_fr="Tardif")

    rebuild.rebuild(at_work, meanwhile)
    consumers.drain("search-index")
    assert papers_found(at_work, "tardif") == ["Tardif closed", "Tardif public"]


class Interrupted(Exception):
    pass


def test_what_an_interrupted_rebuild_left_is_swept_by_the_next(at_work, papers):
    make_service("finance", name_fr="Finances")
    consumers.drain("search-index")
    live = at_work.live()

    def interrupt(kind, done, total):
        raise Interrupted

    with pytest.raises(Interrupted):
        rebuild.rebuild(at_work, interrupt)
    assert at_work.live() == live
    assert len(at_work.names()) == 2
    make_service("schools", name_fr="Écoles")
    consumers.drain("search-index")
    assert papers_found(at_work, "écoles") == ["Écoles closed", "Écoles public"]
    rebuilt = rebuild.rebuild(at_work)
    assert at_work.names() == [rebuilt]
    assert papers_found(at_work, "finances écoles") == []
    assert len(papers_found(at_work, "finances")) == 2


def test_a_rebuild_that_was_overtaken_gives_up(at_work, papers):
    make_service("finance")
    consumers.drain("search-index")

    def overtake(kind, done, total):
        at_work.set_building(at_work.create())

    with pytest.raises(rebuild.RebuildOvertaken):
        rebuild.rebuild(at_work, overtake)


def test_two_rebuilds_at_once_are_refused(at_work, papers):
    def second(kind, done, total):
        with pytest.raises(rebuild.RebuildUnderWay):
            rebuild.rebuild(at_work)

    make_service("finance")
    rebuild.rebuild(at_work, second)


def test_an_index_that_was_lost_is_made_anew_from_the_database(at_work, papers):
    make_service("finance", name_fr="Finances")
    consumers.drain("search-index")
    for lost in at_work.names():
        at_work.drop(lost)
    make_service("schools", name_fr="Écoles")
    consumers.drain("search-index")
    assert len(papers_found(at_work, "finances")) == 2
    assert len(papers_found(at_work, "écoles")) == 2


def test_a_lost_index_is_made_anew_though_nothing_is_written(at_work, papers):
    make_service("finance", name_fr="Finances")
    consumers.drain("search-index")
    for lost in at_work.names():
        at_work.drop(lost)
    assert not periodic.attempt(periodic.get("search.restore")).failures
    assert len(papers_found(at_work, "finances")) == 2


def test_the_clock_waits_for_an_engine_that_is_down(at_work, papers, monkeypatch, caplog):
    def down() -> Engine:
        raise SearchUnavailable("nobody answers")

    monkeypatch.setattr(search_periodic, "engine", down)
    for name in ("search.restore", "search.forget"):
        assert periodic.attempt(periodic.get(name)).failure == "TryLater: nobody answers"
    told = [record for record in caplog.records if "nobody answers" in record.getMessage()]
    assert len(told) == 2
    assert not any(record.exc_info for record in told)


def test_deletions_of_long_ago_are_forgotten_by_the_clock(at_work, papers, monkeypatch):
    asked = []
    at_work.ensure()
    monkeypatch.setattr(type(at_work), "sweep", lambda self, index, before: asked.append(before))
    forget = periodic.get("search.forget")
    assert not periodic.attempt(forget).failures
    assert forget.every == timedelta(hours=1)
    assert datetime.now(UTC) - asked[0] >= timedelta(days=1)


def test_commands_tell_how_the_index_stands(at_work, papers, capsys):
    make_service("finance", name_fr="Finances")
    with pytest.raises(CommandError):
        call_command("index_status")
    consumers.drain("search-index")
    call_command("rebuild_index")
    assert "paper: 2 / 2" in capsys.readouterr().out
    call_command("index_status")
    out = capsys.readouterr().out
    assert at_work.live() in out
    assert str(journal.last_sequence()) in out
    live = at_work.live()
    call_command("rebuild_index", "--if-needed")
    assert at_work.live() == live


def test_an_index_of_another_version_is_rebuilt_where_needed(at_work, papers, monkeypatch):
    make_service("finance", name_fr="Finances")
    consumers.drain("search-index")
    live = at_work.live()
    monkeypatch.setattr("search.schema.REVISION", schema.REVISION + 1)
    make_service("schools", name_fr="Écoles")
    with pytest.raises(TryLater):
        consumers.drain("search-index")
    call_command("rebuild_index", "--if-needed")
    assert at_work.live() != live
    consumers.drain("search-index")
    assert len(papers_found(at_work, "écoles")) == 2
