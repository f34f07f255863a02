"""From prompt ids to spoken words: blanks filled, numbers digit by digit, in a language."""

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache

import phonenumbers

from ivr.dialog.place import Place
from ivr.dialog.turn import Spoken
from ivr.script.model import Script
from ivr.script.nodes import Agency, Transfer
from ivr.script.plural import COUNTED

PAUSE = "…"
"""Half a second of silence, in a prompt's text."""


def spoken(
    script: Script,
    place: Place,
    prompt: str,
    *,
    language: str = "",
    slow: bool | None = None,
    **blanks: str,
) -> Spoken:
    """Return a prompt as it is spoken at a place.

    `language` and `slow` are those of the place unless given. `blanks` are filled in; all others
    are filled from line.yaml.
    """
    slow = place.slow if slow is None else slow
    filled = tuple(blanks.items())
    return _spoken(script, language or place.language, place.node, prompt, slow=slow, blanks=filled)


@lru_cache(maxsize=16384)
def _spoken(
    script: Script,
    language: str,
    node: str,
    prompt: str,
    *,
    slow: bool,
    blanks: tuple[tuple[str, str], ...],
) -> Spoken:
    filled = dict(blanks)
    counted = filled.get(COUNTED.get(prompt, ""), "")
    text = script.text(language, prompt, int(counted) if counted else None)
    if "{" in text:
        text = text.format_map({**line_blanks(script, node, language), **filled})
    return Spoken(language, digit_by_digit(text), prompt, slow)


@lru_cache(maxsize=16384)
def choice(script: Script, node: str, task: Spoken, key: str) -> Spoken:
    """Return a choice as it is spoken: the task, then the key (docs/architecture.md, rule 3)."""
    named = {"*": "key.star", "#": "key.pound"}
    key = script.text(task.language, named[key]) if key in named else key
    blanks = (("task", task.text), ("key", key))
    utterance = _spoken(script, task.language, node, "choice", slow=task.slow, blanks=blanks)
    return Spoken(task.language, utterance.text, task.prompt, task.slow)


def destination_name(script: Script, language: str, node_id: str) -> str:
    """Return the spoken name of a transfer's destination, or of the agency; "" for other nodes."""
    node = script.node(node_id)
    if isinstance(node, Agency):
        return script.text(language, "agency.name")
    if isinstance(node, Transfer):
        return script.text(language, f"destination.{node.destination}")
    return ""


def has_number(script: Script, node_id: str) -> bool:
    """Return whether a node has a number that callers may hear."""
    node = script.node(node_id)
    if isinstance(node, Agency):
        return bool(script.line.office.numbers)
    return isinstance(node, Transfer)


@cache
def spoken_number(number: str) -> str:
    """Return a number as it is spoken: digit by digit, with pauses (docs/content.md).

    An E.164 number is grouped as its country writes it, any other number by three digits.
    """
    groups: Iterator[str]
    if number.startswith("+"):
        parsed = phonenumbers.parse(number, None)
        written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        groups = iter(re.findall(r"\d+", written))
    else:
        groups = (number[i : i + 3] for i in range(0, len(number), 3))
    return f" {PAUSE} ".join(" ".join(group) for group in groups)


def line_blanks(
    script: Script, node: str, language: str, number_in_words: Callable[[str], str] = spoken_number
) -> dict[str, str]:
    """Return the blanks that line.yaml fills; at a node without a number, the hotline's."""
    whose = node if isinstance(script.node(node), Transfer | Agency) else script.graph.person
    transfer = script.node(whose)
    is_bridge = script.line.is_bridge(language)  # its texts name nobody
    facts = {
        "agency": script.line.agency.name.get(language, ""),
        "name": "" if is_bridge else destination_name(script, language, whose),
    }
    if isinstance(transfer, Transfer):
        destination = script.line.destinations[transfer.destination]
        facts["number"] = number_in_words(destination.number_for(language))
        facts["text"] = number_in_words(destination.text or "")
        facts["text_word"] = destination.text_word or ""
        facts["text_letters"] = ", ".join(facts["text_word"].upper())
    elif isinstance(transfer, Agency):
        number = number_in_words(next(iter(script.line.office.numbers), ""))
        facts |= {"number": number, "text": "", "text_word": "", "text_letters": ""}
    return facts


def digit_by_digit(text: str) -> str:
    """Return a text with 911 as "9 1 1", and 988 alike: a voice would say nine hundred …"""
    return re.sub(r"(?<!\d)(911|988)(?!\d)", lambda number: " ".join(number[1]), text)
