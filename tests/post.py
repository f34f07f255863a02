"""A mail server and a web server on this machine, to which alerts go. The fixture is `post`."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from tests.serving import free_port


class Post:
    """A mail server and a web server that keep what they get."""

    def __init__(self) -> None:
        self.mails: list[str] = []
        self.posts: list[dict[str, str]] = []
        self.recipients: list[str] = []
        self.refuses: set[str] = set()
        self.passwords: list[object] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802 aiosmtpd's name
        if address in self.refuses:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        self.recipients.append(address)
        return "250 OK"

    def authenticate(self, server, session, envelope, mechanism, password) -> AuthResult:
        self.passwords.append(password)
        return AuthResult(success=True)

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 aiosmtpd's name
        self.mails.append(envelope.content.decode())
        return "250 OK"


class MailServer(Controller):
    """A mail server that closes the connections of those who are still sending when it stops."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._sessions: list[SMTP] = []

    def factory(self) -> SMTP:
        session = super().factory()
        self._sessions.append(session)
        return session

    def stop(self, no_assert: bool = False) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(5)
        super().stop(no_assert)

    async def _close(self) -> None:
        # A server that is closed now would leave a connection open that it has just accepted
        # (https://github.com/python/cpython/issues/109564).
        for listening in self.server.sockets:
            self.loop.remove_reader(listening)
        for _ in range(10):  # connections that were being accepted get their sessions meanwhile
            await asyncio.sleep(0.01)
        while opened := [s.transport for s in self._sessions if s.transport is not None]:
            for transport in opened:
                transport.abort()
            await asyncio.sleep(0.01)


@pytest.fixture
def post() -> Iterator[Post]:
    inbox = Post()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            if self.path.endswith("/moved"):
                self.rfile.read(size)
                self.send_response(302)
                self.send_header("Location", self.path.removesuffix("/moved"))
                self.end_headers()
                return
            inbox.posts.append(json.loads(self.rfile.read(size)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    mail = MailServer(
        inbox,
        hostname="127.0.0.1",
        port=free_port(),
        auth_require_tls=False,
        authenticator=inbox.authenticate,
    )
    mail.start()
    web = HTTPServer(("127.0.0.1", 0), Hook)
    serving = threading.Thread(target=web.serve_forever, args=(0.05,))
    serving.start()
    inbox.settings = {
        "alert_email": "people@agency.example",
        "smtp_url": f"smtp://127.0.0.1:{mail.port}",
        "alert_webhook": f"http://127.0.0.1:{web.server_port}/hook",
    }
    yield inbox
    mail.stop()
    web.shutdown()
    serving.join()
    web.server_close()
