"""What stands on a card: the line's number, 911, the keys of the main menu, the hotline's number.

The title is the agency's neutral name. What the line is about is not named: others may see it.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from ivr.dialog.language_menu import written_keys
from ivr.dialog.prompts import destination_name
from ivr.errors import IvrError
from ivr.phone_numbers import written_number
from ivr.script.model import Script
from ivr.script.nodes import Opening
from ivr.script.printed import Printed, main_keys
from ivr.script.version import version
from ivr.transcript.labels import direction, labels, written


@dataclass(frozen=True, slots=True)
class Card:
    """The words of a card. `keys` are pairs of a key and its task; the QR code leads to `url`.

    `choose` says which key chooses the language; it is empty if the line has one language.
    """

    language: str
    direction: Literal["ltr", "rtl"]
    title: str
    danger: str
    number: str
    choose: str
    keys: tuple[tuple[str, str], ...]
    direct: str
    hotline: str
    read: str
    url: str
    version: str


def card(script: Script, language: str, public_url: str) -> Card:
    """Return the words of a card. Raises IvrError if the line's own number is not set."""
    number = script.line.agency.number
    if number is None:
        raise IvrError("line.yaml has no agency: number:, and a card must show the line's number")
    _, words = labels(language, script.line.default_language)
    start = script.graph.nodes[script.graph.start]
    name = script.line.agency.name[language]
    home = script.graph.nodes[script.graph.home]
    tasks = [
        (key, _short(words["task"], _task(script, language, choice.task, choice.to)))
        for key, choice in script.choices(home).items()
    ]
    person = _short(words["task"], written(script, language, "to.person"))
    return Card(
        language,
        direction(language),
        name[:1].upper() + name[1:],
        written(script, language, start.warn) if isinstance(start, Opening) else "",
        written_number(number),
        _choose(script, language),
        (*tasks, ("0", person)),
        words["direct"],
        written_number(script.hotline.number or ""),
        words["page"],
        f"{public_url.rstrip('/')}/text/{language}" if public_url else "",
        version(script),
    )


def printed(script: Script, language: str, today: dt.date) -> Printed:
    """Return what is noted about a card that is printed on a day."""
    return Printed(
        language=language,
        on=today,
        version=version(script),
        number=script.line.agency.number or "",
        hotline=script.hotline.number or "",
        language_key=written_keys(script, language),
        keys=main_keys(script),
    )


def _task(script: Script, language: str, task: str, node_id: str) -> str:
    text = script.text(language, task)
    if "{" in text:
        text = text.format_map({"name": destination_name(script, language, node_id)})
    return text.replace(" …", "")


def _short(openings: list[str], task: str) -> str:
    """Return a task without "To" or "For": "To hear the warning signs" tells what a key is for."""
    opening = min((o for o in openings if task.startswith(f"{o} ")), key=len, default="")
    short = task.removeprefix(opening).strip()
    return short[:1].upper() + short[1:]


def _choose(script: Script, language: str) -> str:
    key = written_keys(script, language)
    if not key:
        return ""
    task = script.text(language, "to.language")
    return script.text(language, "choice").format(task=task, key=key)
