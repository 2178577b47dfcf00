"""The mail that tells IT administrators of a reading of the directory that is held."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Final

from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from directory import events, journal
from directory.consumers import Consumer
from directory.consumers.runner import TryLater
from directory.languages import language_to_write_in
from directory.models import JournalEntry, Role, User

log = logging.getLogger(__name__)

PATIENCE: Final = timedelta(days=1)
"""How long a mail that is not taken is tried again."""
TOLD_EVERY: Final = timedelta(minutes=15)
"""How often it is told at most that more and more is held, or another part."""
_LONGEST_REST: Final = 900.0


class HeldMail(Consumer):
    """Writes to each IT administrator when something new is held, each in their language."""

    name = "directory.held_mail"
    from_beginning = False  # what was held before is known by now
    batch_size = 1  # none is sent again because a later one fails

    def __init__(self) -> None:
        self._hash = ""
        self._done: set[int] = set()  # to whom nothing more is sent of that entry
        self._rest = self._again_at = 0.0

    def wants(self, entry: JournalEntry) -> bool:
        """Want what is held."""
        return journal.event_of(entry) is events.SYNC_HELD

    def handle(self, entries: Sequence[JournalEntry]) -> None:
        """Send the mails. Raises TryLater where the mail server does not take one of them."""
        for entry in entries:
            if (run := _to_be_told(entry)) is None:
                continue
            if entry.hash != self._hash:
                self._hash, self._done = entry.hash, set()
                self._rest = self._again_at = 0.0
            if time.monotonic() < self._again_at:
                raise TryLater("MARIGOT_EMAIL_URL: somebody was refused for now")
            waiting = [person for person in _it_admins() if person.pk not in self._done]
            if waiting:
                self._write(waiting, run, entry)

    def _write(self, people: Sequence[User], run: int, entry: JournalEntry) -> None:
        """Write to each by itself: an address that is refused keeps nobody else's mail back."""
        connection, trouble, refused = mail.get_connection(), "", False
        try:
            connection.open()
            for person in people:
                try:
                    connection.send_messages([_message(person, run)])
                except (SMTPResponseException, SMTPRecipientsRefused) as error:
                    if _passes(error):
                        trouble, refused = str(error), True
                        continue
                    log.warning("the mail server refuses a mail to %s: %s", person.email, error)
                except ValueError as error:  # no address; the directory asks for an @ alone
                    log.warning("no mail can be sent to %r: %s", person.email, error)
                self._done.add(person.pk)
        except (SMTPException, OSError) as error:
            trouble = str(error)
        finally:
            _close(connection)
        if not trouble:
            return
        if refused:  # soon at first, then less and less often
            self._again_at = time.monotonic() + self._rest
            self._rest = min(2 * self._rest or 15.0, _LONGEST_REST)
        if timezone.now() - entry.at < PATIENCE:
            raise TryLater(f"MARIGOT_EMAIL_URL: {trouble}")
        log.warning(
            "MARIGOT_EMAIL_URL: %s; %d mails were not sent",
            trouble,
            sum(person.pk not in self._done for person in people),
        )


def _passes(error: SMTPResponseException | SMTPRecipientsRefused) -> bool:
    """Tell whether the server may take the mail later: a full mailbox, one not known yet."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(400 <= code < 500 for code, _ in error.recipients.values())
    return 400 <= error.smtp_code < 500


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (SMTPException, OSError) as error:  # what it took is sent
        log.info("the mail server was left without a word: %s", error)


def _to_be_told(entry: JournalEntry) -> int | None:
    """Return the run that is told of with `entry`, None where nothing is told.

    Nothing is where that is over: the mail server may not have answered meanwhile. Of what is
    held in other ways soon after (people who go one by one), the first is told, as it is by now.
    """
    ends = [events.SYNC_APPROVED.name, events.SYNC_RELEASED.name]
    over = JournalEntry.objects.filter(action__in=ends)
    if over.filter(sequence__gt=entry.sequence).exists():
        return None
    since = over.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    held = JournalEntry.objects.filter(action=events.SYNC_HELD.name, sequence__gt=since)
    told: datetime | None = None
    for sequence, at in held.order_by("sequence").values_list("sequence", "at"):
        is_told = told is None or at - told >= TOLD_EVERY
        if sequence == entry.sequence:
            newest = held.latest("sequence").object_id
            return int(newest) if is_told else None
        told = at if is_told else told
    return None


def _it_admins() -> list[User]:
    """Return who administers access and has an address."""
    members = User.objects.filter(is_active=True, memberships__access_group__role=Role.IT_ADMIN)
    return list(members.exclude(email="").order_by("pk").distinct())


def _message(person: User, run: int) -> mail.EmailMessage:
    with override(language_to_write_in(person.language)):
        url = settings.BASE_URL + reverse("directory:access_run", args=[run])
        text = render_to_string("directory/mails/held.txt", {"person": person, "url": url})
        subject = _("Marigot: a reading of the directory waits for approval")
        return mail.EmailMessage(subject, text, to=[person.email])
