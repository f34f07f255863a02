"""A stolen PIN of the recording menu: callers hear nothing of it, and the operators learn of it."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from ivr.errors import SettingsError
from ivr.phone.call import Call
from ivr.phone.parties import Parties
from ivr.phone.transport import WsgiTransport
from ivr.settings import Settings
from ivr.speech import drafts, recorded
from ivr.speech.manifest import Clip, Manifest, write_file, write_manifest
from ivr.speech.render import prune
from ivr.speech.telephone import encoded
from ivr.web import create_app
from ivr.web.pages.clips import Renderer
from tests.carrier.stand_in import SID, TOKEN, StandIn
from tests.post import Post
from tests.published import publish
from tests.serving import until
from tests.small_script import small
from tests.web.test_recording_menu import SHORT, TONE, heard, operator_of, recorded_once

PIN, OTHER = "73910462", "58203917"
PINS = f"maria:{PIN},ana:{OTHER}"
OWNER, THIEF = "+12025550101", "+12025550199"


@pytest.fixture
def settings(tmp_path: Path, carrier: StandIn, post: Post) -> Settings:
    return Settings(
        auth_tokens=(TOKEN,),
        account_sid=SID,
        carrier_api=carrier.url,
        prompts=publish(small(tmp_path)),
        clips=tmp_path / "clips",
        state=tmp_path / "state",
        recording_pin=PINS,
        **post.settings,
    )


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Return how the renderer was started."""
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(Renderer, "start", lambda _, *arguments: asked.append(arguments))
    return asked


@pytest.fixture
def app(settings: Settings) -> Flask:
    return create_app(settings, waits=SHORT)


def calls(app: Flask, caller: str, *keyed: str) -> Call:
    parties = Parties(caller=caller, account_sid=SID)
    call = Call(WsgiTransport(app, TOKEN), "http://127.0.0.1/record", parties)
    call.dial()
    for keys in keyed:
        call.press(keys)
    return call


def records(app: Flask, carrier: StandIn, pin: str) -> None:
    call = calls(app, THIEF, f"{pin}#", "1")
    recorded_once(call, carrier)
    call.press("1")
    assert "It is kept as a draft." in heard(call)


