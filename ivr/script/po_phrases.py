"""What translators are sent besides prompts: what callers say, the inventory, the agency's name.

The context of such an entry names its part of the script, which no prompt's id can: "speech: back",
"inventory: 3", "agency: name". Phrases stand one on a line.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polib

from ivr.errors import IvrError
from ivr.script import yaml_edit
from ivr.script.required_prompts import Item
from ivr.script.spoken_text import spoken
from ivr.script.yaml_source import Loc

SPEECH, INVENTORY, NAME = "speech: ", "inventory: ", "agency: name"
"""How the contexts of such entries begin; only one is the agency's name."""


@dataclass(frozen=True)
class Phrases:
    """Phrases of the script in the default language and in another, and what they are for."""

    context: str
    source: tuple[str, ...]
    translated: tuple[str, ...]
    purpose: str

    def to_po(self) -> polib.POEntry:
        """Return them as an entry of a PO file."""
        source, translated = "\n".join(self.source), "\n".join(self.translated)
        entry = polib.POEntry(msgctxt=self.context, msgid=source, msgstr=translated, flags=[])
        entry.comment = self.purpose
        return entry


def of_speech(
    source: Mapping[str, tuple[str, ...]], translated: Mapping[str, tuple[str, ...]]
) -> Iterator[Phrases]:
    """Yield what callers may say instead of a key."""
    for name, phrases in source.items():
        purpose = f"what callers may say for {name}: as many phrases as are usual, one on a line"
        yield Phrases(f"{SPEECH}{name}", phrases, translated.get(name, ()), purpose)


def of_inventory(items: Iterable[Item], default: str, language: str) -> Iterator[Phrases]:
    """Yield the words of the inventory, which prove that nothing was lost."""
    for number, item in enumerate(items, 1):
        purpose = f"{item.part}: words that the translation of {item.prompt} has, one on a line"
        source, translated = item.hears.get(default, ()), item.hears.get(language, ())
        if source:
            yield Phrases(f"{INVENTORY}{number}", source, translated, purpose)


def of_name(names: Mapping[str, str], default: str, language: str) -> Iterator[Phrases]:
    """Yield the agency's name, as it is said in the welcome."""
    translated = (names[language],) if language in names else ()
    if default in names:
        yield Phrases(NAME, (names[default],), translated, "the name of the agency in the welcome")


def is_phrases(entry: polib.POEntry) -> bool:
    """Return whether an entry of a PO file is not a prompt's."""
    return (entry.msgctxt or "").startswith((SPEECH, INVENTORY, NAME))


def import_phrases(
    entries: Iterable[polib.POEntry], expected: Iterable[Phrases], words_path: Path
) -> int:
    """Write phrases into the script's files; return how many changed. Fuzzy ones are left out.

    `words_path` is the file of the language, in the folder of the script.

    Raises IvrError for phrases that the script does not have (any more), or that cannot be said.
    """
    known_by = {phrases.context: phrases for phrases in expected}
    changed = 0
    for entry in entries:
        phrases = known_by.get(entry.msgctxt)
        if phrases is None or entry.msgid != "\n".join(phrases.source):
            raise IvrError(
                f'"{entry.msgctxt}" is not in the script any more: export it again, and carry over'
                " what was translated"
            )
        words = tuple(line.strip() for line in entry.msgstr.splitlines() if line.strip())
        if words and not entry.fuzzy and words != phrases.translated:
            _write(words_path, phrases.context, [_sayable(entry, word) for word in words])
            changed += 1
    return changed


def _sayable(entry: polib.POEntry, phrase: str) -> str:
    try:
        return spoken(phrase)
    except ValueError as e:
        raise IvrError(f'"{entry.msgctxt}": {e}') from None


def _write(words_path: Path, context: str, words: list[str]) -> None:
    folder, language = words_path.parent, words_path.stem
    if context == NAME:
        _put(folder / "line.yaml", ("agency", "name"), language, " ".join(words))
    elif context.startswith(INVENTORY):
        item = int(context.removeprefix(INVENTORY)) - 1
        _put(folder / "inventory.yaml", (item, "hears"), language, words)
    else:
        _put(words_path, ("speech",), context.removeprefix(SPEECH), words)


def _put(path: Path, loc: Loc, key: str, value: object) -> None:
    try:
        yaml_edit.put_in_file(path, loc, key, value)
    except KeyError:
        if loc != ("speech",):
            raise IvrError(f"{path} has no {key} to translate: export it again") from None
        text = path.read_bytes().decode().rstrip()
        yaml_edit.save(path, f"{text}\n\nspeech:\n  {yaml_edit.entry(key, value)}\n")
