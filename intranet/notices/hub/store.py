"""What the hub asks the database. Blocking; the hub calls it in its one database thread."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, load_backend
from django.contrib.auth.backends import BaseBackend
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from directory import access, journal
from directory.batching import batched
from directory.journal import Effect
from directory.models import JournalEntry, User
from directory.outside import number_from_outside
from intranet.notices.events import NOTICE_PUBLISHED
from intranet.notices.models import Notice, NoticeCursor
from intranet.notices.querysets import State, reach, state_of

log = logging.getLogger(__name__)
# Ids in one IN list: far below what SQLite and PostgreSQL take in one statement.
CHUNK = 5000
# Readers of half a minute looked at in one go: far more than a site has.
READERS = 20_000
# Entries read in one go; a longer gap is read in several.
ENTRIES = 1000


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is signed in: its key, whose it is, and the proof it carries."""

    key: str
    user_id: int
    proof: str


@dataclass(frozen=True, slots=True)
class News:
    """What the journal says since a position.

    `head`: the position reached; `more`: there is more to read; `published`: ids of
    notices; `suspects`: accounts that may be closed
    or signed out somewhere; `rights`: who may read what may have changed, for everybody;
    `people`: the same for these accounts alone; `read`: revisions of those who read lately.
    """

    head: int
    more: bool = False
    published: tuple[int, ...] = ()
    suspects: frozenset[int] = frozenset()
    rights: bool = False
    people: frozenset[int] = frozenset()
    read: Mapping[int, int] = field(default_factory=dict)


def _store() -> type[SessionStore]:
    return import_module(settings.SESSION_ENGINE).SessionStore


def authenticate(keys: Collection[str]) -> dict[str, Session]:
    """Return the sessions among `keys` that are signed in to an active account.

    The rules are those of `django.contrib.auth.get_user`, for many at once; two queries.
    """
    store = _store()
    found: dict[str, dict[str, object]] = {}
    for chunk in batched(list(keys), CHUNK):
        rows = store.get_model_class().objects.filter(
            session_key__in=chunk, expire_date__gt=timezone.now()
        )
        found |= {key: store().decode(data) for key, data in rows.values_list("pk", "session_data")}
    keeping = {path for path in settings.AUTHENTICATION_BACKENDS if _keeps_sessions(path)}
    claims: dict[str, Session] = {}
    for key, data in found.items():
        user_id = number_from_outside(data.get(SESSION_KEY))
        if user_id is not None and data.get(BACKEND_SESSION_KEY) in keeping:
            claims[key] = Session(key, user_id, str(data.get(HASH_SESSION_KEY, "")))
    return {session.key: session for session in proven(claims.values())}


def _keeps_sessions(path: str) -> bool:
    """Tell whether an authentication backend gives the account of a session at all."""
    nobody = BaseBackend.get_user
    return getattr(type(load_backend(path)), "get_user", nobody) is not nobody


def proven(sessions: Iterable[Session]) -> list[Session]:
    """Keep the sessions whose account is active and still gives the proof they carry."""
    by_user: dict[int, list[Session]] = {}
    for session in sessions:
        by_user.setdefault(session.user_id, []).append(session)
    kept = []
    for chunk in batched(by_user, CHUNK):
        for user in User.objects.filter(pk__in=chunk, is_active=True):
            proofs = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
            kept += [
                session
                for session in by_user[user.pk]
                if any(constant_time_compare(session.proof, proof) for proof in proofs)
            ]
    return kept


def still_there(keys: Collection[str]) -> set[str]:
    """Return those of the session keys that exist and have not run out."""
    there: set[str] = set()
    model = _store().get_model_class()
    for chunk in batched(list(keys), CHUNK):
        there |= set(
            model.objects.filter(session_key__in=chunk, expire_date__gt=timezone.now()).values_list(
                "pk", flat=True
            )
        )
    return there


def still_active(users: Collection[int]) -> set[int]:
    """Return those of the accounts that are active."""
    active: set[int] = set()
    for chunk in batched(list(users), CHUNK):
        active |= set(
            User.objects.filter(pk__in=chunk, is_active=True).values_list("pk", flat=True)
        )
    return active


def standing(keys: Collection[str], users: Collection[int]) -> tuple[set[str], set[int]]:
    """Return the session keys that are still there, and the accounts that are still active."""
    return still_there(keys), still_active(users)


# What may take something from somebody who is there.
_MINDED = {Effect.RIGHTS, Effect.ACCOUNT, Effect.SESSIONS}
_READ = ("sequence", "action", "object_type", "object_id", "scope_id", "payload")


def news_since(position: int) -> News:
    """Return what the journal says after `position`; one query where it says nothing new."""
    # Which actions matter is asked here: the ORM takes five times as long to write it down.
    entries = journal.loaded(
        JournalEntry.objects.filter(sequence__gt=position)
        .order_by("sequence")
        .only(*_READ)[:ENTRIES]
    )
    reading = _Reading()
    for entry in entries:
        # One that was damaged in the database silences nobody; it may have taken something
        # away, so everything is asked again.
        if isinstance(entry, journal.Unreadable):
            reading.doubt_everything()
            continue
        try:
            reading.take(entry)
        except (TypeError, ValueError, AttributeError):
            log.exception("Entry %s of the journal cannot be read", entry.sequence)
            reading.doubt_everything()
    head = entries[-1].sequence if entries else position
    return reading.news(head, more=len(entries) == ENTRIES)


