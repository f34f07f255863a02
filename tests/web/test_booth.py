"""The recording menu: an agency's own people call it, and from then on callers hear them."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from flask import Flask
from werkzeug import Request, Response
from werkzeug.serving import make_server

from ivr.errors import SettingsError, SpeechError
from ivr.phone.call import Call, Ended, Listening, Recording
from ivr.phone.line import WsgiLine
from ivr.phone.parties import Parties
from ivr.settings import Settings
from ivr.speech import carried, plan, recorded
from ivr.speech.carried import fetched
from ivr.speech.engines import Speaker
from ivr.speech.engines.pico import Pico
from ivr.speech.render import Rendering, render
from ivr.speech.sound import Sound, encoded
from ivr.web import create_app
from ivr.web.renderer import Renderer
from tests.lines import TOKEN
from tests.small_script import edit, small
from tests.speech.conftest import wanted_of

PIN = "314159"
ACCOUNT = "AC" + "0" * 32
SID = "RE" + "a" * 32
TONE = Sound((0.05 * np.sin(np.arange(2 * 8000) / 3)).astype(np.float32), 8000)

Carrier = Callable[..., "contextmanager[list[Request]]"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        auth_tokens=(TOKEN,),
        account_sid=ACCOUNT,
        prompts=small(tmp_path),
        clips=tmp_path / "clips",
        state=tmp_path / "state",
        recording_pin=PIN,
    )


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> Carrier:
    """Return a way to run a stand-in for the carrier's API, which yields what it was asked."""

    @contextmanager
    def running(*answers: Response) -> Iterator[list[Request]]:
        asked: list[Request] = []
        left = list(answers)

        @Request.application
        def app(request: Request) -> Response:
            asked.append(request)
            return left.pop(0) if len(left) > 1 else left[0]

        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        monkeypatch.setattr(carried, "API", f"http://127.0.0.1:{server.port}")
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    return running


def call_to(app: Flask, token: str | None = TOKEN) -> Call:
    return Call(WsgiLine(app, token), "http://127.0.0.1/record", Parties(account_sid=ACCOUNT))


def heard(call: Call) -> str:
    return " ".join(one.text for one in call.heard_now)


def signed_in(settings: Settings) -> Call:
    call = call_to(create_app(settings))
    call.dial()
    assert "Enter the PIN" in heard(call)
    call.press(f"{PIN}#")
    call.press("1")
    return call


def spoken_by(settings: Settings) -> str:
    demo = replace(settings, demo=True, auth_tokens=())
    return create_app(demo).test_client().post("/voice").text


def test_a_prompt_is_read_recorded_heard_and_kept_and_callers_hear_it(
    settings: Settings, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr(Renderer, "start", lambda _, *asked: started.append(asked))
    call = signed_in(settings)
    assert "Prompt 1 of " in heard(call)
    words = call.heard_now[-2].text
    call.press("1")
    assert isinstance(call.state, Recording)
    call.record(4, "#")
    assert "/Recordings/RE" in heard(call)
    assert "To keep it, press 1." in heard(call)
    with carrier(Response(status=404), Response(encoded(TONE, "wav"))) as asked:
        call.press("1")
    assert [request.path[-4:] for request in asked] == [".wav"] * 2
    assert asked[0].authorization is not None
    assert (asked[0].authorization.username, asked[0].authorization.password) == (ACCOUNT, TOKEN)
    assert "It is kept." in heard(call)
    assert "Prompt 2 of " in heard(call)

    assert started == [("--wait",)]
    wanted = {plan.key(one): one for one in wanted_of(settings.prompts).values()}
    mine = {key: one for key, one in wanted.items() if one.text == words and not one.slow}
    names = recorded.file_names(wanted)
    assert [settings.clips / f"{names[key]}.wav" for key in mine] == list(
        recorded.recordings(settings.clips).values()
    )
    made = render(settings.clips, mine, Rendering(Speaker(Pico())))
    (clip,) = made.clips.values()
    assert clip.engine == recorded.ENGINE
    assert clip.loudness == pytest.approx(-19, abs=1)
    assert f"<Play>/audio/{clip.name}" in spoken_by(settings)
    # Other words: what was recorded is not played for them.
    edit(
        settings.prompts,
        [{"in": "en.yaml", "replace": "danger, hang up", "by": "danger, please hang up"}],
    )
    assert f"<Play>/audio/{clip.name}" not in spoken_by(settings)


def test_a_recording_that_the_carrier_does_not_give_is_asked_for_again(
    settings: Settings, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    call = signed_in(settings)
    call.press("1")
    call.record(4, "#")
    with carrier(Response("<html>", status=200)):
        call.press("1")
    assert "It could not be kept. Please record it again." in heard(call)
    assert "Prompt 1 of " in heard(call)
    assert not (settings.clips / "recorded").exists()


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
    stranger = Call(WsgiLine(create_app(settings), TOKEN), inside, Parties(account_sid=ACCOUNT))
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


def test_only_recordings_of_the_carrier_are_fetched() -> None:
    for sid in ("", "RE1", "../../Calls", "RE" + "g" * 32):
        with pytest.raises(SpeechError, match="no recording"):
            fetched(ACCOUNT, TOKEN, sid)


def test_nobody_there_is_told_in_one_line() -> None:
    with pytest.raises(SpeechError, match=re.escape("(ConnectionError)")):
        fetched(ACCOUNT, TOKEN, SID, api="http://127.0.0.1:9", waits=())


def test_what_is_too_long_is_refused(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried, "MAX_BYTES", 1000)
    with (
        carrier(Response(b"RIFF0000WAVE" + b"0" * 200_000)),
        pytest.raises(SpeechError, match="does not give"),
    ):
        fetched(ACCOUNT, TOKEN, SID, api=carried.API, waits=())
