"""Draft clips: recordings by telephone that nobody has approved. No caller hears one.

A draft is `drafts/<clip key>.wav` in the folder of clips. A file beside it names its author and
time. An operator hears it in the console, and approves exactly what they heard; then it becomes one
of the agency's recordings (`ivr.speech.approvals`).
"""

import datetime as dt
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ivr.dialog.turn import Spoken
from ivr.errors import SpeechError
from ivr.speech import manifest
from ivr.speech.manifest import write_file

FOLDER = "drafts"

_KEY = re.compile(r"[0-9a-zA-Z_-]{1,80}")


@dataclass(frozen=True)
class Draft:
    """A recording of the words with a clip key; `mark` is a hash of its sound."""

    key: str
    words: Spoken
    mark: str
    by: str
    made: str


def save(folder: Path, key: str, sound: bytes, by: str, now: dt.datetime) -> None:
    """Store a draft in the place of an earlier one of the same words. Raises SpeechError."""
    about = json.dumps({"by": by, "made": f"{now:%Y-%m-%d %H:%M} UTC"}, ensure_ascii=False)
    write_file(file_of(folder, key), sound)
    write_file(file_of(folder, key).with_suffix(".json"), about.encode())


def drafts(folder: Path, wanted: Mapping[str, Spoken]) -> list[Draft]:
    """Return the drafts of words that the line says, by clip key."""
    listed = []
    for path in sorted((folder / FOLDER).glob("*.wav")):
        if path.stem in wanted:
            with suppress(OSError):  # approved or discarded a moment ago
                about = _about(path)
                mark = manifest.hash_of(path)
                words = wanted[path.stem]
                listed.append(Draft(path.stem, words, mark, about["by"], about["made"]))
    return listed


def sound(folder: Path, key: str) -> bytes:
    """Return a draft's sound (WAV). Raises SpeechError if the draft does not exist."""
    try:
        return file_of(folder, key).read_bytes()
    except OSError:
        raise SpeechError("there is no such draft any more") from None


def discard(folder: Path, key: str) -> None:
    """Remove a draft, if there is one."""
    path = file_of(folder, key)
    path.unlink(missing_ok=True)
    path.with_suffix(".json").unlink(missing_ok=True)


def file_of(folder: Path, key: str) -> Path:
    """Return the file of a draft. Raises SpeechError for a key that no draft can have."""
    if not _KEY.fullmatch(key):
        raise SpeechError("this is no name of a draft")
    return folder / FOLDER / f"{key}.wav"


def _about(path: Path) -> dict[str, str]:
    try:
        about = json.loads(path.with_suffix(".json").read_text())
    except (OSError, ValueError):
        about = {}
    return {"by": str(about.get("by", "")), "made": str(about.get("made", ""))}
