"""Messages over HTTP: what the carrier tells, and what it is let hear."""

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from ivr.background import PeriodicWorker
from ivr.cli.local_server import on_loopback
from ivr.database.engine import open_and_migrate
from ivr.phone.call import Call
from ivr.phone.states import Listening
from ivr.phone.transport import HttpTransport, WsgiTransport
from ivr.settings import Settings
from ivr.voicemail import store
from ivr.voicemail.store import Message
from ivr.web import create_app
from ivr.web.waits import Waits
from tests.caller import Caller
from tests.carrier.stand_in import SID, WAV, StandIn
from tests.lines import TOKEN, clock, variant
from tests.serving import until

LEAVE = ("1", "1", "-", "-", "-", "-", "1", "4", "1", "1", "1")


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is notified of a message; it is recorded all the same."""
    start = PeriodicWorker.start
    monkeypatch.setattr(
        PeriodicWorker, "start", lambda w: start(w) if w.name == "records" else None
    )


@pytest.fixture
def settings(state: Path, tmp_path: Path, carrier: StandIn) -> Settings:
    carrier.token = TOKEN
    folder = variant("voicemail", tmp_path)
    return Settings((TOKEN,), SID, carrier.url, prompts=folder, state=state)


@pytest.fixture
def line(settings: Settings) -> Iterator[str]:
    app = create_app(settings, clock("voicemail"), Waits(carrier=30))
    with on_loopback(app) as url:
        yield url
    app.services.telemetry.recorder.close()


@pytest.fixture
def caller(line: str) -> Iterator[Caller]:
    wire = HttpTransport(TOKEN)
    yield Caller(Call(wire, line))
    wire.close()


def leaves(caller: Caller) -> str:
    """Let a caller leave a message; return what the carrier calls it."""
    caller.dial()
    for key in LEAVE:
        caller.waits() if key == "-" else caller.press(key)
    caller.call.record(20, "#")
    return recording(caller)


def recording(caller: Caller) -> str:
    state = caller.call.state
    assert isinstance(state, Listening)
    match = re.search(r"recording=(RE[0-9a-f]{32})", state.gather.action)
    assert match is not None
    return match[1]


def listed(settings: Settings) -> list[Message]:
    with open_and_migrate(settings).connect() as connection:
        return store.listed(connection)


def in_inbox(settings: Settings, is_so: Callable[[list[Message]], bool]) -> None:
    until(lambda: is_so(listed(settings)))


def test_a_message_comes_to_the_inbox_with_what_the_caller_pressed(
    caller: Caller, settings: Settings
) -> None:
    name = leaves(caller)
    caller.press("2")
    in_inbox(settings, lambda messages: [m.urgent for m in messages] == [True])
    (message,) = listed(settings)
    assert (message.recording, message.language, message.seconds) == (name, "en", 20)
    assert (message.safe, message.called_back) == (True, None)


def test_who_hangs_up_in_the_midst_leaves_a_message_all_the_same(
    caller: Caller, settings: Settings
) -> None:
    caller.dial()
    for key in (*LEAVE[:-2], "2", "1"):
        caller.waits() if key == "-" else caller.press(key)
    caller.call.record(3, "hangup")
    in_inbox(settings, lambda messages: [m.safe for m in messages] == [False])


def test_a_new_recording_takes_the_place_of_the_one_before(
    caller: Caller, settings: Settings
) -> None:
    first = leaves(caller)
    caller.press("4", "1")
    caller.call.record(9, "#")
    second = recording(caller)
    assert second != first
    in_inbox(settings, lambda messages: [m.recording for m in messages] == [second])
    with open_and_migrate(settings).connect() as connection:
        assert list(store.recordings_to_delete(connection, dt.datetime.now(dt.UTC))) == [first]


def test_what_is_deleted_is_gone(caller: Caller, settings: Settings) -> None:
    name = leaves(caller)
    in_inbox(settings, bool)
    caller.press("5")
    in_inbox(settings, lambda messages: not messages)
    with open_and_migrate(settings).connect() as connection:
        assert list(store.recordings_to_delete(connection, dt.datetime.now(dt.UTC))) == [name]


def test_the_carriers_callback_alone_makes_a_message(line: str, settings: Settings) -> None:
    """The request at the end of the recording was lost; the callback comes, twice."""
    wire = HttpTransport(TOKEN)
    form = [
        ("RecordingSid", "RE" + "7" * 32),
        ("RecordingStatus", "completed"),
        ("RecordingDuration", "31"),
    ]
    for _ in range(2):
        assert wire.request("POST", f"{line}/recorded/es/1", form).status == 204
    wire.close()
    in_inbox(settings, bool)
    (message,) = listed(settings)
    assert (message.language, message.seconds, message.safe) == ("es", 31, True)


def test_a_callback_that_the_carrier_did_not_sign_is_refused(line: str, settings: Settings) -> None:
    form = {"RecordingSid": "RE" + "7" * 32, "RecordingStatus": "completed"}
    assert requests.post(f"{line}/recorded/es/1", form, timeout=10).status_code == 403
    time.sleep(0.5)
    assert listed(settings) == []


def test_the_document_says_where_the_callback_goes_and_how_long_a_message_may_be(
    line: str,
) -> None:
    wire = HttpTransport(TOKEN)
    answer = wire.request("POST", f"{line}/es/message?at=begin&safe=1", [])
    wire.close()
    text = answer.body.decode()
    assert 'recordingStatusCallback="/voice/recorded/es/1?began=' in text
    assert 'recordingStatusCallbackEvent="completed absent"' in text
    assert 'maxLength="180"' in text
    assert 'playBeep="true"' in text


def test_a_caller_hears_their_message_from_an_address_that_nobody_else_can_make(
    caller: Caller, carrier: StandIn, line: str
) -> None:
    name = leaves(caller)
    carrier.recordings[name] = WAV * 9000
    caller.press("3").hears("To keep it, press 1")
    played = next(h.audio for h in caller.call.latest_utterances if h.audio)
    assert played.startswith(f"{line}/sound/")
    answer = requests.get(played, timeout=10)
    assert (answer.content, answer.headers["Cache-Control"]) == (WAV * 9000, "no-store")
    for other in (played[:-3] + "abc", f"{line}/sound/{name}", f"{line}/sound/x.y.z"):
        assert requests.get(other, timeout=10).status_code == 403
    caller.press("#").hears("To keep it, press 1")


def test_the_address_of_a_sound_is_good_for_minutes(settings: Settings, carrier: StandIn) -> None:
    app = create_app(settings, clock("voicemail"), Waits(sound=-1))
    with on_loopback(app) as line, closing(HttpTransport(TOKEN)) as wire:
        caller = Caller(Call(wire, line))
        carrier.recordings[leaves(caller)] = WAV
        caller.press("3")
        played = next(h.audio for h in caller.call.latest_utterances if h.audio)
        assert requests.get(played, timeout=10).status_code == 403
    app.services.telemetry.recorder.close()


def test_a_recording_that_does_not_come_or_a_carrier_that_hangs_keeps_nobody_waiting(
    settings: Settings, carrier: StandIn
) -> None:
    """The carrier would give it at last: a line that waited for that would play it."""
    app = create_app(settings, clock("voicemail"), Waits(carrier=0.5))
    caller = Caller(Call(WsgiTransport(app, TOKEN), "http://127.0.0.1/voice"))
    name = leaves(caller)
    caller.press("3").hears("I cannot play your message just now", "To keep it, press 1")
    carrier.recordings[name] = WAV
    carrier.hangs_at(name, seconds=15)
    caller.press("3").hears("I cannot play your message just now")
    app.services.telemetry.recorder.close()


def test_a_message_holds_across_two_machines(settings: Settings) -> None:
    """The place is in the URL: each turn is answered by another one."""
    apps = [create_app(settings, clock("voicemail")) for _ in range(2)]
    wires = [WsgiTransport(app, TOKEN) for app in apps]

    class Alternating:
        def request(self, *asked: object) -> object:
            wires.reverse()
            return wires[0].request(*asked)

    caller = Caller(Call(Alternating(), "http://127.0.0.1/voice"))
    leaves(caller)
    caller.press("2").hears("marked as urgent")
    for app in apps:
        app.services.telemetry.recorder.close()
    assert [(m.urgent, m.seconds) for m in listed(settings)] == [(True, 20)]


def test_a_rehearsal_leaves_no_message(settings: Settings) -> None:
    app = create_app(settings, clock("voicemail"))
    wire = WsgiTransport(
        lambda environ, start: app({**environ, "ivr.rehearsal": True}, start), TOKEN
    )
    caller = Caller(Call(wire, "http://127.0.0.1/voice"))
    leaves(caller)
    caller.press("1").hears("Your message is kept")
    app.services.telemetry.recorder.close()
    assert listed(settings) == []


def test_without_an_account_a_message_cannot_be_heard_and_is_kept(settings: Settings) -> None:
    app = create_app(replace(settings, account_sid=""), clock("voicemail"))
    caller = Caller(Call(WsgiTransport(app, TOKEN), "http://127.0.0.1/voice"))
    leaves(caller)
    caller.press("3").hears("I cannot play your message just now. It is kept")
    app.services.telemetry.recorder.close()
