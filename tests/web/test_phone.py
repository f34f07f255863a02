"""What the browser phone asks of the server: calls to the line itself, which are no calls."""

import json
from typing import Any

import pytest
from flask import request
from flask.testing import FlaskClient

from ivr.settings import Settings
from ivr.web import create_app
from ivr.web.phone import MAX_ACTS, MAX_BYTES, REHEARSAL
from tests.documents import line_of
from tests.lines import SHIPPED, TOKEN

PAGE_FORM = {"Content-Type": "application/json"}


def line(**settings: Any) -> FlaskClient:
    settings = {"auth_tokens": (TOKEN,), "prompts": SHIPPED, **settings}
    return create_app(Settings(**settings)).test_client()


@pytest.fixture(scope="module")
def phone() -> FlaskClient:
    return line()


def ask(phone: FlaskClient, *acts: str, since: int = 0) -> dict[str, Any]:
    answer = phone.post("/phone/call", json={"acts": acts, "since": since})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def heard(told: dict[str, Any]) -> str:
    return " ".join(event["text"] for event in told["events"] if event["kind"] == "heard")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"auth_tokens": ("old", "new")},
        {"auth_tokens": (), "demo": True},
        {"public_url": "https://line.example.org"},
        {"public_url": "https://line.example.org/help"},
    ],
    ids=["signed", "two tokens", "demo", "behind a proxy", "below a proxy's path"],
)
def test_it_calls_the_line_as_the_carrier_does(settings: dict[str, Any]) -> None:
    told = ask(line(**settings), "1", "0")
    assert told["trouble"] == ""
    assert told["state"]["kind"] == "ringing"
    assert told["state"]["who"] == [
        {"number": "+1 888 373 7888", "name": "the National Human Trafficking Hotline"}
    ]


def test_only_what_is_new_is_told(phone: FlaskClient) -> None:
    first = ask(phone)
    assert "Hang up and dial 9 1 1" in heard(first)
    then = ask(phone, "1", since=first["count"])
    assert then["events"][0] == {"kind": "pressed", "keys": "1"}
    assert "Hang up and dial 9 1 1" not in heard(then)
    assert heard(then).startswith("Welcome")
    whole = ask(phone, "1")
    assert whole["events"] == [*first["events"], *then["events"]]


def test_the_page_learns_what_keys_may_stop_and_how_long_silence_is(phone: FlaskClient) -> None:
    told = ask(phone, "1")
    opening, *_, menu = [event for event in told["events"] if event["kind"] == "heard"]
    assert (opening["interruptible"], menu["interruptible"]) == (False, True)
    assert told["state"]["timeout"] == 10
    assert told["state"]["words"]


def test_the_calls_are_marked_as_rehearsals_and_a_request_cannot_mark_itself() -> None:
    app = create_app(Settings(prompts=SHIPPED, demo=True))
    marks: list[tuple[str, object]] = []
    app.before_request(lambda: marks.append((request.path, request.environ.get(REHEARSAL))))
    client = app.test_client()
    ask(client)
    client.post("/voice", headers={REHEARSAL: "True"}, query_string={REHEARSAL: "True"})
    assert marks == [("/phone/call", None), ("/voice", True), ("/voice", None)]


ODD_BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "no acts": b'{"since": 0}',
    "acts that are no list": b'{"acts": "1", "since": 0}',
    "acts that are no texts": b'{"acts": [1], "since": 0}',
    "a negative count": b'{"acts": [], "since": -1}',
    "a count that is no whole number": b'{"acts": [], "since": 1e400}',
    "something more": b'{"acts": [], "since": 0, "rehearsal": false}',
    "an unknown act": b'{"acts": ["jump"], "since": 0}',
    "an empty act": b'{"acts": [""], "since": 0}',
    "an act at the wrong time": b'{"acts": ["busy"], "since": 0}',
    "half a character": b'{"acts": ["say:\\ud800"], "since": 0}',
    "bytes that are no text": b'{"acts": ["say:\xff"], "since": 0}',
    "a long act": json.dumps({"acts": ["say:" + "a" * 400], "since": 0}).encode(),
    "too many acts": json.dumps({"acts": ["#"] * (MAX_ACTS + 1), "since": 0}).encode(),
    "deep nesting": b"[" * 30_000,
    "an act after the end": json.dumps({"acts": [*["-"] * 400], "since": 0}).encode(),
}


