"""Translations as PO files, the form that translators' tools read and write.

An entry's context is the prompt's id, its msgid the source text, its msgstr the translation. What
is stale or a draft is marked fuzzy, PO's word for "look at this".
"""

import hashlib
import io
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
"""Lines stay as long as they are, so that what did not change does not look as if it had."""


def digest(text: str) -> str:
    """Return what a translation's `of` holds: the first 8 hex digits of its source's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def export(source: Prompts, translated: Prompts, language: str) -> polib.POFile:
    """Return the prompts of a language as a PO file, in the order of the source language.

    A prompt that the language does not have yet has an empty msgstr: it is to be translated.
    """
    po = polib.POFile(wrapwidth=100)
    po.metadata = {
        "Project-Id-Version": "ivr prompts",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    for prompt, source_text in source.items():
        ours = translated.get(prompt)
        done = ours is not None and ours.of == digest(source_text.text) and ours.state == "reviewed"
        entry = polib.POEntry(
            msgctxt=prompt, msgid=source_text.text, msgstr=ours.text if ours else "", flags=[]
        )
        if ours and not done:
            entry.flags.append("fuzzy")
        po.append(entry)
    return po


def take_in(po_path: Path, words_path: Path, source: Prompts) -> int:
    """Write the translations of a PO file into a language's YAML file; return how many changed.

    Comments and order of the YAML stay; prompts that it lacks are added where the source has them,
    and a language without a file gets one. An entry that is not fuzzy counts as reviewed. A fuzzy
    one that nobody has touched changes nothing, so that what is stale stays so. Raises IvrError
    for a file that is no PO file, and for a prompt that the script does not have.
    """
    entries = _entries(po_path)
    unknown = [f'"{e.msgctxt or e.msgid[:30]}"' for e in entries if e.msgctxt not in source]
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
    changed = sum(_take(data["prompts"], entry, order) for entry in entries if entry.msgstr.strip())
    if changed:
        made = io.StringIO()
        yaml.dump(data, made)
        words_path.write_text(made.getvalue(), encoding="utf-8")
    return changed


def _entries(path: Path) -> list[polib.POEntry]:
    # Given a name that is no file's, polib takes the name for the content.
    if not path.is_file():
        raise IvrError(f"{path} is not there: name the PO file that came back")
    try:
        entries = [e for e in polib.pofile(str(path), encoding="utf-8") if not e.obsolete]
    except (OSError, ValueError) as e:
        raise IvrError(f"{path} is not a PO file ({e}): export one with --export") from None
    if not entries:
        raise IvrError(f"{path} has no entries: export a PO file with --export")
    return entries


def _new_words() -> CommentedMap:
    data = CommentedMap({"prompts": CommentedMap()})
    data.yaml_set_start_comment("yaml-language-server: $schema=schema/words.json")
    return data


def _take(prompts: CommentedMap, entry: polib.POEntry, order: list[str]) -> bool:
    """Take one entry in; tell whether that changed anything."""
    text, was = entry.msgstr.strip(), prompts.get(entry.msgctxt)
    had: Mapping[str, Any] = was if isinstance(was, Mapping) else {"text": was}
    if entry.fuzzy and had["text"] == text:
        return False
    now = {"text": text, "of": digest(entry.msgid)}
    if not entry.fuzzy or "state" in had:
        now["state"] = "draft" if entry.fuzzy else "reviewed"
    if all(had.get(name) == value for name, value in now.items()):
        return False
    if isinstance(was, CommentedMap):
        was.update(now)
    elif was is not None:
        prompts[entry.msgctxt] = now
    else:
        before = order[: order.index(entry.msgctxt)]
        prompts.insert(_after(list(prompts), before), entry.msgctxt, CommentedMap(now))
    return True


def _after(present: list[str], before: Iterable[str]) -> int:
    """Return the position behind the last of those that stand before it in the source."""
    return max((present.index(prompt) + 1 for prompt in before if prompt in present), default=0)
