"""Pages cannot use up what calls need, however many are asked for."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from ivr.phone.call import Call, Listening
from ivr.phone.parties import Parties, made_up_sid
from ivr.phone.transport import HttpTransport
from ivr.web.page_limit import STREAMED, PageLimit
from tests.lines import TOKEN
from tests.serving import REAL, until

SOON = 20
"""Seconds that a test waits at most for what happens at once."""


class SlowPages:
    """An application whose pages hang until they are let go; calls are answered at once."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.running = 0

    def __call__(self, environ, start) -> Iterable[bytes]:
        start("200 OK", [])
        if environ["PATH_INFO"].startswith("/voice"):
            return [b"call"]
        self.running += 1
        assert self.let_go.wait(SOON)
        return [b"page"]


def ask(app: Callable, path: str) -> tuple[str, bytes]:
    """Return the status and the body that a path gives."""
    statuses: list[str] = []
    body = app({"PATH_INFO": path}, lambda status, _headers: statuses.append(status))
    try:
        return statuses[0], b"".join(body)
    finally:
        if hasattr(body, "close"):
            body.close()


def test_pages_that_hang_leave_threads_to_calls_and_refuse_further_pages_at_once() -> None:
    pages = SlowPages()
    app = PageLimit(pages, running=2, waiting=2, wait_seconds=SOON)
    with ThreadPoolExecutor(4) as visitors:
        waiting = [visitors.submit(ask, app, "/reports") for _ in range(4)]
        until(lambda: pages.running == 2)
        until(lambda: app._places._value == 0)
        assert ask(app, "/voice/en/main") == ("200 OK", b"call")
        assert ask(app, "/sign-in")[0] == "503 Service Unavailable"
        pages.let_go.set()
        assert [one.result(SOON) for one in waiting] == [("200 OK", b"page")] * 4
    assert ask(app, "/sign-in")[0] == "200 OK"


def test_a_page_that_is_still_sent_ends_its_turn_when_it_is_closed() -> None:
    def stream(environ, start) -> Iterable[bytes]:
        environ[STREAMED] = True
        start("200 OK", [])
        return (piece for piece in (b"a", b"b"))

    app = PageLimit(stream, running=1, waiting=0)
    for _ in range(3):
        assert ask(app, "/messages/1/sound") == ("200 OK", b"ab")
    body = app({"PATH_INFO": "/"}, lambda *_: None)
    assert ask(app, "/")[0] == "503 Service Unavailable"
    body.close()
    body.close()
    assert ask(app, "/")[0] == "200 OK"


def test_a_page_that_fails_gives_its_turn_back() -> None:
    def broken(_environ, _start) -> Iterable[bytes]:
        raise ValueError("a broken page")

    app = PageLimit(broken, running=1, waiting=0)
    for _ in range(3):
        with pytest.raises(ValueError, match="a broken page"):
            ask(app, "/")


CLIENTS = 60
"""More than the line has threads; bench/isolation.py measures with 200."""


def test_a_caller_gets_on_while_sixty_clients_guess_passwords(serve, prompts: Path) -> None:
    ending = threading.Event()

    def guess(url: str) -> None:
        with requests.Session() as client:
            while not ending.is_set():
                try:
                    page = client.get(f"{url}/sign-in", timeout=SOON)
                    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
                    form = {"name": "maria", "password": "a guess of mine", "csrf_token": token}
                    client.post(f"{url}/sign-in", form, timeout=SOON)
                except requests.RequestException:
                    ending.wait(0.1)

    with serve(prompts, **REAL) as (url, _), ThreadPoolExecutor(CLIENTS) as clients:
        try:
            guessing = [clients.submit(guess, url) for _ in range(CLIENTS)]
            for _ in range(5):
                call = Call(
                    HttpTransport(TOKEN), f"{url}/voice", Parties(call_sid=made_up_sid("CA"))
                )
                call.dial()
                call.press("1")
                call.press("1")
                assert isinstance(call.state, Listening)
                call.hang_up()
        finally:
            ending.set()
        for one in guessing:
            one.result(3 * SOON)
