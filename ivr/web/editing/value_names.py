"""What an operator calls a value of the script's files: "Opening hours, Monday"."""

import re
from collections.abc import Mapping
from typing import Final

from ivr.editing.changes import COMMENTS, Change
from ivr.editing.examine import Examined
from ivr.phone_numbers import written_number
from ivr.schedule.hours import DAYS
from ivr.transcript.labels import heading, language_name
from ivr.web.editing.hours import DAY_NAMES

_NAMES: Final[Mapping[str, str]] = {
    "agency.name.{language}": "The agency's name, {language}",
    "agency.number": "The line's own number",
    "default_language": "Language of a caller who presses nothing",
    "opening": "Languages that the opening offers by a key of their own",
    "silence": "After three silences",
    "speech": "Words in place of keys",
    "text_me": "Text messages with the numbers",
    "extras": "Extras that are on",
    "keep_days": "Days that records of calls are stored",
    "voicemail": "Messages of callers",
    "voicemail.keep_days": "Days that a message is stored",
    "emergency.bridge": "The key 9 connects to 911",
    "emergency.address_registered_on": "Day on which the address was registered for 911",
    "languages.{language}.voice": "{language}: the carrier's voice",
    "languages.{language}.speech": "{language}: recognition of words",
    "languages.{language}.called.{other}": "{language}: its name, {other}",
    "languages.{language}.on_air": "{language}: callers hear it",
    "languages.{language}.words_per_minute": "{language}: pace in words a minute",
    "answer_texts.{language}": "Answer to a text message, {language}",
    "destinations.{destination}.number": "Numbers, {destination}",
    "destinations.{destination}.number_in.{language}": "Numbers, {destination}, {language}",
    "destinations.{destination}.source": "Numbers, {destination}: where it is published",
    "destinations.{destination}.verified_on": "Numbers, {destination}: dialled on",
    "destinations.{destination}.languages": "Numbers, {destination}: languages",
    "destinations.{destination}.interpreter": "Numbers, {destination}: interpreters",
    "destinations.{destination}.text": "Numbers, {destination}: number for texts",
    "destinations.{destination}.text_word": "Numbers, {destination}: word to text",
    "office.numbers": "The agency's office: telephones",
    "office.ring": "The agency's office: how they ring",
    "office.screened": "The agency's office: whoever answers presses 1",
    "hours": "Opening hours",
    "hours.week.{day}": "Opening hours, {day}",
    "hours.holidays": "Public holidays",
    "hours.holidays.country": "Public holidays, country",
    "hours.holidays.state": "Public holidays, state",
    "hours.holidays.except": "Public holidays, open all the same on",
    "hours.days.{number}.on": "Other hours on a date, row {number}: date",
    "hours.days.{number}.open": "Other hours on a date, row {number}: open",
    "hours.days.{number}.why": "Other hours on a date, row {number}: why",
    "hours.closed.{number}.begins": "Closed for once, row {number}: from",
    "hours.closed.{number}.ends": "Closed for once, row {number}: open again from",
    "hours.closed.{number}.why": "Closed for once, row {number}: why",
    "on_call.people.{person}": "On call, number of {person}",
    "on_call.speaks.{person}": "On call, languages of {person}",
    "on_call.week.{day}.{number}.hours": "On call, {day}, shift {number}: hours",
    "on_call.week.{day}.{number}.ring": "On call, {day}, shift {number}: who is rung",
    "on_call.days.{number}.on": "On call on a date, row {number}: date",
    "on_call.days.{number}.shifts.{shift}.hours": "On call on a date, row {number}: hours",
    "on_call.days.{number}.shifts.{shift}.ring": "On call on a date, row {number}: who is rung",
    "nodes.{node}.choices": "Keys of “{node}”, in order",
    "nodes.{node}.steps": "Steps of “{node}”, in order",
    "nodes.{node}.kind": "Part “{node}”: kind",
    COMMENTS: "Comments and layout",
}
"""Keys to a value → its name, where that is not the keys. A part in braces stands for any key."""

_PATTERNS = tuple(
    (re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^.]+)", re.escape(keys))), name)
    for keys, name in _NAMES.items()
)

_LEADS = re.compile(r"nodes\.[^.]+\.(?:choices|then|next|voicemail)")
"""Values of menu.yaml that are ids of nodes."""


class ValueNames:
    """The names of values of two scripts; if both are broken, parts are called by their ids."""

    def __init__(self, before: Examined, after: Examined) -> None:
        self._scripts = [one.script for one in (after, before) if one.script]
        self._nodes = {
            p: node for one in (before, after) for node, ps in one.nodes.items() for p in ps
        }

    def part_of(self, change: Change) -> str:
        """Return the name of the part that says a text, with a colon."""
        node = self._nodes.get(change.name, "")
        return f"{self.node(node) if node else 'Said everywhere'}:"

    def of(self, change: Change) -> str:
        """Return the name of a value; one that no page shows is called by its keys, in words."""
        for pattern, name in _PATTERNS:
            if match := pattern.fullmatch(change.name):
                return name.format(**{k: self._part(k, v) for k, v in match.groupdict().items()})
        parts = change.name.split(".")
        if parts[0] == "nodes" and len(parts) > 1:
            parts = [f"Part “{self.node(parts[1])}”", *parts[2:]]
        name = ", ".join(parts).replace("_", " ")
        return name[:1].upper() + name[1:]

    def value(self, change: Change, value: str | None) -> str:
        """Return a value as a page shows it: parts by their names, numbers as they are written."""
        if change.name == COMMENTS:
            return "callers hear no difference"
        if value is None or value in {"null", ""}:
            return "nothing"
        if change.file == "menu.yaml" and _LEADS.fullmatch(change.name):
            return ", ".join(map(self._choice, value.split(", ")))
        if change.file == "line.yaml":
            return _WRITTEN.get(value) or _number(value)
        return value

    def node(self, node: str) -> str:
        """Return the name of a part, or its id if this script does not have it."""
        for script in self._scripts:
            if node in script.graph.nodes:
                return heading(script, script.line.default_language, node)
        return node

    def _choice(self, choice: str) -> str:
        node, bracket, more = choice.partition(" (")
        return self.node(node) + bracket + more

    def _part(self, kind: str, key: str) -> str:
        match kind:
            case "language" | "other":
                return language_name(key)
            case "day":
                return DAY_NAMES[DAYS.index(key)] if key in DAYS else key
            case "person":
                return key.capitalize()
            case "node":
                return self.node(key)
            case "destination":
                return self._destination(key)
            case _:
                return key

    def _destination(self, name: str) -> str:
        for script in self._scripts:
            words = script.words[script.line.default_language].prompts
            if prompt := words.get(f"destination.{name}"):
                return prompt.text
        return name


_WRITTEN = {"true": "yes", "false": "no", "[]": "nothing", "{}": "nothing"}


def _number(value: str) -> str:
    """Return telephone numbers as their country writes them; another value as it is."""
    return re.sub(r"\+\d{7,15}\b", lambda number: written_number(number[0]), value)
