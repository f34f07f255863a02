"""What carriers do that their references do not say, and what callers would suffer from it."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from twilio.request_validator import RequestValidator

from ivr.dialog import DialEnded
from ivr.records.transfers import FAILURES
from ivr.script.load import load
from ivr.settings import Settings
from ivr.twiml import voice as twiml
from ivr.web import create_app
from ivr.web.voice.webhook_form import event_of
from tests.lines import ALWAYS_ON_CALL, OFFICE, SHIPPED, TOKEN, change, variant
from tests.walked import Walks

CALL = {"CallSid": "CA" + "0" * 32, "From": "+12025550143", "To": "+12025550100"}
Asks = Callable[..., str]


def asks(app: Flask) -> Asks:
    client = app.test_client()

    def ask(path: str, **form: str) -> str:
        return client.post(f"/voice{path}", data={**CALL, **form}).text

    return ask


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Path]:
    folder = variant("shipped", tmp_path)
    change(folder / "line.yaml", {**OFFICE, "hours": None})
    return folder


def line(folder: Path, **settings: object) -> Asks:
    state = folder / "state"  # limits count the calls of other tests, too
    return asks(create_app(Settings(demo=True, prompts=folder, state=state, **settings)))


def test_the_fallback_shows_the_number_that_was_called_and_never_the_callers(office: Path) -> None:
    ask = line(office)
    document = ask("/lifeboat", From="+266696687")
    assert 'callerId="+12025550100"' in document
    assert "266696687" not in document
    assert "callerId" not in ask("/lifeboat", To="sip:line@example.org")


@pytest.mark.parametrize(
    "to", ["12025550100", " 12025550100", "2025550100", "sip:+12025550100@pbx.example;user=phone"]
)
def test_a_number_that_was_called_is_shown_however_the_carrier_writes_it(
    office: Path, to: str
) -> None:
    ask = line(office)
    assert 'callerId="+12025550100"' in ask("/lifeboat", To=to)
    assert 'callerId="+12025550100"' in ask("/en/main", To=to, Digits="0")


@pytest.mark.parametrize(
    "to", ["101", "sip:101@pbx.example", "sip:12025550100@pbx.example", "99999999999"]
)
def test_what_may_be_an_extension_or_no_number_is_never_shown(office: Path, to: str) -> None:
    assert "callerId" not in line(office)("/lifeboat", To=to)


def test_a_slash_at_the_end_of_an_address_changes_no_answer(office: Path) -> None:
    ask = line(office)
    for path in ("/lifeboat", "/status", "/whisper", "/whisper/pressed", "/en/main", "/en/signs.1"):
        assert ask(f"{path}/") == ask(path), path
    assert "<Gather" not in ask("/lifeboat/")


def test_the_query_of_every_address_is_in_alphabetical_order(walked: Walks) -> None:
    for place in walked("voicemail").places:
        names = [name for name, _ in parse_qsl(urlsplit(place.url()).query)]
        assert names == sorted(names)


def test_a_caller_who_hung_up_while_it_rang_rings_no_further_telephone(office: Path) -> None:
    ask = line(office)
    gone = ask("/en/agency?at=dial", DialCallStatus="no-answer", CallStatus="completed")
    assert "<Dial" not in gone
    waits = ask("/en/agency?at=dial", DialCallStatus="no-answer", CallStatus="in-progress")
    assert "+12025550112" in waits


def test_callers_who_hang_up_while_it_rings_do_not_make_a_number_look_broken() -> None:
    ended = event_of({**CALL, "DialCallStatus": "no-answer", "CallStatus": "completed"})
    assert ended == DialEnded("canceled")
    assert "canceled" not in FAILURES


@pytest.mark.parametrize("path", ["/voice/status", "/voice/status/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_status_callback_is_taken_in_any_form(office: Path, path: str, method: str) -> None:
    client = create_app(Settings(demo=True, prompts=office)).test_client()
    form = {**CALL, "CallStatus": "completed"}
    sent = {"query_string": form} if method == "get" else {"data": form}
    assert getattr(client, method)(path, **sent).status_code == 204


def test_a_carrier_that_wants_whole_addresses_gets_them(office: Path) -> None:
    change(office / "line.yaml", {"carrier": "signalwire"})
    public = "https://line.example.org/help"
    app = create_app(Settings((TOKEN,), prompts=office, public_url=public))
    signature = RequestValidator(TOKEN).compute_signature(f"{public}/voice", CALL)
    headers = {"X-SignalWire-Signature": signature}
    answer = app.test_client().post("/voice", data=CALL, headers=headers).text
    assert re.findall(r'action="([^"?]+)', answer) == [
        "https://line.example.org/help/voice/en/opening"
    ]
    assert ">https://line.example.org/help/voice/en/opening" in answer


def test_words_stay_apart_where_breaks_are_ignored(walked: Walks) -> None:
    script = load(SHIPPED)
    for turn in walked("shipped").turns[:400]:
        document = twiml.render(script, turn, twiml.Urls("/voice/"), "+12025550100").decode()
        assert not re.search(r"\w<break", document)


def test_a_voicemail_box_in_the_office_takes_no_call_if_people_are_asked(office: Path) -> None:
    change(office / "line.yaml", {"office": {**OFFICE["office"], "screened": True}})
    ask = line(office)
    assert 'url="/voice/whisper?caller=' in ask("/en/agency?at=open", Digits="1")
    boxed = {"DialCallStatus": "completed", "DialBridged": "false"}
    assert "+12025550112" in ask("/en/agency?at=dial", **boxed)


@pytest.fixture
def on_call(tmp_path: Path) -> Path:
    folder = variant("on-call", tmp_path)
    change(folder / "line.yaml", ALWAYS_ON_CALL)
    return folder


def test_a_voicemail_box_of_the_person_on_call_takes_no_call_where_bridges_are_not_reported(
    on_call: Path,
) -> None:
    """SignalWire sends no DialBridged."""
    ask = line(on_call)
    ended = {"DialCallStatus": "completed", "DialCallSid": "CA" + "1" * 32}
    since = f"&since={int(time.time())}"
    assert "<Number" in ask(f"/en/agency?at=call{since}", **ended), "the next person is rung"
    gone = ask(f"/en/agency?at=call{since}", **ended, CallStatus="completed")
    assert "<Dial" not in gone, "nobody is rung for a caller who has hung up"


@pytest.mark.parametrize("reported", [{}, {"DialCallSid": "CA" + "1" * 32}])
def test_who_pressed_1_has_taken_the_call_where_bridges_are_not_reported(
    on_call: Path, reported: dict[str, str]
) -> None:
    ask = line(on_call)
    callee = {"CallSid": "CA" + "1" * 32, "ParentCallSid": CALL["CallSid"], "Digits": "1"}
    ask("/whisper/pressed", **callee)
    path = f"/en/agency?at=call&since={int(time.time())}"
    assert "<Dial" not in ask(path, DialCallStatus="completed", **reported)
    boxed = {"DialCallStatus": "completed", "DialCallSid": "CA" + "2" * 32}
    assert "<Number" in ask(path, **boxed), "it counts for that call alone"


def test_a_call_that_another_process_saw_taken_is_not_rung_again(on_call: Path) -> None:
    apps = [
        create_app(Settings(demo=True, prompts=on_call, state=on_call / "state")) for _ in range(2)
    ]
    callee = {"CallSid": "CA" + "1" * 32, "ParentCallSid": CALL["CallSid"], "Digits": "1"}
    asks(apps[0])("/whisper/pressed", **callee)
    apps[0].services.telemetry.recorder.close()
    ended = {"DialCallStatus": "completed", "DialCallSid": callee["CallSid"]}
    assert "<Dial" not in asks(apps[1])(f"/en/agency?at=call&since={int(time.time())}", **ended)


def test_a_call_that_another_process_saw_taken_is_not_rung_again_while_the_database_is_silent(
    on_call: Path,
) -> None:
    settings = Settings(
        demo=True,
        prompts=on_call,
        state=on_call / "state",
        database_url=f"sqlite:///{on_call / 'no' / 'such' / 'folder' / 'file'}",
    )
    (on_call / "no").touch()
    apps = [create_app(settings) for _ in range(3)]
    callee = {"CallSid": "CA" + "1" * 32, "ParentCallSid": CALL["CallSid"], "Digits": "1"}
    asks(apps[0])("/whisper/pressed", **callee)
    path = f"/en/agency?at=call&since={int(time.time())}"
    ended = {"DialCallStatus": "completed", "DialCallSid": callee["CallSid"]}
    assert "<Dial" not in asks(apps[1])(path, **ended)
    assert "<Dial" not in asks(apps[2])(path, DialCallStatus="completed")
    boxed = {**ended, "DialCallSid": "CA" + "2" * 32}
    assert "<Number" in asks(apps[1])(path, **boxed), "a voicemail box of the next person"
    names = [file.name for file in (settings.day_keys / "taken").iterdir()]
    assert names
    assert not [name for name in names if callee["CallSid"] in name or CALL["CallSid"] in name]


def test_a_message_can_be_left_after_any_call_to_the_office(tmp_path: Path) -> None:
    folder = variant("voicemail", tmp_path)
    change(folder / "line.yaml", {**ALWAYS_ON_CALL, "on_call": None, **OFFICE, "hours": None})
    ask = line(folder)
    assert "To leave a message, press 4" in ask("/en/agency?at=dial", DialCallStatus="completed")
    assert 'action="/voice/en/message?' in ask("/en/agency?at=completed", Digits="4")
