"""How many notices each connected person has not read: derived, and derived anew when in doubt."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from directory import trouble

from . import isolated, store
from .handshakes import OffLoop
from .socket import Person

# Counted in one go, about as long as a notice may have to wait for it.
AT_ONCE = 10
LOOK_SECONDS = 1.8
# How far back a look at who has read something reaches: a transaction may take that long
# from its time to its end, and the clocks of two machines may differ.
READING_SECONDS = 30.0


class Counts:
    """Keeps `unread` of `people` true; one that is in doubt is None until it is counted."""

    def __init__(self, people: Mapping[int, Person], off_loop: OffLoop) -> None:
        self._people = people
        self._off_loop = off_loop
        self._uncounted: dict[int, None] = {}
        self._looked = 0.0

    def __bool__(self) -> bool:
        """Whether somebody waits for a count."""
        return bool(self._uncounted)

    def distrust(self, person: Person) -> None:
        """Have a count made again; until then no message carries it."""
        person.unread = None
        self._uncounted[person.pk] = None

    def forget(self, pk: int) -> None:
        """Count no more for an account that has no socket left."""
        self._uncounted.pop(pk, None)

    async def notice_reading(self, now: float) -> None:
        """Distrust the counts of those who read something lately, in whatever process.

        Every two seconds; costs what was read in the last half minute, not who is connected.
        """
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        self.compare(await self._off_loop(store.read_lately, READING_SECONDS))

    def compare(self, revisions: Mapping[int, int]) -> None:
        """Distrust the counts that were made at another revision than `revisions` say."""
        for pk, revision in revisions.items():
            person = self._people.get(pk)
            if person is not None and person.unread is not None and person.revision != revision:
                self.distrust(person)

    async def make(self) -> list[Person]:
        """Count for a few people and return those whose count is another now."""
        batch = list(islice(self._uncounted, AT_ONCE))
        for pk in batch:
            del self._uncounted[pk]  # put back by whoever distrusts the count meanwhile
        try:
            states = await self._off_loop(
                isolated.each_for_itself, store.states, batch, "a count of unread notices"
            )
        except Exception as error:
            if trouble.is_of_the_moment(error):
                self._uncounted |= dict.fromkeys(batch)
            raise
        changed = []
        for pk, state in states.items():
            person = self._people.get(pk)
            if person is None:
                continue
            if person.unread != state.unread:
                changed.append(person)
            person.unread, person.revision = state.unread, state.revision
            # Counted after the hub's position: what is published in between is in it already.
            person.as_of = max(person.as_of, state.sequence)
        return changed
