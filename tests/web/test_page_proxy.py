"""Pages have a process of their own: what it is asked, what comes back, and what calls notice."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.serving import make_server
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from ivr.phone.signature import sign
from ivr.settings import Settings
from ivr.web import create_app
from ivr.web.calls import create_calls
from ivr.web.page_proxy import MAX_HELD, PageProxy
from ivr.web.paths import call_path_test, is_of_call
from ivr.web.waits import Waits
from tests.lines import SHIPPED, TOKEN
from tests.serving import until

VISITOR = "203.0.113.7"
SIGNED = {"X-Twilio-Signature": sign(TOKEN, "http://localhost/voice", [])}
SOON = 20
"""Seconds that a test waits at most for what happens at once."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Serve an application on a Unix socket; return its path."""
    running = []

    def serve(app: Callable) -> Path:
        path = tmp_path / f"{len(running)}.sock"
        server = make_server(f"unix://{path}", 0, ProxyFix(app, x_proto=0), threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        running.append((server, thread))
        return path

    yield serve
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def calls(environ, start) -> Iterable[bytes]:
    return Response("a call")(environ, start)


def visitor(path: Path, **options) -> Client:
    return Client(PageProxy(path, 0, **options).in_front_of(calls), use_cookies=False)


@Request.application
def echo(request: Request) -> Response:
    seen = (request.method, request.path, request.query_string.decode(), request.remote_addr)
    answer = Response(f"{seen} {request.host} {request.headers.get('Cookie')} {request.get_data()}")
    answer.headers.add("Set-Cookie", "a=1")
    answer.headers.add("Set-Cookie", "b=2")
    answer.status_code = 418
    return answer


def test_a_request_and_its_answer_arrive_as_they_were_sent(served) -> None:
    client = visitor(served(echo))
    answer = client.post(
        "/text/%E2%82%AC/%C3%B1 %2F?x=%C3%A9&y=a+b&&",
        data=b"\x00\xffform",
        headers={"Host": "line.example.org:8080", "Cookie": "c=3", "X-Forwarded-For": "127.0.0.1"},
        environ_base={"REMOTE_ADDR": VISITOR},
    )
    assert answer.text == (
        f"('POST', '/text/€/ñ /', 'x=%C3%A9&y=a+b&&', '{VISITOR}')"
        " line.example.org:8080 c=3 b'\\x00\\xffform'"
    )
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (418, ["a=1", "b=2"])
    assert client.head("/static/ivr.css").data == b""


@pytest.mark.parametrize("forged", ["X-Forwarded-For", "Forwarded", "X-Forwarded-Proto"])
def test_a_visitor_cannot_claim_to_be_at_another_address_or_to_use_https(served, forged) -> None:
    @Request.application
    def seen(request: Request) -> Response:
        return Response(f"{request.remote_addr} {request.scheme}")

    values = {"Forwarded": "for=127.0.0.1;proto=https", "X-Forwarded-Proto": "https"}
    headers = {forged: values.get(forged, "127.0.0.1")}
    answer = visitor(served(seen)).get("/", headers=headers, environ_base={"REMOTE_ADDR": VISITOR})
    assert answer.text == f"{VISITOR} http"


def test_a_form_that_is_too_large_is_refused_before_the_pages_are_asked(tmp_path: Path) -> None:
    assert visitor(tmp_path / "none").post("/sign-in", data=b"x" * 1_000_001).status_code == 413


def test_a_long_answer_is_passed_on_in_parts_and_its_place_is_free_afterwards(served) -> None:
    long = b"0123456789" * (MAX_HELD // 4)
    client = visitor(served(Response([long[:100], long[100:]])), places=1)
    for _ in range(3):
        with client.get("/messages/1/sound") as answer:
            assert answer.data == long


def test_pages_that_hang_take_no_place_of_calls_and_further_pages_are_refused_at_once(
    served,
) -> None:
    let_go, asked = threading.Event(), []

    @Request.application
    def hanging(request: Request) -> Response:
        asked.append(request.path)
        assert let_go.wait(SOON)
        return Response("page")

    client = visitor(served(hanging), places=2)
    answers: list[str] = []
    waiting = [
        threading.Thread(target=lambda: answers.append(client.get("/reports").text))
        for _ in range(2)
    ]
    for one in waiting:
        one.start()
    until(lambda: len(asked) == 2)
    assert client.post("/voice/en/main").text == "a call"
    refused = client.get("/sign-in")
    assert (refused.status_code, "The console is busy" in refused.text) == (503, True)
    let_go.set()
    for one in waiting:
        one.join(SOON)
    assert answers == ["page", "page"]


def test_calls_go_on_while_the_pages_are_down_and_readyz_says_so(tmp_path: Path) -> None:
    settings = Settings((TOKEN,), prompts=SHIPPED, audio=False, state=tmp_path / "state")
    line = create_calls(tmp_path / "none", settings, waits=Waits(pages=0)).test_client()
    assert b"<Gather" in line.post("/voice", data={}, headers=SIGNED).data
    assert "pages: down, calls go on" in line.get("/readyz").text
    page = line.get("/sign-in")
    assert (page.status_code, page.mimetype) == (503, "text/plain")
    assert "Calls are answered as ever" in page.text


def test_every_route_is_either_a_calls_or_a_pages(tmp_path: Path) -> None:
    settings = Settings((TOKEN,), prompts=SHIPPED, audio=False, state=tmp_path)
    rules = {str(rule): rule.endpoint for rule in create_app(settings).url_map.iter_rules()}
    of_calls = {"voice", "audio", "recording_menu", "texts", "health"}
    for path, endpoint in rules.items():
        assert is_of_call(path) == (endpoint.partition(".")[0] in of_calls), path
    settings = Settings((TOKEN,), prompts=SHIPPED, audio=False, state=tmp_path)
    answered = create_calls(tmp_path, settings).url_map.iter_rules()
    own = {str(rule) for rule in answered} - {"/static/<path:filename>"}
    assert own == {path for path in rules if is_of_call(path)}


@pytest.mark.parametrize(
    ("path", "is_call"),
    [
        ("/voice", True),
        ("/line/voice/en/main", True),
        ("/line/voices", False),
        ("/voices", False),
        ("/lines/voice", False),
        ("/recordings", False),
        ("/", False),
        ("", False),
    ],
)
def test_a_path_below_the_public_one_is_told_apart_too(path: str, is_call) -> None:
    assert call_path_test("https://agency.example.org/line")(path) == is_call


def test_the_links_of_voices_stay_below_the_public_path(tmp_path: Path) -> None:
    """Its name begins as that of the webhooks does, but it is a page."""
    settings = Settings(
        (TOKEN,), prompts=SHIPPED, state=tmp_path, public_url="https://agency.example.org/line"
    )
    answer = create_app(settings).test_client().get("/voices")
    assert re.match("/line/sign-in", answer.headers["Location"])
