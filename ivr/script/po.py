"""Translations as PO files, the format of translators' tools.

The context of an entry is the prompt's id, its msgid the source text, its msgstr the translation.
Translations that are stale, or that nobody has reviewed, are marked fuzzy, which is PO's word for
"needs a look". A text that comes back counts as reviewed only if somebody vouches for it by name.

A text that counts something is one entry with plural forms (msgid_plural), as gettext numbers them.
"""

import datetime as dt
import io
import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import polib
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from ivr.errors import IvrError
from ivr.script import yaml_edit
from ivr.script.model import Prompt
from ivr.script.plural import COUNTED, OTHER, Form, gettext_forms, gettext_rule, is_same_rule
from ivr.script.po_phrases import Phrases, import_phrases, is_phrases
from ivr.script.review import digest

Prompts = Mapping[str, Prompt]

_NO_FOLDING = 10_000
"""The line width, in characters, of a YAML file that is written: no line is folded, so that a diff
shows only what has changed."""


@dataclass(frozen=True)
class Origin:
    """Whose work a PO file is: a machine's, a person's, or one that `reviewer` vouches for.

    `on` is the day on which the reviewer read it.
    """

    reviewer: str = ""
    on: dt.date | None = None
    is_machine: bool = False

    def fields(self, *, fuzzy: bool) -> dict[str, object]:
        """Return `state`, and `by` and `on` of a reviewed text. One that is fuzzy is not done."""
        if self.is_machine:
            return {"state": "machine"}
        if fuzzy or not self.reviewer:
            return {"state": "draft"}
        return {"state": "reviewed", "by": self.reviewer, "on": self.on}


def export_po(
    source: Prompts,
    translated: Prompts,
    language: str,
    notes: Mapping[str, str] = MappingProxyType({}),
    phrases: Iterable[Phrases] = (),
) -> polib.POFile:
    """Return the texts of a language as a PO file, in the order of the source language.

    The msgstr of a prompt that is not translated yet is empty. `notes` tell the translator where a
    prompt is heard; `phrases` are what a language has besides its prompts.
    """
    count, expression = gettext_rule(language)
    po = polib.POFile(wrapwidth=100)
    po.metadata = {
        "Project-Id-Version": "ivr prompts",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": f"nplurals={count}; plural={expression};",
    }
    for prompt_id, prompt in source.items():
        translation = translated.get(prompt_id)
        note = notes.get(prompt_id, "")
        entry = polib.POEntry(msgctxt=prompt_id, msgid=prompt.text, comment=note, flags=[])
        if prompt_id in COUNTED:
            entry.msgid, entry.msgid_plural = prompt.forms.get("one", prompt.text), prompt.text
            entry.msgstr_plural = _plural_texts(translation, language)
        else:
            entry.msgstr = translation.text if translation else ""
        is_current = translation and translation.of == digest(prompt.text, prompt.forms.items())
        if translation and not (is_current and translation.is_reviewed):
            entry.flags.append("fuzzy")
        po.append(entry)
    po.extend(some.to_po() for some in phrases)
    return po


def _plural_texts(translation: Prompt | None, language: str) -> dict[int, str]:
    """Return the texts of a prompt as gettext numbers them; empty ones without a translation."""
    texts = dict.fromkeys(range(gettext_rule(language)[0]), translation.text if translation else "")
    for form, index in gettext_forms(language).items():
        if translation and form in translation.forms:
            texts[index] = translation.forms[cast("Form", form)]
    return texts


def _by_form(entry: polib.POEntry, language: str) -> dict[str, str]:
    """Return the texts of an entry by plural form; "other" has that of all other numbers."""
    if not entry.msgid_plural:
        return {OTHER: entry.msgstr.strip()}
    texts = {index: text.strip() for index, text in entry.msgstr_plural.items()}
    indexes = gettext_forms(language)
    last = indexes[OTHER]
    forms = {f: texts.get(i, "") for f, i in indexes.items() if f == OTHER or i != last}
    return {form: text for form, text in forms.items() if text}


def import_po(
    po_path: Path,
    words_path: Path,
    source: Prompts,
    origin: Origin,
    phrases: Iterable[Phrases] = (),
    elsewhere: Mapping[str, Path] = MappingProxyType({}),
) -> int:
    """Write the translations of a PO file into a language's YAML file; return how many changed.

    `elsewhere` are the files of prompts that stand in another one: those of extras.

    The language is the name of the YAML file, or its end: speaker.es.yaml is of es.

    The comments and the order of the YAML file stay. New prompts are added in the order of the
    source language, and a language without a file gets one. An entry that is not fuzzy counts as
    reviewed if `origin` names a reviewer, else as a draft. A text that came back as it was sent
    keeps its reviewer; a fuzzy one stays stale. `phrases` are those that the script has besides its
    prompts. Raises IvrError for a file that is not a PO file or is of another language, and for a
    prompt that the script does not have, that the file has twice, or that has plural forms and
    counts nothing.
    """
    language = words_path.stem.rpartition(".")[2]
    every = _entries(po_path, language)
    entries = [entry for entry in every if not is_phrases(entry)]
    unknown = [f'"{_name(entry)}"' for entry in entries if entry.msgctxt not in source]
    if unknown:
        raise IvrError(
            f"{po_path}: the script has no prompt {', '.join(unknown)}: export it again, and"
            " carry over what was translated"
        )
    files: dict[Path, list[polib.POEntry]] = {words_path: []}
    for entry in entries:
        if _by_form(entry, language).get(OTHER):
            files.setdefault(elsewhere.get(entry.msgctxt, words_path), []).append(entry)
    changed = sum(_import_into(path, own, source, origin, language) for path, own in files.items())
    others = [entry for entry in every if is_phrases(entry)]
    return changed + import_phrases(others, phrases, words_path)


