"""Messages that are stored here: they have a quota, and a full disk refuses them, but no call."""

import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from ivr.phone.states import Heard
from ivr.phone.twiml.verbs import Record, Say
from ivr.sip import recording_store
from ivr.sip.playout import AudioPlayout
from ivr.sip.recording_store import Recordings
from ivr.sip.session import CallSession

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


class Speaks(AudioPlayout):
    """A playout that notes what it says."""

    def __init__(self, language: str) -> None:
        self.events = [Heard("…", language, 1.0, interruptible=False, at=0.0, slow=False)]
        self.words: list[str] = []

    def hear(self, say: Say, *, interruptible: bool) -> None:
        self.words += [piece.text for piece in say.pieces if hasattr(piece, "text")]


@pytest.mark.parametrize(
    ("language", "words"),
    [("en-US", "cannot take a message"), ("es-MX", "mensajes"), ("vi-VN", "cannot take a message")],
)
def test_a_refused_message_is_said_and_the_call_goes_on(
    recordings: Recordings, language: str, words: str
) -> None:
    for _ in range(3):
        recordings.save(SECOND)
    went_on = []
    call = SimpleNamespace(silence=lambda: went_on.append("as if nobody had spoken"))
    session = CallSession(*[None] * 6, recordings, {})  # type: ignore[arg-type]
    playout = Speaks(language)
    session._record(call, playout, Record())  # type: ignore[arg-type]
    assert words in playout.words[0]
    assert went_on
