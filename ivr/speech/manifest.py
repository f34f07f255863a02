"""The manifest: which clip holds which words. One JSON file beside the clips, a clip a line.

It is only ever replaced as a whole, after the files it names are there, so that a renderer that is
killed at any moment leaves one that is true.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType

from ivr.atomic_file import write_atomically
from ivr.dialog.turn import Spoken
from ivr.errors import SpeechError

MANIFEST_FILE = "manifest.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip and what is known of it.

    `key` ties it to its words (ivr.speech.clip_key); `file` is relative to the manifest and
    `size` its bytes; `seconds` long; `loudness` in LUFS, `peak` in dB below full scale; `pace` in
    words a minute without the pauses. A recording of the agency's own has the engine "recorded",
    and `settings` tells from which file's bytes it was made.
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
        """The file's name, by which it is served."""
        return self.file.rpartition("/")[2]

    @property
    def words(self) -> Spoken:
        """The words that are heard in it."""
        return Spoken(self.language, self.text, self.prompt, self.slow)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The clips of a folder by key; `of` is a hash of all that decided which words are wanted.

    `recorded` tells which words a recording was taken for, once and for all, by a hash of its
    bytes: when the words change, the recording does not become one of the new ones.
    """

    clips: Mapping[str, Clip] = field(default_factory=dict)
    of: str = ""
    recorded: Mapping[str, str] = field(default_factory=dict)


def read_manifest(folder: Path) -> Manifest:
    """Read a folder's manifest; where there is none, there are no clips.

    Raises SpeechError for one that cannot be read or understood.
    """
    path = folder / MANIFEST_FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        clips = [Clip(**{f.name: entry[f.name] for f in fields(Clip)}) for entry in data["clips"]]
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
    """Replace a folder's manifest at once. Raises SpeechError if that cannot be done."""
    clips = sorted(manifest.clips.values(), key=lambda c: (c.language, c.prompt, c.slow, c.text))
    lines = ",\n".join(json.dumps(asdict(clip), ensure_ascii=False) for clip in clips)
    more = json.dumps({"of": manifest.of, "recorded": dict(sorted(manifest.recorded.items()))})
    text = f'{{"version": {VERSION}, {more[1:-1]}, "clips": [\n{lines}\n]}}\n'
    write_file(folder / MANIFEST_FILE, text.encode())


def write_file(path: Path, content: bytes) -> None:
    """Write a file that everybody may read, whole or not at all. Raises SpeechError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content, mode=0o644)
    except OSError as e:
        raise SpeechError(f"{path} cannot be written: {e.strerror}") from None
