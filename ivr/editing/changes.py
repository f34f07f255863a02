"""What a draft changes for callers: text by text, and where keys lead."""

import datetime as dt
import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import yaml

from ivr.editing.examine import Examined
from ivr.schedule.hours import DAYS, on_weekday
from ivr.script.model import Script
from ivr.script.review import SAFETY_TEXTS
from ivr.script.yaml_source import Loc, plain_data

Piece = tuple[Literal["same", "was", "now"], str]
"""A run of words: in both texts, in the old one alone, or in the new one alone."""

_NUMBERS = ("destinations.", "office.", "on_call.", "emergency.", "agency.number")
"""How the parts of line.yaml begin that decide whom callers reach."""


@dataclass(frozen=True, slots=True)
class Change:
    """A text, or a value of line.yaml or menu.yaml, that is another one.

    `file` and `name` say which. `was` or `now` is None if it is new, or gone. Seconds are 0 for
    what is not said.
    """

    file: str
    name: str
    was: str | None
    now: str | None
    language: str = ""
    seconds_before: float = 0.0
    seconds_after: float = 0.0

    @property
    def pieces(self) -> list[Piece]:
        """The words of both texts, in order, as they differ."""
        return word_diff(self.was or "", self.now or "")


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key that leads elsewhere. A node is "" if the key leads nowhere."""

    node: str
    key: str
    was: str
    now: str


COMMENTS = "comments and layout"
"""The name of a change that no value of a file has."""

_WEEKS = (("hours", "week"), ("on_call", "week"))
"""The parts of line.yaml whose keys are days, or several days."""


def word_diff(was: str, now: str) -> list[Piece]:
    """Return the words of two texts as they differ."""
    old, new = was.split(), now.split()
    pieces: list[Piece] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(("same", " ".join(old[a:b])))
            continue
        if a < b:
            pieces.append(("was", " ".join(old[a:b])))
        if c < d:
            pieces.append(("now", " ".join(new[c:d])))
    return pieces


def text_changes(before: Examined, after: Examined) -> list[Change]:
    """Return the texts that differ, in the order of the new script."""
    changes = []
    for key in dict.fromkeys((*after.texts, *before.texts)):
        old, new = before.texts.get(key), after.texts.get(key)
        if (old.text if old else None) == (new.text if new else None):
            continue
        change = Change(file="", name=key[1], was=None, now=None, language=key[0])
        if old:
            change = replace(change, file=old.file, was=old.text, seconds_before=old.seconds)
        if new:
            change = replace(change, file=new.file, now=new.text, seconds_after=new.seconds)
        changes.append(change)
    return changes


def value_changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """Return what differs in the files that have no words: line.yaml, menu.yaml and the like."""
    changes = []
    for name in sorted({*before, *after}):
        old, new = before.get(name, ""), after.get(name, "")
        if old == new or _has_words(old or new):
            continue
        was, now = _flat(old), _flat(new)
        differ = [k for k in dict.fromkeys((*now, *was)) if was.get(k) != now.get(k)]
        changes += [Change(name, k, _masked(k, was), _masked(k, now)) for k in differ]
        if not differ:
            changes.append(Change(name, COMMENTS, "", ""))
    return changes


def key_changes(before: Script | None, after: Script | None) -> list[KeyChange]:
    """Return the keys that lead elsewhere than before."""
    if before is None or after is None:
        return []
    changes = []
    for node in dict.fromkeys((*after.graph.nodes, *before.graph.nodes)):
        old, new = _keys(before, node), _keys(after, node)
        changes += [
            KeyChange(node, key, old.get(key, ""), new.get(key, ""))
            for key in sorted({*old, *new})
            if old.get(key) != new.get(key)
        ]
    return changes


def confirmation(texts: list[Change], values: list[Change]) -> Literal["dialled", "read", ""]:
    """Return what a lone approver confirms: that they dialled the numbers, or read the texts."""
    if any(c.file == "line.yaml" and c.name.startswith(_NUMBERS) for c in values):
        return "dialled"
    is_safety = any(c.name.startswith(SAFETY_TEXTS) for c in texts)
    return "read" if is_safety or values else ""


def _keys(script: Script, node_id: str) -> dict[str, str]:
    node = script.graph.nodes.get(node_id)
    return {key: c.to for key, c in script.choices(node).items()} if node else {}


def _has_words(text: str) -> bool:
    try:
        data = plain_data(text)
    except yaml.YAMLError:
        return False
    return isinstance(data, Mapping) and "prompts" in data


def _flat(text: str) -> dict[str, str]:
    """Return each value of a YAML file by the keys that lead to it, with dots between."""
    try:
        return dict(_leaves(plain_data(text), ()))
    except yaml.YAMLError:
        return {"all of it": text}


def _leaves(value: Any, loc: Loc) -> Iterator[tuple[str, str]]:  # noqa: ANN401 what the YAML holds
    if isinstance(value, Mapping) and value:
        by_day = value if loc not in _WEEKS else _by_day(value)
        for key, part in by_day.items():
            yield from _leaves(part, (*loc, str(key)))
    elif isinstance(value, list) and loc[:1] == ("nodes",) and loc[2:] == ("choices",):
        yield ".".join(map(str, loc)), ", ".join(map(_choice, value))
    elif isinstance(value, list) and value and any(isinstance(v, dict | list) for v in value):
        for i, part in enumerate(value):
            yield from _leaves(part, (*loc, i + 1))
    elif isinstance(value, list):
        yield ".".join(map(str, loc)), ", ".join(map(str, value))
    else:
        is_text = isinstance(value, str | dt.date)
        text = str(value) if is_text else json.dumps(value, default=str)
        yield ".".join(map(str, loc)), text


def _choice(value: Any) -> str:  # noqa: ANN401 what the YAML holds
    """Return a choice in one piece: "missing (say: to.missing-now)"."""
    if not isinstance(value, Mapping):
        return str(value)
    more = "; ".join(f"{key}: {part}" for key, part in value.items() if key != "to")
    return f"{value.get('to')} ({more})" if more else str(value.get("to"))


def _by_day(week: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Return what a week has on each of its days: mon-fri is five days. A broken one stays."""
    try:
        days = {day: on_weekday(week, i) for i, day in enumerate(DAYS)}
    except (ValueError, TypeError, AttributeError):
        return week
    return {day: list(parts) for day, parts in days.items() if parts}


def _masked(name: str, values: Mapping[str, str]) -> str | None:
    """Return a value; the address of a calendar is not shown, since it is a secret."""
    value = values.get(name)
    is_secret = value is not None and name.startswith("on_call") and "://" in value
    return "(an address)" if is_secret else value