def _import_into(
    path: Path, entries: list[polib.POEntry], source: Prompts, origin: Origin, language: str
) -> int:
    """Write entries into a YAML file, which is made if it is missing; return how many changed."""
    yaml = YAML()
    yaml.width = _NO_FOLDING
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.preserve_quotes = True
    yaml.representer.ignore_aliases = lambda _: True  # the day of a review stands at each text
    data = yaml.load(path.read_text("utf-8")) if path.exists() else _new_words(path)
    data["prompts"].fa.set_block_style()  # a new language's are {}
    changed = sum(
        _import_entry(data["prompts"], entry, source, origin, language) for entry in entries
    )
    if changed:
        written = io.StringIO()
        yaml.dump(data, written)
        yaml_edit.save(path, written.getvalue())
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
    _refuse_odd_entries(path, entries)
    rule = po.metadata.get("Plural-Forms", "")
    if any(entry.msgid_plural for entry in entries) and not is_same_rule(rule, language):
        count, expression = gettext_rule(language)
        raise IvrError(
            f'{path} has other plural forms than {language}: write "Plural-Forms:'
            f' nplurals={count}; plural={expression};" into its header'
        )
    _refuse_open_quotes(path, po.encoding)
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


def _refuse_odd_entries(path: Path, entries: Iterable[polib.POEntry]) -> None:
    """Raise IvrError for two entries of a prompt, and for plural forms of one that counts nothing.

    Only one of two could count. What counts nothing has one text.
    """
    lines: dict[str, int] = {}
    for entry in entries:
        first = lines.setdefault(entry.msgctxt or "", entry.linenum or 1)
        if entry.msgctxt and first != (entry.linenum or 1):
            raise IvrError(
                f'{path}:{entry.linenum}: "{_name(entry)}" stands twice, first in line {first}:'
                " keep one of the entries"
            )
        if entry.msgctxt not in COUNTED and (entry.msgid_plural or entry.msgstr_plural):
            raise IvrError(
                f'{path}:{entry.linenum}: "{_name(entry)}" has plural forms: take out msgid_plural,'
                " and write one msgstr in place of msgstr[0] and the others"
            )


def _refuse_open_quotes(path: Path, encoding: str) -> None:
    """Raise IvrError for a quote that is not closed, of whose text polib drops the last letter."""
    for number, line in enumerate(path.read_text(encoding).splitlines(), 1):
        text = _QUOTED_LINE.match(line.strip())
        if text and not _CLOSED.fullmatch(text["quoted"]):
            raise IvrError(f"{path}:{number}: a quote is not closed: write \" at the line's end")


_QUOTED_LINE = re.compile(r'(?:msg\w+(?:\[\d+\])?\s*)?(?P<quoted>".*)')
"""A line with a part of a text. Comments and entries that were given up are none."""

_CLOSED = re.compile(r'"(?:[^"\\]|\\.)*"')


def _new_words(path: Path) -> CommentedMap:
    data = CommentedMap({"prompts": CommentedMap()})
    folder = "" if (path.parent / "line.yaml").exists() else "../../"  # that of an extra
    data.yaml_set_start_comment(f"yaml-language-server: $schema={folder}schema/words.json")
    return data


def _digest_of_source(entry: polib.POEntry, source: Prompt) -> str:
    """Return the digest of what an entry translates: of the source with all forms if it is that."""
    text = entry.msgid_plural or entry.msgid
    one = source.forms.get("one", source.text) if entry.msgid_plural else source.text
    is_current = (entry.msgid, text) == (one, source.text)
    return digest(text, source.forms.items() if is_current else ())


def _import_entry(
    prompts: CommentedMap, entry: polib.POEntry, source: Prompts, origin: Origin, language: str
) -> bool:
    """Write one entry into a language's prompts; return whether that changed anything."""
    by_form, old = _by_form(entry, language), prompts.get(entry.msgctxt)
    text = by_form.pop(OTHER)
    old_fields: Mapping[str, Any] = old if isinstance(old, Mapping) else {"text": old}
    made_from: dict[str, object] = {"text": text}
    if any(other != text for other in by_form.values()) or "forms" in old_fields:
        made_from["forms"] = by_form
    made_from["of"] = _digest_of_source(entry, source[entry.msgctxt])
    is_same = all(old_fields.get(name) == value for name, value in made_from.items())
    is_signed = all(old_fields.get(name) for name in ("by", "on"))
    is_reviewed = old_fields.get("state") == "reviewed" and is_signed
    if (entry.fuzzy and old_fields["text"] == text) or (is_same and is_reviewed):
        return False
    fields: dict[str, object] = {**made_from, **origin.fields(fuzzy=entry.fuzzy)}
    if all(old_fields.get(name) == value for name, value in fields.items()):
        return False
    if isinstance(old, CommentedMap):
        for name in ("by", "on"):
            old.pop(name, None)
        old.update(fields)
    elif old is not None:
        prompts[entry.msgctxt] = fields
    else:
        # Behind the last of the prompts that come earlier in the source.
        order, present = list(source), list(prompts)
        earlier = order[: order.index(entry.msgctxt)]
        position = max((present.index(p) + 1 for p in earlier if p in present), default=0)
        prompts.insert(position, entry.msgctxt, CommentedMap(fields))
    return True