@pytest.mark.parametrize("body", ODD_BODIES.values(), ids=ODD_BODIES.keys())
def test_what_no_page_sends_is_refused_in_one_line(phone: FlaskClient, body: bytes) -> None:
    answer = phone.post("/phone/call", data=body, headers=PAGE_FORM)
    assert answer.status_code == 400
    (told,) = answer.get_json().values()
    assert told
    assert "\n" not in told


def test_too_much_is_refused(phone: FlaskClient) -> None:
    answer = phone.post("/phone/call", data=b" " * (MAX_BYTES + 1), headers=PAGE_FORM)
    assert answer.status_code == 413
    assert answer.get_json()["error"]


def test_a_form_of_another_site_is_refused(phone: FlaskClient) -> None:
    """A page elsewhere can send forms and plain text here, but no JSON without being asked."""
    assert phone.post("/phone/call", data='{"acts": [], "since": 0}').status_code == 400
    assert phone.get("/phone/call").status_code == 405


def test_a_long_call_is_answered(phone: FlaskClient) -> None:
    assert ask(phone, *["1", *["#"] * (MAX_ACTS - 1)], since=3000)["state"]["kind"] == "listening"


@pytest.mark.parametrize(
    "keys", ["jump", "1,,2", "say:", "%FF", "record:1:x", ",".join(["1"] * (MAX_ACTS + 1))]
)
def test_a_link_that_replays_nothing_has_a_clear_page(phone: FlaskClient, keys: str) -> None:
    answer = phone.get(f"/phone?keys={keys}")
    assert answer.status_code == 404
    assert "This link replays no call: " in answer.text


def test_acts_in_a_link_are_text_in_the_page(phone: FlaskClient) -> None:
    page = phone.get("/phone", query_string={"keys": 'say:"><script>alert(1)</script>'})
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_nothing_in_the_page_runs_but_what_this_service_has(phone: FlaskClient) -> None:
    page = phone.get("/phone")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert " style=" not in page.text
    assert " onclick=" not in page.text


def one_document(twiml: str, **settings: Any) -> FlaskClient:
    return line_of(twiml, **settings).test_client()


@pytest.mark.parametrize("public_url", ["", "https://line.example.org/help"])
def test_a_clip_is_told_by_where_the_page_finds_it(public_url: str) -> None:
    played = "<Response><Play loop='2'>voice/../audio/hello.mp3</Play></Response>"
    (event,) = ask(one_document(played, public_url=public_url))["events"]
    assert event["audio"] == "/audio/hello.mp3"


def test_a_clip_elsewhere_keeps_its_address() -> None:
    played = "<Response><Play>https://clips.example.org/a.mp3</Play></Response>"
    (event,) = ask(one_document(played))["events"]
    assert event["audio"] == "https://clips.example.org/a.mp3"


def test_a_mistake_of_the_line_is_told_with_the_carriers_code() -> None:
    told = ask(one_document("<Response><Sing/></Response>"))
    assert told["state"] == {"kind": "ended", "reason": "refused"}
    assert "12200" in told["trouble"]


def test_a_recording_can_be_left_in_a_rehearsal() -> None:
    record = "<Response><Record finishOnKey='#' maxLength='60'/></Response>"
    phone = one_document(record)
    state = ask(phone)["state"]
    assert (state["kind"], state["ends"], state["longest"]) == ("recording", "#", 60)
    recorded = ask(phone, "record:12:#")["events"][0]
    assert recorded == {"kind": "recorded", "seconds": 12, "key": "#"}
    assert ask(phone, "record:3:hangup")["state"]["reason"] == "caller hung up"
    assert ask(phone, "record:3")["events"][0]["key"] == ""
