"""Clips of a revision that may not be on the air yet: made behind, and heard by editors alone.

They are in `revision-clips/` of IVR_STATE, a folder of clips like the line's own, in which no turn
of a call looks. Beside them is the status: which revision they are of, and all that it says. Once
the revision is on the air, they are copied to the line's clips, with the recordings that some were
made from: only entries are added there, so a call that goes on in the old words is played the old
clips.
"""

import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ivr.atomic_file import make_private_folder, write_atomically
from ivr.dialog.turn import Spoken
from ivr.errors import SpeechError, report_unwritable
from ivr.speech import clip_key, recorded
from ivr.speech.clips import is_whole, lacking
from ivr.speech.manifest import (
    MANIFEST_FILE,
    Clip,
    Manifest,
    hash_of,
    read_manifest,
    write_manifest,
)
from ivr.speech.render_lock import hold_render_lock

log = logging.getLogger("ivr.speech")

FOLDER = "revision-clips"
"""In IVR_STATE: the clips, the status, and the script's files that they are made from."""

SCRIPT = "script"
"""In that folder: the files of the revision."""

INBOX = "inbox"
"""In that folder: recordings as they were sent, each named by the key of its words."""

_STATUS_FILE = "status.json"


@dataclass(frozen=True, slots=True)
class Status:
    """Which revision the clips are of, by the digest of its files, and how far they are made.

    `digest` is that of its files and recordings, and `files` that of its files alone: while
    somebody records one text after the other, it says the same. `utterances` are all that it says.
    `is_done`: no more clips will be made for it; `trouble` says why some are missing, in a sentence
    for operators; "" if none is. `refused` says by clip key why a recording cannot be right.
    """

    digest: str
    utterances: tuple[Spoken, ...] = ()
    trouble: str = ""
    is_done: bool = False
    refused: Mapping[str, str] = field(default_factory=dict)
    files: str = ""


_STATUS = TypeAdapter(Status)


def folder(state: Path) -> Path:
    """Return the folder of these clips in IVR_STATE."""
    return state / FOLDER


def read_status(state: Path) -> Status | None:
    """Return the status; None if no status can be read."""
    try:
        return _STATUS.validate_json((folder(state) / _STATUS_FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def write_status(state: Path, status: Status) -> None:
    """Replace the status. Raises SpeechError if it cannot be written."""
    with report_unwritable(folder(state), SpeechError):
        write_atomically(folder(state) / _STATUS_FILE, _STATUS.dump_json(status))


def begin(state: Path) -> tuple[Path, Path]:
    """Return the empty folders for the script's files and for recordings. Raises OSError."""
    make_private_folder(folder(state))
    rooms = folder(state) / SCRIPT, folder(state) / INBOX
    for room in rooms:
        shutil.rmtree(room, ignore_errors=True)
        make_private_folder(room)
    return rooms


def made(state: Path) -> dict[str, Clip]:
    """Return the clips of what the revision says, by key, that can be played."""
    status, room = read_status(state), folder(state)
    says = {clip_key.key(words) for words in status.utterances} if status else set()
    clips = read_manifest(room).clips
    return {key: clip for key, clip in clips.items() if key in says and is_whole(room, clip)}


def adopt(state: Path, digest: str, clips: Path) -> int:
    """Add the clips of a revision that is on the air to those of the line; return how many.

    Nothing is done for another revision than that whose clips these are. Raises SpeechError if
    another renderer works in the line's folder, or if it cannot be written.
    """
    status, room = read_status(state), folder(state)
    if status is None or status.digest != digest:
        return 0
    ready = made(state)
    if not ready:
        return 0
    with hold_render_lock(clips):
        present = read_manifest(clips)
        lacks = lacking(clips, present.clips, ready)
        for clip in lacks.values():
            _copy(room / clip.file, clips / clip.file)
        own = {
            key: path for path in room.glob(f"{recorded.FOLDER}/*/*") if (key := path.stem) in lacks
        }
        for path in own.values():
            _copy(path, clips / path.relative_to(room))
        if lacks:
            # Without `of` the next renderer looks at all words anew.
            taken = {**present.recorded, **{hash_of(path): key for key, path in own.items()}}
            write_manifest(clips, Manifest({**present.clips, **lacks}, "", taken))
            log.info("%d clips of revision %s are the line's now", len(lacks), digest)
    return len(lacks)


def _copy(clip: Path, target: Path) -> None:
    """Copy a clip. It is not flushed to the disk: one that is cut short is not played."""
    half = target.with_name(f".{target.name}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(clip, half)
        half.chmod(0o644)
        half.replace(target)
    except OSError as e:
        half.unlink(missing_ok=True)
        raise SpeechError(f"{target} cannot be written: {e.strerror}") from None


def settle(state: Path, status: Status) -> None:
    """Delete the clips, since the line has them; the status stays. Raises SpeechError."""
    room = folder(state)
    (room / MANIFEST_FILE).unlink(missing_ok=True)
    for part in room.glob("*"):
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
    write_status(state, replace(status, utterances=()))


def remove(state: Path) -> None:
    """Delete the clips of a draft that is no more, and their status."""
    shutil.rmtree(folder(state), ignore_errors=True)
