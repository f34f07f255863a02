"""The manifest: lists the clips with their words, in one JSON file beside them, one clip a line.

It is only replaced as a whole, and only after the files that it lists are written. So it is right
even if a renderer is killed at any moment.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType

from ivr.atomic_file import write_atomically
from ivr.dialog.turn import Spoken
from ivr.errors import SpeechError, report_unwritable

MANIFEST_FILE = "manifest.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip's entry in the manifest.

    `key` ties it to its words (ivr.speech.clip_key). `file` is relative to the manifest, and `size`
    is in bytes. `loudness` is in LUFS, `peak` in dB relative to full scale, and `pace` in words a
    minute without the pauses. A clip of an agency's recording has the engine "recorded", and its
    `settings` begin with the hash of the recording's bytes.
    """

    key: str
    file: str
    language: str
    slow: bool
    prompt: str
    text: str
    engine: str
    voice: str
    settings: str
    size: int
    seconds: float
    loudness: float
    peak: float
    pace: float

    @property
    def name(self) -> str:
        """The file's name, under which it is served."""
        return self.file.rpartition("/")[2]

    @property
    def words(self) -> Spoken:
        """The words that it says."""
        return Spoken(self.language, self.text, self.prompt, self.slow)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The clips of a folder by key; `of` is a hash of all that decided which words are wanted.

    `recorded` maps the hash of each recording's bytes to the key of the words for which it was
    first used. If the words change, the recording is not used for the new ones.
    """

    clips: Mapping[str, Clip] = field(default_factory=dict)
    of: str = ""
    recorded: Mapping[str, str] = field(default_factory=dict)


def read_manifest(folder: Path) -> Manifest:
    """Read a folder's manifest; a folder without one has no clips.

    Raises SpeechError if it cannot be read or is invalid.
    """
    path = folder / MANIFEST_FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        names = [f.name for f in fields(Clip)]
        clips = [Clip(*[entry[name] for name in names]) for entry in data["clips"]]
    except FileNotFoundError:
        return Manifest()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        what = e.strerror if isinstance(e, OSError) else f"{type(e).__name__}: {e}"
        raise SpeechError(
            f"{path} cannot be read ({what}): delete it, and render the clips again"
        ) from None
    if data.get("version") != VERSION:
        raise SpeechError(f"{path} is of version {data.get('version')}: update ivr, or delete it")
    by_key = MappingProxyType({clip.key: clip for clip in clips})
    return Manifest(by_key, str(data.get("of", "")), dict(data.get("recorded", {})))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace a folder's manifest as a whole. Raises SpeechError if it cannot be written."""
    clips = sorted(manifest.clips.values(), key=lambda c: (c.language, c.prompt, c.slow, c.text))
    lines = ",\n".join(json.dumps(asdict(clip), ensure_ascii=False) for clip in clips)
    more = json.dumps({"of": manifest.of, "recorded": dict(sorted(manifest.recorded.items()))})
    text = f'{{"version": {VERSION}, {more[1:-1]}, "clips": [\n{lines}\n]}}\n'
    write_file(folder / MANIFEST_FILE, text.encode())


def hash_of(path: Path) -> str:
    """Return a hash of a file's bytes, 20 hex digits. Raises OSError."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:20]


def write_file(path: Path, content: bytes) -> None:
    """Write a file that every user can read, whole or not at all. Raises SpeechError."""
    with report_unwritable(path, SpeechError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content, mode=0o644)