def test_what_a_thief_records_is_heard_by_no_caller_and_the_operators_learn_whose_pin_it_was(
    app: Flask,
    settings: Settings,
    carrier: StandIn,
    post: Post,
    started: list[tuple[str, ...]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    records(app, carrier, OTHER)
    assert recorded.recordings(settings.clips) == {}
    assert started == []
    (file,) = (settings.clips / drafts.FOLDER).glob("*.wav")
    for path in (
        f"/audio/{file.name}",
        f"/audio/drafts/{file.name}",
        f"/voices/drafts/{file.name}",
    ):
        assert app.test_client().get(path).status_code in {302, 404}
    until(lambda: post.posts)
    (alert,) = post.posts
    assert alert["kind"] == "recording"
    assert "was recorded by ana" in alert["text"]
    assert "was recorded by ana: a draft waits" in caplog.text
    assert OTHER not in caplog.text


def test_an_operator_who_discards_a_draft_removes_it(
    app: Flask, settings: Settings, carrier: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    records(app, carrier, PIN)
    visitor = operator_of(settings)
    (file,) = (settings.clips / drafts.FOLDER).glob("*.wav")
    assert "recorded by maria" in visitor.sees("/voices")
    visitor.sends(f"/voices/drafts/{file.stem}", act="discard")
    assert list((settings.clips / drafts.FOLDER).iterdir()) == []
    assert recorded.recordings(settings.clips) == {}
    assert "was discarded by maria" in caplog.text


def test_a_draft_that_is_replaced_after_it_was_heard_is_not_approved(
    app: Flask, settings: Settings, carrier: StandIn
) -> None:
    records(app, carrier, PIN)
    visitor = operator_of(settings)
    (file,) = (settings.clips / drafts.FOLDER).glob("*.wav")
    mark = recorded.hash_of(file)
    file.write_bytes(encoded(TONE, "wav") + b"other words")
    answer = visitor.sends(f"/voices/drafts/{file.stem}", act="approve", mark=mark)
    assert answer.status_code == 409
    assert recorded.recordings(settings.clips) == {}


def test_an_approval_is_undone_with_one_touch(
    app: Flask, settings: Settings, carrier: StandIn, post: Post, started: list[tuple[str, ...]]
) -> None:
    """Callers hear the recording before it, or none; the undone one is a draft again."""
    visitor = operator_of(settings)

    def approve() -> tuple[str, str]:
        records(app, carrier, PIN)
        (file,) = (settings.clips / drafts.FOLDER).glob("*.wav")
        mark = recorded.hash_of(file)
        visitor.sends(f"/voices/drafts/{file.stem}", act="approve", mark=mark)
        return file.stem, mark

    def undo(key: str, mark: str) -> int:
        return visitor.sends(f"/voices/approved/{key}/undo", mark=mark).status_code

    key, mark = approve()
    ((name, file),) = recorded.recordings(settings.clips).items()
    clip = settings.clips / "en" / "clip.mp3"
    write_file(clip, b"sound")
    words = ("en", False, "a prompt", "words", recorded.ENGINE, "", "")
    made = Clip(key, "en/clip.mp3", *words, 5, 1.0, -20.0, -3.0, 150.0)
    write_manifest(settings.clips, Manifest({key: made}))
    assert "approved by maria" in visitor.sees("/voices")
    assert undo(key, "another") == 409
    assert undo(key, mark) == 302
    assert recorded.recordings(settings.clips) == {}
    assert not clip.exists()
    assert "recorded by maria (undone)" in visitor.sees("/voices")
    prune(settings.clips, Manifest())
    assert len(list((settings.clips / drafts.FOLDER).glob("*.wav"))) == 1
    assert undo(key, mark) == 409
    assert started[-1] == ("--wait",)
    until(lambda: any("has undone the approval" in alert["text"] for alert in post.posts))
    assert "undid an approval" in visitor.sees("/audit")

    before = file.with_suffix(".mp3")
    write_file(before, b"an older recording")
    (file,) = (settings.clips / drafts.FOLDER).glob("*.wav")
    visitor.sends(f"/voices/drafts/{key}", act="approve", mark=recorded.hash_of(file))
    assert [path.suffix for path in recorded.recordings(settings.clips).values()] == [".wav"]
    assert undo(key, mark) == 302
    assert recorded.recordings(settings.clips) == {name: before}
    assert before.read_bytes() == b"an older recording"


@pytest.mark.parametrize("key", ["..%2Fx", "x" * 90, "nothing"])
def test_only_drafts_are_played(settings: Settings, key: str) -> None:
    visitor = operator_of(settings)
    assert visitor.client.get(f"/voices/drafts/{key}.wav").status_code == 404


def test_wrong_guesses_are_logged_and_alerted_and_do_not_lock_the_owner_out(
    app: Flask, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    assert "Press" not in heard(calls(app, OWNER, f"{PIN}#"))
    for i in range(12):
        calls(app, f"+1202555{100 + i // 4:04}", f"99{i:06}#")
    assert "Too many wrong PINs." in heard(calls(app, THIEF, f"{OTHER}#"))
    assert "Too many wrong PINs." not in heard(calls(app, OWNER, f"{PIN}#"))
    until(lambda: post.posts)
    assert post.posts[0]["kind"] == "recording-pin"
    assert "a wrong PIN at the recording menu" in caplog.text
    assert "99000000" not in caplog.text


WEAK = [
    "000000", "123456", "654321", "012345", "890123", "111222", "121212", "123123", "12341234",
    "135791", "246802", "199999", "122119", "19841224", "12241984", "24121984", "841224", "147258",
    "159357", "112233", "77777777",
]  # fmt: skip


@pytest.mark.parametrize("pin", WEAK)
@pytest.mark.parametrize("name", ["", "maria:", f"ana:{PIN},maria:"])
def test_a_weak_pin_is_refused_and_not_shown(pin: str, name: str) -> None:
    with pytest.raises(SettingsError, match="IVR_RECORDING_PIN") as raised:
        Settings.from_env({"IVR_RECORDING_PIN": name + pin})
    assert pin not in str(raised.value)
    assert PIN not in str(raised.value)


@pytest.mark.parametrize("text", [PIN, PINS, f"maria: {PIN}".replace(" ", ""), "314159", "908172"])
def test_a_good_pin_is_taken(text: str) -> None:
    assert Settings.from_env({"IVR_RECORDING_PIN": text}).recording_pin == text


def test_two_people_do_not_share_a_pin() -> None:
    with pytest.raises(SettingsError, match="each needs its own"):
        Settings.from_env({"IVR_RECORDING_PIN": f"maria:{PIN},ana:{PIN}"})


def test_a_changed_pin_ends_the_calls_of_the_old_one(settings: Settings) -> None:
    parties = Parties(caller=THIEF, account_sid=SID)
    app = create_app(settings)
    call = Call(WsgiTransport(app, TOKEN), "http://127.0.0.1/record", parties)
    call.dial()
    call.press(f"{OTHER}#")
    call.press("1")
    assert "/prompt?call=" in call.url
    Call(WsgiTransport(app, TOKEN), call.url, parties).dial()
    later = create_app(replace(settings, recording_pin=f"maria:{PIN},ana:90817263"))
    with pytest.raises(Exception, match="403"):
        Call(WsgiTransport(later, TOKEN), call.url, parties).dial()
