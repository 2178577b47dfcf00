"""What the hub asks of the database, in one go off its loop, and for how many at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import islice

from django.db import close_old_connections

from directory.journal import last_sequence

from . import isolated, store
from .counts import READING_SECONDS


def news_since(position: int | None) -> store.News:
    """Return the news, none where we only begin to listen; in one go off the loop."""
    close_old_connections()
    if position is None:
        return store.News(last_sequence())
    news = store.news_since(position)
    # Whoever has read something since their count was made is told no old one with the news.
    return replace(news, read=store.read_lately(READING_SECONDS)) if news.published else news


def deliveries(notices: Iterable[int], connected: Collection[int]) -> list[store.Delivery]:
    """Return the deliveries of `notices` in their order, without those that cannot be read."""

    def by_notice(some: Collection[int]) -> dict[int, store.Delivery]:
        return {found.notice_id: found for found in store.deliveries(some, connected)}

    found = isolated.each_for_itself(by_notice, list(notices), "a notice")
    return sorted(found.values(), key=lambda delivery: delivery.sequence)


def missed(person: int, after: int, until: int, limit: int) -> list[tuple[int, int]]:
    """Return what `store.missed` does, nothing for an account that cannot be read."""

    def of(some: Collection[int]) -> dict[int, list[tuple[int, int]]]:
        return {pk: store.missed(pk, after, until, limit) for pk in some}

    return isolated.each_for_itself(of, [person], "what an account missed").get(person, [])


def proven(sessions: Collection[store.Session]) -> set[store.Session]:
    """Keep the sessions that `store.proven` does, without those that cannot be looked at."""

    def some(claims: Collection[store.Session]) -> dict[store.Session, None]:
        return dict.fromkeys(store.proven(claims))

    return set(isolated.each_for_itself(some, sessions, "the proof of a session"))


def take_some(people: dict[int, None], most: int) -> list[int]:
    """Take the first `most` accounts out of `people`."""
    some = list(islice(people, most))
    for pk in some:
        del people[pk]
    return some
