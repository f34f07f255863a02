"""Translations as PO files, the format of translators' tools.

The context of an entry is the prompt's id, its msgid the source text, its msgstr the translation.
Stale translations and drafts are marked fuzzy, which is PO's word for "needs a look".
"""

import hashlib
import io
import re
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polib
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from ivr.errors import IvrError
from ivr.script.model import Prompt

Prompts = Mapping[str, Prompt]

_NO_FOLDING = 10_000
"""The line width, in characters, of a YAML file that is written: no line is folded, so that a diff
shows only what has changed."""


def digest(text: str) -> str:
    """Return the value of a translation's `of`: 8 hex digits of the SHA-256 of its source text."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def export_po(source: Prompts, translated: Prompts, language: str) -> polib.POFile:
    """Return the prompts of a language as a PO file, in the order of the source language.

    The msgstr of a prompt that is not translated yet is empty.
    """
    po = polib.POFile(wrapwidth=100)
    po.metadata = {
        "Project-Id-Version": "ivr prompts",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    for prompt_id, prompt in source.items():
        translation = translated.get(prompt_id)
        text = translation.text if translation else ""
        entry = polib.POEntry(msgctxt=prompt_id, msgid=prompt.text, msgstr=text, flags=[])
        if translation and not _is_current(translation, prompt):
            entry.flags.append("fuzzy")
        po.append(entry)
    return po


def _is_current(translation: Prompt, source: Prompt) -> bool:
    return translation.of == digest(source.text) and translation.state == "reviewed"


def import_po(po_path: Path, words_path: Path, source: Prompts) -> int:
    """Write the translations of a PO file into a language's YAML file; return how many changed.

    The language is the name of the YAML file, or its end: speaker.es.yaml is of es.

    The comments and the order of the YAML file stay. New prompts are added in the order of the
    source language, and a language without a file gets one. An entry that is not fuzzy counts as
    reviewed. A fuzzy entry whose text is unchanged changes nothing: a stale translation stays
    stale. Raises IvrError for a file that is not a PO file or is of another language, and for a
    prompt that the script does not have, or that the file has twice.
    """
    entries = _entries(po_path, words_path.stem.rpartition(".")[2])
    unknown = [f'"{_name(entry)}"' for entry in entries if entry.msgctxt not in source]
    if unknown:
        raise IvrError(
            f"{po_path}: the script has no prompt {', '.join(unknown)}: export it again, and"
            " carry over what was translated"
        )
    yaml = YAML()
    yaml.width = _NO_FOLDING
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.preserve_quotes = True
    data = yaml.load(words_path.read_text("utf-8")) if words_path.exists() else _new_words()
    order = list(source)
    changed = sum(
        _import_entry(data["prompts"], entry, order) for entry in entries if entry.msgstr.strip()
    )
    if changed:
        written = io.StringIO()
        yaml.dump(data, written)
        words_path.write_text(written.getvalue(), encoding="utf-8")
    return changed


def _entries(path: Path, language: str) -> list[polib.POEntry]:
    # polib takes a path that does not exist for the content of a PO file.
    if not path.is_file():
        raise IvrError(f"{path} is not there: name the PO file that came back")
    try:
        po = polib.pofile(str(path), encoding=polib.detect_encoding(str(path)))
    except (OSError, ValueError, LookupError) as e:
        why = _in_one_line(str(e))
        raise IvrError(f"{path} is not a PO file ({why}): export one with --export") from None
    entries = [e for e in po if not e.obsolete]
    if not entries:
        raise IvrError(f"{path} has no entries: export a PO file with --export")
    written = po.metadata.get("Language", "").strip()
    if written and not _is_same_language(written, language):
        raise IvrError(
            f'{path} is "Language: {_in_one_line(written)}", not {language}: name the PO file of'
            f" {language}, or correct its header"
        )
    _refuse_duplicates(path, entries)
    return entries


def _name(entry: polib.POEntry) -> str:
    """Return what names an entry in an error: its context, or how its text begins."""
    return _in_one_line(entry.msgctxt or entry.msgid)


def _in_one_line(text: str) -> str:
    return textwrap.shorten(text, 60, placeholder="…")


def _is_same_language(written: str, language: str) -> bool:
    """Return whether a PO header, such as es_MX, can mean a language of the line, such as es."""
    first, second = (re.split(r"[-_.@]", code.casefold()) for code in (written, language))
    return all(a == b for a, b in zip(first, second, strict=False))


def _refuse_duplicates(path: Path, entries: Iterable[polib.POEntry]) -> None:
    """Raise IvrError if a prompt has two entries, since only one of them could count."""
    lines: dict[str, int] = {}
    for entry in entries:
        first = lines.setdefault(entry.msgctxt or "", entry.linenum or 1)
        if entry.msgctxt and first != (entry.linenum or 1):
            raise IvrError(
                f'{path}:{entry.linenum}: "{_name(entry)}" stands twice, first in line {first}:'
                " keep one of the entries"
            )


def _new_words() -> CommentedMap:
    data = CommentedMap({"prompts": CommentedMap()})
    data.yaml_set_start_comment("yaml-language-server: $schema=schema/words.json")
    return data


def _import_entry(prompts: CommentedMap, entry: polib.POEntry, order: list[str]) -> bool:
    """Write one entry into a language's prompts; return whether that changed anything."""
    text, old = entry.msgstr.strip(), prompts.get(entry.msgctxt)
    old_fields: Mapping[str, Any] = old if isinstance(old, Mapping) else {"text": old}
    if entry.fuzzy and old_fields["text"] == text:
        return False
    fields = {"text": text, "of": digest(entry.msgid)}
    if not entry.fuzzy or "state" in old_fields:
        fields["state"] = "draft" if entry.fuzzy else "reviewed"
    if all(old_fields.get(name) == value for name, value in fields.items()):
        return False
    if isinstance(old, CommentedMap):
        old.update(fields)
    elif old is not None:
        prompts[entry.msgctxt] = fields
    else:
        position = _position(list(prompts), order[: order.index(entry.msgctxt)])
        prompts.insert(position, entry.msgctxt, CommentedMap(fields))
    return True


def _position(present: list[str], earlier: Iterable[str]) -> int:
    """Return the position behind the last of the prompts that come earlier in the source."""
    return max((present.index(prompt) + 1 for prompt in earlier if prompt in present), default=0)
