"""A phone for a tiny line, over either kind of wire."""

from collections.abc import Callable, Iterator

import pytest

from ivr.cli.local_server import on_loopback
from ivr.phone.call import Call
from ivr.phone.transport import Answer, HttpTransport, WsgiTransport
from tests.lines import TOKEN
from tests.phone.tiny import URL, TinyLine

Opens = Callable[..., tuple[Call, TinyLine]]


@pytest.fixture(params=["in this process", "over HTTP"])
def opens(request: pytest.FixtureRequest) -> Iterator[Opens]:
    """Make a phone for a tiny line, over either kind of wire."""
    closing = []

    def open_line(token: str | None = TOKEN, **documents: str | Answer) -> tuple[Call, TinyLine]:
        tiny = TinyLine(**documents)
        if request.param == "in this process":
            return Call(WsgiTransport(tiny, token), URL), tiny
        serving, line = on_loopback(tiny), HttpTransport(token)
        closing.extend([line.close, lambda: serving.__exit__(None, None, None)])
        return Call(line, serving.__enter__()), tiny

    yield open_line
    for close in closing:
        close()
