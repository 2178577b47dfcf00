"""A real SMTP server that keeps what it is sent, in a thread of the test run."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from .base import HOST, free_port


class Smtp:
    """SMTP on a free loopback port; `messages` lists what came in, oldest first.

    Set `refusal` to an SMTP reply such as "451 try later" to have every message refused.
    """

    name = "smtp"

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.messages: list[EmailMessage] = []
        self.refusal = ""
        self._controller = Controller(self, hostname=HOST, port=self.port)

    @property
    def url(self) -> str:
        """Address for MARIGOT_EMAIL_URL."""
        return f"smtp://{HOST}:{self.port}"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a message in (the name is aiosmtpd's)."""
        if self.refusal:
            return self.refusal
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 Message accepted for delivery"

    def start(self) -> Self:
        """Listen; returns once connections are accepted."""
        self._controller.start()
        return self

    def stop(self) -> None:
        """Stop listening. Doing it twice is harmless."""
        if self._controller.server is not None:
            self._controller.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
