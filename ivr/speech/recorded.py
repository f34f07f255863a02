"""The agency's own recordings, `recorded/<language>/<name>.wav` or `.mp3`: they win over others."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from ivr.dialog.turn import Spoken

FOLDER = "recorded"
ENGINE = "recorded"
"""What the manifest calls the engine of such a clip."""

FORMS = ("wav", "mp3", "flac", "ogg")


def file_names(wanted: Mapping[str, Spoken]) -> dict[str, str]:
    """Return where to save a recording of each wanted clip's words, without the file's ending.

    A prompt that is said in several ways (another key, another number) has a few letters of the
    words' hash in its names.
    """
    plain = {key: _name(words) for key, words in wanted.items()}
    counted = Counter(plain.values())
    return {key: name if counted[name] == 1 else f"{name}.{key[:4]}" for key, name in plain.items()}


def recordings(folder: Path) -> dict[str, Path]:
    """Return the recordings that there are, by name as in `file_names`."""
    found = (p for form in FORMS for p in sorted((folder / FOLDER).glob(f"*/*.{form}")))
    return {f"{FOLDER}/{p.parent.name}/{p.stem}": p for p in found}


def fresh(
    folder: Path, wanted: Mapping[str, Spoken], taken: Mapping[str, str]
) -> dict[str, tuple[Path, str]]:
    """Return the recording of each wanted clip that has one, and the hash of its bytes.

    `taken` tells which words a recording was taken for before: of others it is none.
    """
    keys = {name: key for key, name in file_names(wanted).items()}
    found = {}
    for name, path in recordings(folder).items():
        key = keys.get(name)
        mark = hash_of(path)
        if key is not None and taken.get(mark, key) == key:
            found[key] = (path, mark)
    return found


def hash_of(path: Path) -> str:
    """Return a hash of a recording's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:20]


def _name(words: Spoken) -> str:
    prompt = words.prompt.replace("/", "-")
    return f"{FOLDER}/{words.language}/{prompt}" + (".slow" if words.slow else "")
