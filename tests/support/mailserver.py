"""A real SMTP server on loopback whose faults a test scripts, and a raw one for what happens before the first word."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

CUT = "cut"
"""Close the connection instead of an answer."""
TAKE_AND_CUT = "take and cut"
"""Take the mail, then close the connection before the 250 (only at DATA)."""
SILENT = "silent"
"""Never answer."""

Plan = Callable[[str, str], str | None]
"""(step, recipient or sender) → an answer such as "451 later", CUT, TAKE_AND_CUT, SILENT, or None for the usual 250."""


@dataclass(frozen=True)
class Received:
    """A mail the server took."""

    to: str
    message: EmailMessage
    data: bytes

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


@dataclass
class MailServer:
    """A server that takes mail as its plan says. `received` holds what it took, `steps` what it was asked."""

    plan: Plan = lambda _step, _who: None
    delay: float = 0.0
    received: list[Received] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def _answer(self, server: Any, step: str, who: str) -> str | None:
        self.steps.append((step, who))
        if self.delay:
            await asyncio.sleep(self.delay)
        planned = self.plan(step, who)
        if planned == SILENT:
            await asyncio.sleep(3600)
        if planned == CUT:
            server.transport.abort()
            return "421 cut"
        return planned

    async def handle_EHLO(  # noqa: N802 (the name that aiosmtpd calls)
        self, server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        planned = await self._answer(server, "MAIL", address)
        if planned is not None:
            return planned
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        planned = await self._answer(server, "RCPT", address)
        if planned is not None:
            return planned
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        to = envelope.rcpt_tos[0]
        planned = await self._answer(server, "DATA", to)
        if planned not in (None, TAKE_AND_CUT):
            return str(planned)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append(Received(to, message, envelope.content))
        if planned == TAKE_AND_CUT:
            server.transport.abort()
        return "250 taken"


@contextlib.contextmanager
def serve(plan: Plan | None = None, *, delay: float = 0.0, refuse_login: bool = False) -> Iterator[MailServer]:
    """A server on a free port of loopback until the block ends."""
    handler = MailServer(delay=delay)
    if plan is not None:
        handler.plan = plan
    extra: dict[str, Any] = {}
    if refuse_login:
        extra = {
            "authenticator": lambda *_args: AuthResult(success=False, handled=False),
            "auth_require_tls": False,
            "auth_required": True,
        }
    handler.port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port, **extra)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def raw(banner: bytes = b"", *, drip: bytes = b"") -> Iterator[int]:
    """The port of a server that says `banner` and no word more; `drip` is repeated every 0.2 s. Empty: silence."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.1)
    ended = threading.Event()
    open_ones: list[socket.socket] = []

    def accept() -> None:
        last = time.monotonic()
        while not ended.is_set():
            with contextlib.suppress(TimeoutError):
                one, _ = listening.accept()
                open_ones.append(one)
                if banner:
                    one.sendall(banner)
            if drip and time.monotonic() - last > 0.2:
                last = time.monotonic()
                for one in open_ones:
                    with contextlib.suppress(OSError):
                        one.sendall(drip)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        ended.set()
        thread.join()
        for one in open_ones:
            one.close()
        listening.close()