class _Reading:
    """Sorts entries of the journal by what they mean to the sockets."""

    def __init__(self) -> None:
        self._published: list[int] = []
        self._suspects: set[int] = set()
        self._people: set[int] = set()
        self._pages: set[int] = set()
        self._scopes: set[int] = set()
        self._rights = False

    def take(self, entry: JournalEntry) -> None:
        """Take in one entry. Raises TypeError, ValueError, AttributeError on a damaged one."""
        event = journal.event_of(entry)
        if event is None:
            raise ValueError("no event of this release")  # one of the next, it may be
        about = number_from_outside(entry.object_id)
        account = about if entry.object_type == "directory.user" else None
        if event is NOTICE_PUBLISHED and about is not None:
            self._published.append(about)
        if not event.affects & _MINDED:
            return
        if Effect.RIGHTS not in event.affects:
            self._suspects.add(_number(account))
        elif user_id := number_from_outside(entry.payload.get("user")) or account:
            self._people.add(user_id)
        elif entry.object_type == "intranet.basepage" and about is not None:
            self._pages.add(about)
        elif entry.object_type != "notices.notice" and entry.scope_id is not None:
            self._scopes.add(_number(entry.scope_id))
        else:
            self._rights = True

    def doubt_everything(self) -> None:
        """Take in an entry that cannot be understood."""
        self._rights = True

    def news(self, head: int, *, more: bool) -> News:
        """Return what the entries come to; at most one query."""
        return News(
            head=head,
            more=more,
            published=tuple(self._published),
            suspects=frozenset(self._suspects | self._people),
            rights=self._rights or _touches_a_notice(self._scopes, self._pages),
            people=frozenset(self._people),
        )


def _number(value: object) -> int:
    """Return a number of something. Raises ValueError on what SQLite keeps beside numbers."""
    number = number_from_outside(value)
    if number is None:
        raise ValueError("a number is none")
    return number


def _touches_a_notice(scopes: set[int], pages: set[int]) -> bool:
    """Tell whether a live notice stands in or below `scopes`, or is about one of `pages`."""
    if not scopes and not pages:
        return False
    below = access.scopes_below(scopes)
    return (
        Notice.objects.live()
        .filter(Q(scope__in=below) | Q(page__scope__in=below) | Q(page__in=pages))
        .exists()
    )


def something_ran_out(after: datetime, until: datetime) -> bool:
    """Tell whether a grant or a notice came to its end in that time; three queries."""
    notices = Notice.objects.filter(withdrawn_at__isnull=True)
    return notices.filter(
        expires_at__gt=after, expires_at__lte=until
    ).exists() or access.ended_between(after, until)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice and those of the connected accounts that it is for."""

    notice_id: int
    sequence: int
    people: frozenset[int]


def deliveries(notices: Iterable[int], connected: Collection[int]) -> list[Delivery]:
    """Return for each live notice among `notices` who of `connected` it is for, in order."""
    rows = (
        Notice.objects.live()
        .filter(pk__in=list(notices))
        .select_related("page")
        .only("sequence", "scope_id", "page__live", "page__scope_id")
        .prefetch_related("audiences")
        .order_by("sequence")
    )
    return [_delivery(notice, connected) for notice in rows]


def _delivery(notice: Notice, connected: Collection[int]) -> Delivery:
    people: set[int] = set()
    concerned = reach(scope=notice.scope_id, audiences=notice.audiences.all(), page=notice.page)
    for chunk in batched(list(connected), CHUNK):
        people |= set(concerned.filter(pk__in=chunk).values_list("pk", flat=True))
    return Delivery(notice.pk, notice.sequence or 0, frozenset(people))


def published_between(after: int, until: int) -> list[int]:
    """Return the ids of the live notices numbered after `after` up to `until`, oldest first."""
    return list(
        Notice.objects.live()
        .filter(sequence__gt=after, sequence__lte=until)
        .order_by("sequence")
        .values_list("pk", flat=True)
    )


def missed(user_id: int, after: int, until: int, limit: int) -> list[tuple[int, int]]:
    """Return (sequence, id) of the newest `limit` notices for one account, oldest first."""
    person = User.objects.filter(pk=user_id).first()
    if person is None:
        return []
    rows = (
        Notice.objects.for_person(person)
        .filter(sequence__gt=after, sequence__lte=until)
        .order_by("-sequence")
        .values_list("sequence", "pk")[:limit]
    )
    return [(sequence or 0, pk) for sequence, pk in rows][::-1]


def states(users: Collection[int]) -> dict[int, State]:
    """Return the state of each account: one query for all of them and one for each."""
    return {
        user.pk: state_of(user)
        for user in User.objects.filter(pk__in=list(users)).only("pk", "is_active", "date_joined")
    }


def read_lately(seconds: float) -> dict[int, int]:
    """Return the revisions of the accounts that read something in the last `seconds`."""
    since = timezone.now() - timedelta(seconds=seconds)
    rows = NoticeCursor.objects.filter(touched_at__gt=since).order_by("-touched_at")
    return dict(rows.values_list("person_id", "revision")[:READERS])
