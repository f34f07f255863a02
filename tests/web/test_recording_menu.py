"""The recording menu: an agency's own people call it; callers hear them once that is approved."""

import datetime as dt
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flask import Flask

from ivr.accounts import operators
from ivr.carrier import client as accounts
from ivr.carrier import recordings as kept_recordings
from ivr.carrier.recordings import fetch_wav
from ivr.database.engine import Database, open_and_migrate
from ivr.dialog import answer
from ivr.errors import CarrierError, SettingsError
from ivr.phone.call import Call, Ended, Listening, Recording
from ivr.phone.parties import Parties
from ivr.phone.transport import WsgiTransport
from ivr.script.load import load
from ivr.settings import Settings
from ivr.speech import clip_key, recorded
from ivr.speech.engines.engine import Speaker
from ivr.speech.engines.pico import Pico
from ivr.speech.render import Rendering, render
from ivr.speech.sound import Sound
from ivr.speech.telephone import encoded
from ivr.voicemail.facts import MessageFact, write
from ivr.voicemail.recording_cleanup import RecordingCleanup
from ivr.web import create_app
from ivr.web.pages.clips import Renderer
from ivr.web.waits import Waits
from tests.carrier.stand_in import SID, TOKEN, StandIn
from tests.console.conftest import NAME, PASSWORD, Visitor
from tests.many_languages import add_languages
from tests.published import publish
from tests.small_script import edit, small
from tests.speech.conftest import wanted_of

PIN = "314159"
TONE = Sound((0.05 * np.sin(np.arange(4 * 8000) / 3)).astype(np.float32), 8000)


@pytest.fixture
def settings(tmp_path: Path, carrier: StandIn) -> Settings:
    return Settings(
        auth_tokens=(TOKEN,),
        account_sid=SID,
        carrier_api=carrier.url,
        prompts=publish(small(tmp_path)),
        clips=tmp_path / "clips",
        state=tmp_path / "state",
        recording_pin=PIN,
    )


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at once for what is to be deleted, and ask the carrier again at once."""
    monkeypatch.setattr(RecordingCleanup.__init__, "__kwdefaults__", {"poll_seconds": 0.05})
    monkeypatch.setattr(fetch_wav, "__defaults__", ((0.01, 0.01),))
    monkeypatch.setattr(accounts, "PATIENCE", accounts.PATIENCE.new(backoff_factor=0))


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Return how the renderer was started; clips are made by the tests themselves."""
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(Renderer, "start", lambda _, *arguments: asked.append(arguments))
    return asked


def call_to(app: Flask, token: str | None = TOKEN) -> Call:
    return Call(WsgiTransport(app, token), "http://127.0.0.1/record", Parties(account_sid=SID))


def heard(call: Call) -> str:
    return " ".join(one.text for one in call.latest_utterances)


SHORT = Waits(cleanup=0.05, recording=(0.01, 0.01))


def signed_in(settings: Settings, waits: Waits = SHORT) -> Call:
    call = call_to(create_app(settings, waits=waits))
    call.dial()
    assert "Enter the PIN" in heard(call)
    call.press(f"{PIN}#")
    call.press("1")
    return call


def operator_of(settings: Settings) -> Visitor:
    """Return somebody who is signed in to the console of a line."""
    operators.add(open_and_migrate(settings), NAME, PASSWORD)
    visitor = Visitor(create_app(settings).test_client())
    assert visitor.signs_in().status_code == 302
    return visitor


def spoken_by(settings: Settings) -> str:
    demo = replace(settings, demo=True, auth_tokens=())
    return create_app(demo).test_client().post("/voice").text


def recorded_once(call: Call, carrier: StandIn, seconds: float = 4) -> str:
    """Record a prompt, which the carrier then holds; return the recording's name."""
    call.press("1")
    assert isinstance(call.state, Recording)
    call.record(seconds, "#")
    sid = re.search(r"/Recordings/(RE\w{32})", heard(call))
    assert sid is not None
    carrier.recordings[sid[1]] = encoded(TONE, "wav")
    return sid[1]


def is_gone(carrier: StandIn, sid: str) -> bool:
    """Tell whether a recording is deleted at the carrier, in a while."""
    end = time.monotonic() + 10
    while sid in carrier.recordings and time.monotonic() < end:
        time.sleep(0.02)
    return sid not in carrier.recordings


def approved_by(visitor: Visitor) -> None:
    """Hear the only draft, and approve it."""
    page = visitor.sees("/voices")
    mark = re.search(r'name="mark" value="(\w+)"', page)
    source = re.search(r'src="(/voices/drafts/(\w+)\.wav)', page)
    assert mark is not None
    assert source is not None
    assert visitor.client.get(source[1]).data.startswith(b"RIFF")
    sent = visitor.sends(f"/voices/drafts/{source[2]}", mark=mark[1], act="approve")
    assert sent.status_code == 302


