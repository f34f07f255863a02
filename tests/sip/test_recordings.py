"""Messages that are stored here: they have a quota, and a full disk refuses them, but no call."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from ivr.sip import recorder, recording_store
from ivr.sip.recording_store import Recordings
from ivr.sip.session import CallSession
from tests.conftest import Dials

HOTLINE = "+18883737888"
SECOND = bytes(16000)


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    made = Recordings(tmp_path / "recordings", quota=40_000)
    made.make_folder()
    return made


def test_messages_are_taken_until_the_quota_is_full_and_again_when_old_ones_are_gone(
    recordings: Recordings,
) -> None:
    names = [recordings.save(SECOND)]
    assert recordings.refusal() == ""
    names += [recordings.save(SECOND), recordings.save(SECOND)]
    assert "--quota" in recordings.refusal()
    old = time.time() - 40 * 24 * 3600
    for name in names[:2]:
        os.utime(recordings.path(name), (old, old))
    assert recordings.delete_expired(30) == 2
    assert recordings.refusal() == ""


def test_a_disk_that_is_nearly_full_takes_no_messages(
    recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = SimpleNamespace(free=10**6)
    monkeypatch.setattr(recording_store.shutil, "disk_usage", lambda _: free)
    assert "1 MB" in recordings.refusal()


def quota_is_full(store: Recordings, _: pytest.MonkeyPatch) -> None:
    for _second in range(3):
        store.save(SECOND)


def disk_is_full(_: Recordings, patch: pytest.MonkeyPatch) -> None:
    free = SimpleNamespace(free=10**6)
    patch.setattr(recording_store.shutil, "disk_usage", lambda _: free)


def disk_fails_meanwhile(store: Recordings, patch: pytest.MonkeyPatch) -> None:
    store.folder.rmdir()
    store.folder.touch()
    patch.setattr(Recordings, "refusal", lambda _: "")  # it was there before the message
    spoken = recorder.Recording(SECOND, "#")
    patch.setattr(recorder, "record", lambda *_: spoken)


@pytest.mark.parametrize("break_store", [quota_is_full, disk_is_full, disk_fails_meanwhile])
@pytest.mark.parametrize(
    ("language", "words"),
    [("1", "We cannot take a message just now"), ("2", "No podemos recibir un mensaje ahora")],
    ids=["English", "Spanish"],
)
def test_who_can_leave_no_message_hears_so_and_is_led_on_to_the_hotline(
    break_store: Callable[[Recordings, pytest.MonkeyPatch], None],
    language: str,
    words: str,
    recordings: Recordings,
    monkeypatch: pytest.MonkeyPatch,
    caller_of: Dials,
) -> None:
    caller = caller_of("voicemail").dial().press(language, "1").waits(4)
    caller.press("1", "4", "1", "1", "1")
    break_store(recordings, monkeypatch)
    session = CallSession(*[None] * 6, recordings, {})  # type: ignore[arg-type]
    session._record(caller.call, None, caller.call.state.verb)  # type: ignore[arg-type, union-attr]
    caller.hears(words).does_not_hear("I did not hear", "No oí")
    caller.waits(6).is_connected_to(HOTLINE)
