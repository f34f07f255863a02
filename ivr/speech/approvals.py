"""Approved drafts: each becomes one of the agency's recordings, and can be undone with one touch.

`approved/<clip key>.json` in the folder of clips names who approved the last recording of these
words, and the recording before it is beside it. To undo it puts that one back; the undone recording
becomes a draft again, which no caller hears.
"""

import datetime as dt
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ivr.dialog.turn import Spoken
from ivr.errors import SpeechError
from ivr.speech import drafts, recorded
from ivr.speech.manifest import hash_of, read_manifest, write_file

FOLDER = "approved"

HELD_DAYS = 30
"""Days for which an approval can be undone with one touch."""


@dataclass(frozen=True)
class Approval:
    """An approval that can be undone; `mark` is a hash of the recording's sound."""

    key: str
    words: Spoken
    mark: str
    by: str
    moment: dt.datetime


def approve(
    folder: Path, key: str, mark: str, wanted: Mapping[str, Spoken], by: str, now: dt.datetime
) -> None:
    """Make a draft the recording of its words. Raises SpeechError unless it has the `mark`."""
    name = recorded.file_names(wanted).get(key)
    content = drafts.sound(folder, key)
    if name is None:
        raise SpeechError("the line does not say these words any more")
    if hash_of(drafts.file_of(folder, key)) != mark:
        raise SpeechError("it was recorded again meanwhile: hear the new one")
    # The recording that is in use, if there is one, can be put back.
    if (before := _former(folder, key)) is not None:
        before.unlink()
    if (used := recorded.recordings(folder).get(name)) is not None:
        write_file(_about(folder, key).with_suffix(used.suffix), used.read_bytes())
    about = {"by": by, "at": now.isoformat(), "mark": mark}
    write_file(_about(folder, key), json.dumps(about, ensure_ascii=False).encode())
    _replace(folder, name, ".wav", content)
    drafts.discard(folder, key)


def undoable(folder: Path, wanted: Mapping[str, Spoken], now: dt.datetime) -> list[Approval]:
    """Return the approvals that can be undone, the latest first."""
    own, names, listed = recorded.recordings(folder), recorded.file_names(wanted), []
    for path in (folder / FOLDER).glob("*.json"):
        key = path.stem
        with suppress(OSError, ValueError, KeyError):
            about, used = json.loads(path.read_text()), own[names[key]]
            moment = dt.datetime.fromisoformat(about["at"])
            is_recent = now - moment < dt.timedelta(days=HELD_DAYS)
            if is_recent and hash_of(used) == about["mark"]:
                listed.append(Approval(key, wanted[key], about["mark"], about["by"], moment))
    return sorted(listed, key=lambda approval: approval.moment, reverse=True)


def undo(folder: Path, approval: Approval, wanted: Mapping[str, Spoken], by: str) -> None:
    """Put back what callers heard before an approval; the recording becomes a draft again.

    Its clip is removed at once: until the next one is made, the carrier's voice says the words.
    Raises SpeechError if a file cannot be written.
    """
    key, name = approval.key, recorded.file_names(wanted)[approval.key]
    used = recorded.recordings(folder)[name]
    if not drafts.file_of(folder, key).exists():
        drafts.save(folder, key, used.read_bytes(), f"{by} (undone)", approval.moment)
    former = _former(folder, key)
    if former is None:
        _replace(folder, name, ".wav", None)
    else:
        _replace(folder, name, former.suffix, former.read_bytes())
    clip = read_manifest(folder).clips.get(key)
    if clip is not None and clip.engine == recorded.ENGINE:
        (folder / clip.file).unlink(missing_ok=True)
    for path in (_about(folder, key), former):
        if path is not None:
            path.unlink(missing_ok=True)


def _replace(folder: Path, name: str, suffix: str, content: bytes | None) -> None:
    """Put a recording in the place of all of a name; None leaves none."""
    own = folder / f"{name}{suffix}"
    if content is not None:
        write_file(own, content)
    for path in own.parent.glob("*"):
        if path.stem == Path(name).name and (content is None or path != own):
            path.unlink()


def _former(folder: Path, key: str) -> Path | None:
    paths = [p for p in (folder / FOLDER).glob(f"{key}.*") if p.suffix != ".json"]
    return paths[0] if paths else None


def _about(folder: Path, key: str) -> Path:
    return folder / FOLDER / f"{key}.json"