def test_a_prompt_is_read_recorded_heard_approved_and_then_callers_hear_it(
    settings: Settings, carrier: StandIn, started: list[tuple[str, ...]]
) -> None:
    call = signed_in(settings)
    assert "Prompt 1 of " in heard(call)
    words = call.latest_utterances[-2].text
    sid = recorded_once(call, carrier)
    assert "To keep it, press 1." in heard(call)
    call.press("1")
    assert "It is kept as a draft." in heard(call)
    assert "Prompt 2 of " in heard(call)
    assert is_gone(carrier, sid)
    assert started == []
    assert recorded.recordings(settings.clips) == {}
    visitor = operator_of(settings)
    approved_by(visitor)
    assert "approved a recording" in visitor.sees("/audit")
    assert started == [("--wait",)]
    wanted = {clip_key.key(one): one for one in wanted_of(settings.prompts).values()}
    mine = {key: one for key, one in wanted.items() if one.text == words and not one.slow}
    names = recorded.file_names(wanted)
    assert [settings.clips / f"{names[key]}.wav" for key in mine] == list(
        recorded.recordings(settings.clips).values()
    )
    # A turn is all clips or none: callers hear the recording beside clips of its other words.
    opening = clip_key.wanted([answer(load(settings.prompts), dt.datetime.now(dt.UTC))])
    made = render(settings.clips, mine | opening, Rendering(Speaker(Pico())))
    (clip,) = [clip for clip in made.clips.values() if clip.engine == recorded.ENGINE]
    assert clip.loudness == pytest.approx(-19, abs=1)
    assert f"<Play>/audio/{clip.name}" in spoken_by(settings)
    # Other words: what was recorded is not played for them.
    edit(
        settings.prompts,
        [{"in": "en.yaml", "replace": "danger, hang up", "by": "danger, please hang up"}],
    )
    assert f"<Play>/audio/{clip.name}" not in spoken_by(settings)


def test_a_recording_that_comes_late_is_waited_for(settings: Settings, carrier: StandIn) -> None:
    call = signed_in(settings)
    recorded_once(call, carrier)
    carrier.fails(404)
    call.press("1")
    assert "It is kept as a draft." in heard(call)


def test_a_recording_that_the_carrier_does_not_give_is_asked_for_again(
    settings: Settings, carrier: StandIn
) -> None:
    call = signed_in(settings)
    sid = recorded_once(call, carrier)
    carrier.recordings[sid] = b"<html>"
    call.press("1")
    assert "It could not be kept. Please record it again." in heard(call)
    assert "Prompt 1 of " in heard(call)
    assert not (settings.clips / "drafts").exists()
    assert is_gone(carrier, sid)


@pytest.mark.parametrize("key", ["2", "3"], ids=["recorded again", "left"])
def test_a_recording_that_is_not_kept_does_not_stay_at_the_carrier(
    settings: Settings, carrier: StandIn, key: str
) -> None:
    call = signed_in(settings)
    sid = recorded_once(call, carrier)
    assert sid in carrier.recordings
    call.press(key)
    assert is_gone(carrier, sid)


def test_nor_does_one_whose_caller_hung_up(settings: Settings, carrier: StandIn) -> None:
    call = signed_in(settings, Waits(hang_up=0.5, cleanup=0.05))
    sid = recorded_once(call, carrier)
    call.hang_up()
    assert is_gone(carrier, sid)


