"""The agency's own recordings, `recorded/<language>/<name>.wav`: preferred to engines."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

from ivr.dialog.turn import Spoken
from ivr.readability.writing import characters
from ivr.readability.writing import words as written_words
from ivr.speech import clip_key
from ivr.speech.manifest import hash_of

FOLDER = "recorded"
ENGINE = "recorded"
"""The engine of such a clip in the manifest."""

FORMS = ("wav", "mp3", "flac", "ogg", "opus", "aif", "aiff")
"""The endings of recordings, the preferred first."""

COMPRESSED = ("m4a", "mp4", "webm", "3gp", "aac", "amr", "wma")
"""The endings of what telephones and browsers record; the extra m4a decodes them."""

ENDINGS = (*FORMS, *COMPRESSED)


def file_names(wanted: Mapping[str, Spoken]) -> dict[str, str]:
    """Return the path for a recording of each wanted clip's words, without the file's ending.

    A prompt that is said in several ways (another key, another number) has a few letters of the
    words' hash in its names.
    """
    plain = {key: _name(words) for key, words in wanted.items()}
    counted = Counter(plain.values())
    return {key: name if counted[name] == 1 else f"{name}.{key[:4]}" for key, name in plain.items()}


def with_normal_pace(wanted: Mapping[str, Spoken], languages: Collection[str]) -> dict[str, Spoken]:
    """Return wanted words, and what is said slowly in some languages at the normal pace, too.

    In these languages slow clips are made from normal ones, so each is recorded at that pace.
    """
    slow = [one for one in wanted.values() if one.slow and one.language in languages]
    normal = (words._replace(slow=False) for words in slow)
    return {**wanted, **{clip_key.key(words): words for words in normal}}


def recordings(folder: Path) -> dict[str, Path]:
    """Return the recordings in the folder, by their paths as in `file_names`."""
    files = sorted((folder / FOLDER).glob("*/*"), key=lambda p: (_rank(p), p.name))
    return {f"{FOLDER}/{p.parent.name}/{p.stem}": p for p in reversed(files) if _rank(p) >= 0}


def _rank(path: Path) -> int:
    """Return the rank of a file's ending, in upper or lower case; -1 if nothing reads it."""
    form = path.suffix[1:].lower()
    return ENDINGS.index(form) if form in ENDINGS and path.is_file() else -1


def own_name(key: str, words: Spoken) -> str:
    """Return the path of a recording that is for these words alone, without the file's ending.

    It is preferred to that in `file_names`, and stays beside it when a text changes.
    """
    return f"{FOLDER}/{words.language}/{key}"


_KEY = re.compile(r"[0-9a-f]{20}")


def unusable_names(folder: Path, wanted: Mapping[str, Spoken]) -> list[str]:
    """Return a line for each file in the folder of recordings that no clip can use by its name.

    The line names the file and the remedy. Hidden files are ignored: systems create them.
    """
    stems = set(file_names(wanted).values())
    languages = sorted({stem.split("/")[1] for stem in stems})
    root, lines = folder / FOLDER, []
    for path in sorted(root.rglob("*")):
        if path.name.startswith(".") or not path.is_file() or _KEY.fullmatch(path.stem):
            continue
        where = path.relative_to(root).parts[:-1]
        if len(where) != 1 or where[0] not in languages:
            folders = " or ".join(f"{FOLDER}/{language}" for language in languages)
            lines.append(f"{path}: no language has this folder: move it to {folders}")
        elif _rank(path) < 0:
            what, name = f'a file "{path.suffix}" cannot be read here', path.stem
            if f"{FOLDER}/{path.parent.name}/{path.name}" in stems:
                what, name = "the file's ending is missing", path.name
            lines.append(f"{path}: {what}: save it as {name}.wav or {name}.mp3")
        elif f"{FOLDER}/{path.parent.name}/{path.stem}" not in stems:
            lines.append(
                f"{path}: no prompt has this name: take a name from the list of clips, with one"
                " ending, as goodbye.wav"
            )
    return lines


FASTEST, SLOWEST = 300, 40
"""Words a minute beyond which a recording cannot have the words of its prompt."""

FASTEST_CHARACTERS, SLOWEST_CHARACTERS = 1200, 80
"""The same of characters, in scripts without spaces between words."""

_SLACK_SECONDS = 4.0
"""Seconds that a recording may last longer, because of pauses."""


def fault(words: Spoken, seconds: float) -> str:
    """Return why a recording of `seconds` cannot have these words; "" if it can."""
    in_characters = len(characters(words.text))
    in_words = len(written_words(words.text)) if in_characters else clip_key.count(words)
    shortest = 60 * (in_words / FASTEST + in_characters / FASTEST_CHARACTERS)
    longest = 60 * (in_words / SLOWEST + in_characters / SLOWEST_CHARACTERS) + _SLACK_SECONDS
    if shortest <= seconds <= longest:
        return ""
    count = f"{in_characters} characters" if in_characters else f"{in_words} words"
    return (
        f"it lasts {seconds:.0f} s, but its {count} take {shortest:.0f} to {longest:.0f} s:"
        " record the words of this prompt, and nothing else"
    )


def fresh(
    folder: Path, wanted: Mapping[str, Spoken], taken: Mapping[str, str]
) -> dict[str, tuple[Path, str]]:
    """Return the recording of each wanted clip that has one, and the hash of its bytes.

    `taken` maps hashes to the keys of the words for which a recording was used before: it is not
    used for other words.
    """
    keys = {name: key for key, name in file_names(wanted).items()}
    keys |= {own_name(key, words): key for key, words in wanted.items()}
    by_key: dict[str, tuple[Path, str]] = {}
    for name, path in recordings(folder).items():
        key = keys.get(name)
        mark = hash_of(path)
        if key is None or taken.get(mark, key) != key:
            continue
        if key not in by_key or path.stem == key:
            by_key[key] = (path, mark)
    return by_key


def ending_of(content: bytes) -> str:
    """Return the ending for a file of a recording, by its first bytes."""
    for at, magic, ending in _MAGIC:
        if content[at : at + len(magic)] == magic:
            return ending
    return "mp3"


_MAGIC = (
    (0, b"RIFF", "wav"),
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (0, b"FORM", "aiff"),
    (0, b"\x1a\x45\xdf\xa3", "webm"),
    (4, b"ftyp", "m4a"),
    (0, b"#!AMR", "amr"),
)


def _name(words: Spoken) -> str:
    prompt = words.prompt.replace("/", "-")
    return f"{FOLDER}/{words.language}/{prompt}" + (".slow" if words.slow else "")
