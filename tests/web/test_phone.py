"""What the browser phone asks of the server: calls to the line itself, which are no calls."""

import datetime as dt
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask, request
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from ivr.accounts import operators
from ivr.cli.main import ivr
from ivr.database.engine import open_and_migrate
from ivr.script.load import load
from ivr.settings import Settings
from ivr.web import create_app
from ivr.web.phone.views import MAX_ACTS, MAX_BYTES
from ivr.web.voice.webhook_form import REHEARSAL
from tests.documents import line_of
from tests.lines import ON_CALL, SHIPPED, TOKEN, variant

OPERATOR, PASSWORD = "maria", "a long password of hers"

Reply = dict[str, Any]


class Phone:
    """The page of the browser phone, as far as the server can tell."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def sign_in(self) -> "Phone":
        page = self.client.get("/sign-in").text
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        form = {"csrf_token": token, "name": OPERATOR, "password": PASSWORD}
        assert self.client.post("/sign-in", data=form).status_code == 302
        return self

    def post(self, body: bytes, kind: str = "application/json") -> TestResponse:
        page = self.client.get("/phone").text
        token = page.partition('name="csrf-token" content="')[2].partition('"')[0]
        headers = {"Content-Type": kind, "X-CSRFToken": token}
        return self.client.post("/phone/call", data=body, headers=headers)

    def ask(self, *acts: str, since: int = 0, at: str = "") -> Reply:
        answer = self.post(json.dumps({"acts": acts, "since": since, "at": at}).encode())
        assert answer.status_code == 200, answer.text
        reply: Reply = answer.get_json()
        return reply


@pytest.fixture(scope="module")
def phone_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Phone]:
    """Open the phone of a line with these settings; an operator has signed in."""
    state = tmp_path_factory.mktemp("state")
    operators.add(open_and_migrate(Settings(state=state)), OPERATOR, PASSWORD)

    def open_phone(**settings: Any) -> Phone:
        defaults = {"auth_tokens": (TOKEN,), "prompts": SHIPPED, "state": state}
        return Phone(create_app(Settings(**{**defaults, **settings}))).sign_in()

    return open_phone


@pytest.fixture(scope="module")
def phone(phone_of: Callable[..., Phone]) -> Phone:
    return phone_of()


def heard(reply: dict[str, Any]) -> str:
    return " ".join(event["text"] for event in reply["events"] if event["kind"] == "heard")


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
def test_it_calls_the_line_as_the_carrier_does(
    settings: dict[str, Any], phone_of: Callable[..., Phone]
) -> None:
    reply = phone_of(**settings).ask("1", "0")
    assert reply["trouble"] == ""
    assert reply["state"]["kind"] == "ringing"
    assert reply["state"]["who"] == [
        {"number": "+1 888 373 7888", "name": "the National Human Trafficking Hotline"}
    ]


def test_only_what_is_new_is_told(phone: Phone) -> None:
    first = phone.ask()
    assert "Hang up and dial 9 1 1" in heard(first)
    then = phone.ask("1", since=first["count"])
    assert then["events"][0] == {"kind": "pressed", "keys": "1"}
    assert "Hang up and dial 9 1 1" not in heard(then)
    assert heard(then).startswith("Welcome")
    whole = phone.ask("1")
    assert whole["events"] == [*first["events"], *then["events"]]


def test_the_page_learns_what_keys_may_stop_and_how_long_silence_is(phone: Phone) -> None:
    answer = phone.ask("1", "-")
    opening, *_, menu = [event for event in answer["events"] if event["kind"] == "heard"]
    assert (opening["interruptible"], menu["interruptible"]) == (False, True)
    assert answer["state"]["timeout"] == 10
    assert answer["state"]["words"]


def test_the_calls_are_marked_as_rehearsals_and_a_request_cannot_mark_itself() -> None:
    app = create_app(Settings(prompts=SHIPPED, demo=True))
    marks: list[tuple[str, object]] = []
    app.before_request(lambda: marks.append((request.path, request.environ.get(REHEARSAL))))
    Phone(app).ask()
    app.test_client().post("/voice", headers={REHEARSAL: "True"}, query_string={REHEARSAL: "True"})
    assert marks[-3:] == [("/phone/call", None), ("/voice", True), ("/voice", None)]


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
def test_what_no_page_sends_is_refused_in_one_line(phone: Phone, body: bytes) -> None:
    answer = phone.post(body)
    assert answer.status_code == 400
    (error,) = answer.get_json().values()
    assert error
    assert "\n" not in error


def test_too_much_is_refused(phone: Phone) -> None:
    answer = phone.post(b" " * (MAX_BYTES + 1))
    assert answer.status_code == 413
    assert answer.get_json()["error"]


def test_a_form_of_another_site_is_refused(phone: Phone) -> None:
    """A page elsewhere can send forms and plain text here, but no JSON without being asked."""
    assert phone.post(b'{"acts": [], "since": 0}', "text/plain").status_code == 400
    assert phone.client.get("/phone/call").status_code == 405


def test_a_long_call_is_answered(phone: Phone) -> None:
    assert phone.ask(*["1", *["#"] * (MAX_ACTS - 1)], since=3000)["state"]["kind"] == "listening"


@pytest.mark.parametrize(
    "keys", ["jump", "1,,2", "say:", "%FF", "record:1:x", ",".join(["1"] * (MAX_ACTS + 1))]
)
def test_a_link_that_replays_nothing_has_a_clear_page(phone: Phone, keys: str) -> None:
    answer = phone.client.get(f"/phone?keys={keys}")
    assert answer.status_code == 404
    assert "This link replays no call: " in answer.text


def test_acts_in_a_link_are_text_in_the_page(phone: Phone) -> None:
    page = phone.client.get("/phone", query_string={"keys": 'say:"><script>alert(1)</script>'})
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_nothing_in_the_page_runs_but_what_this_service_has(phone: Phone) -> None:
    page = phone.client.get("/phone")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert " style=" not in page.text
    assert " onclick=" not in page.text


def one_document(twiml: str, **settings: Any) -> Phone:
    return Phone(line_of(twiml, **settings))


@pytest.mark.parametrize("public_url", ["", "https://line.example.org/help"])
def test_a_clip_is_told_by_where_the_page_finds_it(public_url: str) -> None:
    played = "<Response><Play loop='2'>voice/../audio/hello.mp3</Play></Response>"
    (event,) = one_document(played, public_url=public_url).ask()["events"]
    assert event["audio"] == "/audio/hello.mp3"


def test_a_clip_elsewhere_keeps_its_address() -> None:
    played = "<Response><Play>https://clips.example.org/a.mp3</Play></Response>"
    (event,) = one_document(played).ask()["events"]
    assert event["audio"] == "https://clips.example.org/a.mp3"


def test_a_mistake_of_the_line_is_told_with_the_carriers_code() -> None:
    reply = one_document("<Response><Sing/></Response>").ask()
    assert reply["state"] == {"kind": "ended", "reason": "refused"}
    assert "12200" in reply["trouble"]


def test_a_recording_can_be_left_in_a_rehearsal() -> None:
    record = "<Response><Record finishOnKey='#' maxLength='60'/></Response>"
    phone = one_document(record)
    state = phone.ask()["state"]
    assert (state["kind"], state["ends"], state["longest"]) == ("recording", "#", 60)
    recorded = phone.ask("record:12:#")["events"][0]
    assert recorded == {"kind": "recorded", "seconds": 12, "key": "#"}
    assert phone.ask("record:3:hangup")["state"]["reason"] == "caller hung up"
    assert phone.ask("record:3")["events"][0]["key"] == ""


# ── The agency's own people ───────────────────────────────────────────────────

AGENCY = ("1", "1", "-", "-", "-", "-", "1", "1")


@pytest.fixture(scope="module")
def on_call(phone_of: Callable[..., Phone], tmp_path_factory: pytest.TempPathFactory) -> Phone:
    return phone_of(prompts=variant("on-call", tmp_path_factory.mktemp("prompts")))


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ("2026-11-24T10:00", "the people at your agency"),
        ("2026-11-29T03:00", "the people at your agency"),
        ("2026-11-29T05:00", "Backup, on call"),
        ("2026-11-24T22:00", "Worker, on call"),
        ("2026-11-25T03:00Z", "Worker, on call"),
    ],
)
def test_an_operator_tries_the_line_as_it_is_at_another_time(
    on_call: Phone, at: str, who: str
) -> None:
    state = on_call.ask(*AGENCY, at=at)["state"]
    assert state["kind"] == "ringing"
    assert [rung["name"] for rung in state["who"]] == [who]


@pytest.mark.parametrize("at", ["noon", "2026-13-01T00:00", "9999-12-31T23:59"])
def test_what_is_no_time_is_refused_in_one_line(on_call: Phone, at: str) -> None:
    answer = on_call.post(json.dumps({"acts": [], "since": 0, "at": at}).encode())
    assert answer.status_code == 400
    assert f'"{at}" is not a date and time: write it like' in answer.get_json()["error"]


def test_the_clock_of_a_rehearsal_is_no_callers(
    phone_of: Callable[..., Phone], tmp_path: Path
) -> None:
    """A request by HTTP sets no clock, whatever it holds."""
    app = phone_of(prompts=variant("on-call", tmp_path)).client.application
    url = "/voice/en/who"
    form = {"Digits": "1", "CallSid": "CA1", "at": "2026-11-29T05:00", "ivr.clock": "x"}
    signed = RequestValidator(TOKEN).compute_signature(f"http://localhost{url}", form)
    headers = {"X-Twilio-Signature": signed, "ivr.clock": "x", "ivr-rehearsal": "1"}
    body = app.test_client().post(url, data=form, headers=headers).text
    open_now = load(tmp_path / "on-call").schedule.duty(dt.datetime.now(dt.UTC)).is_open
    assert ("Our office is open now" in body) is open_now


@pytest.mark.slow
def test_no_number_of_who_is_on_call_is_on_a_page_that_others_read(
    on_call: Phone, tmp_path: Path
) -> None:
    folder = variant("on-call", tmp_path)
    pages = [
        on_call.client.get(f"/{page}/{code}").text
        for page in ("text", "script")
        for code in ("en", "es")
    ]
    pages += [on_call.client.get(page).text for page in ("/", "/map", "/map/agency", "/phone")]
    pages += [
        CliRunner().invoke(ivr, ["script", "en", "--prompts", str(folder), "--format", form]).output
        for form in ("text", "html")
    ]
    for page in pages:
        assert page
        digits = re.sub(r"[\s().…+-]", "", page)
        assert not [n for n in ON_CALL["people"].values() if n[-7:] in digits]