def test_what_the_carrier_does_not_delete_is_told_and_deleted_later(
    settings: Settings, carrier: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    alerts: list[tuple[str, str]] = []
    moment = [dt.datetime(2026, 12, 1, tzinfo=dt.UTC)]
    sid = carrier.add_recording()
    carrier.fails_at("Recordings", 500)
    broom = cleanup(settings, lambda *what: alerts.append(what), lambda: moment[0])
    broom.worker.start = lambda: None  # type: ignore[method-assign] # it works when told to
    broom.delete_later(sid)
    broom.poll()
    assert "cannot delete the recording: the carrier has trouble of its own (500)" in caplog.text
    assert alerts == [("erase", "a recording cannot be deleted at the carrier; see the log")]
    carrier._broken.clear()
    broom.poll()
    assert sid in carrier.recordings, "not before a minute is over"
    moment[0] += dt.timedelta(minutes=1)
    cleanup(settings, now=lambda: moment[0]).poll()
    assert carrier.recordings == {}


def test_a_line_that_begins_anew_deletes_what_was_left(
    settings: Settings, carrier: StandIn
) -> None:
    sid = carrier.add_recording()
    ended = cleanup(settings)
    ended.worker.start = lambda: None  # type: ignore[method-assign] # it ends before that
    ended.delete_later(sid)
    cleanup(settings).worker.start()
    assert is_gone(carrier, sid)


def test_while_the_records_fail_a_recording_is_remembered(
    settings: Settings, carrier: StandIn
) -> None:
    sid = carrier.add_recording()
    (settings.state / "records.db").mkdir(parents=True)
    broom = cleanup(settings)
    broom.delete_later(sid)
    assert sid in carrier.recordings
    (settings.state / "records.db").rmdir()
    assert is_gone(carrier, sid)


def test_the_recording_of_a_message_is_not_deleted_by_its_name(
    settings: Settings, carrier: StandIn
) -> None:
    sid = carrier.add_recording()
    now = dt.datetime.now(dt.UTC)
    with Database(settings).writing() as connection:
        write(connection, [MessageFact(sid, "kept", now, "en")])
    broom = cleanup(settings)
    broom.delete_later(sid)
    broom.poll()
    assert sid in carrier.recordings


def cleanup(
    settings: Settings,
    alert: Callable[[str, str], None] = lambda _kind, _text: None,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> RecordingCleanup:
    line = load(settings.prompts).line
    return RecordingCleanup(line, settings, Database(settings), alert, now)


def test_it_can_be_recorded_again_left_or_gone_through(settings: Settings) -> None:
    call = signed_in(settings)
    call.press("2")
    assert "Prompt 2 of " in heard(call)
    call.press("3")
    assert "Prompt 1 of " in heard(call)
    call.press("#")
    assert "Prompt 1 of " in heard(call)
    call.press("1")
    call.silence()
    assert "Nothing was heard." in heard(call)
    call.press("1")
    call.record(2, "#")
    call.press("2")
    assert isinstance(call.state, Recording)
    call.record(2, "#")
    call.press("3")
    assert "Prompt 1 of " in heard(call)
    call.silence()
    assert isinstance(call.state, Ended)


def test_a_wrong_pin_is_asked_for_again_and_five_close_the_menu(settings: Settings) -> None:
    app = create_app(settings)
    call = call_to(app)
    call.dial()
    for _ in range(5):
        call.press("000000#")
    assert "That is not the PIN." in heard(call)
    call.press(f"{PIN}#")
    assert "Too many wrong PINs." in heard(call)
    assert isinstance(call.state, Ended)
    other = call_to(app)
    other.dial()
    other.press(f"{PIN}#")
    assert "Too many wrong PINs." in heard(other)


def test_no_one_comes_in_without_the_pin_of_this_very_call(settings: Settings) -> None:
    call = signed_in(settings)
    inside = call.url
    stranger = Call(WsgiTransport(create_app(settings), TOKEN), inside, Parties(account_sid=SID))
    with pytest.raises(Exception, match="403"):
        stranger.dial()
    assert isinstance(call.state, Listening)


@pytest.mark.parametrize("path", ["", "/pin", "/en/0/prompt"])
def test_it_answers_the_carrier_alone_and_only_with_a_pin(settings: Settings, path: str) -> None:
    assert create_app(settings).test_client().post(f"/record{path}").status_code == 403
    off = create_app(replace(settings, recording_pin="")).test_client()
    assert off.post(f"/record{path}").status_code == 404


@pytest.mark.parametrize("pin", ["12345", "abcdef", "12 456"])
def test_a_pin_that_is_too_short_or_none_is_told_without_showing_it(pin: str) -> None:
    with pytest.raises(SettingsError, match="IVR_RECORDING_PIN") as raised:
        Settings.from_env({"IVR_RECORDING_PIN": pin})
    assert pin not in str(raised.value)


def test_only_recordings_of_the_carrier_are_fetched(carrier: StandIn) -> None:
    for sid in ("", "RE1", "../../Calls", "RE" + "g" * 32):
        with pytest.raises(CarrierError, match="is no recording"):
            fetch_wav(carrier.account, sid)
    assert carrier.asked == []


def test_nobody_there_is_told_in_one_line(carrier: StandIn) -> None:
    away = replace(carrier.account, api="http://127.0.0.1:9")
    with pytest.raises(CarrierError, match=r"cannot fetch the recording: .* cannot be reached"):
        fetch_wav(away, "RE" + "a" * 32, waits=())


def test_what_is_too_long_is_refused(carrier: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_recordings, "MAX_BYTES", 1000)
    sid = carrier.add_recording(sound=b"RIFF0000WAVE" + b"0" * 200_000)
    with pytest.raises(CarrierError, match="it is too long"):
        fetch_wav(carrier.account, sid, waits=())


def test_a_language_that_no_voice_speaks_is_recorded_by_its_sheet_off_the_air(
    settings: Settings, tmp_path: Path
) -> None:
    folder = small(tmp_path / "recorded")
    add_languages(folder, bridge=("ht",), on_air=False)
    app = create_app(replace(settings, prompts=publish(folder)))
    call = call_to(app)
    call.dial()
    call.press(PIN + "#")
    assert "ht: 2" in heard(call)
    call.press("2")
    assert "Prompt 1 of 10, language name, on your sheet." in heard(call)
    assert "X:" not in heard(call), "no voice reads what it cannot speak"
