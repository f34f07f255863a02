"""Words for the eye: prompts and numbers as they are written, headings, names of languages."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from markupsafe import Markup

from ivr.dialog.prompts import PAUSE, destination_name, line_blanks
from ivr.phone_numbers import written_number
from ivr.readability.writing import is_right_to_left
from ivr.script import nodes
from ivr.script.model import Script
from ivr.script.yaml_source import read_yaml

_SPELLING = re.compile(rf"\s*[:,]?\s*{PAUSE}?\s*\{{text_letters\}}(?:\s*{PAUSE})?")


@cache
def _entries() -> Any:  # noqa: ANN401 plain data
    return read_yaml(Path(__file__).parent / "labels.yaml").data


def _entry(code: str) -> Mapping[str, Any]:
    """Return what labels.yaml has for a language: for es-MX, what it has for Spanish."""
    entry: Mapping[str, Any] = _entries().get(code) or _entries().get(code.partition("-")[0], {})
    return entry


def language_name(code: str) -> str:
    """Return a language's own name, "Español"; its code if the name is not in labels.yaml."""
    return str(_entry(code).get("name", code))


def direction(code: str) -> Literal["ltr", "rtl"]:
    """Return whether a language is written from left to right, or from right to left."""
    return "rtl" if is_right_to_left(language_name(code)) else "ltr"


def lang(code: str) -> Markup:
    """Return the HTML attributes of an element in a language: `lang`, and `dir` if it is "rtl"."""
    attributes = Markup('lang="{}"') if direction(code) == "ltr" else Markup('lang="{}" dir="rtl"')
    return attributes.format(code)


def language_names(script: Script) -> list[tuple[str, str]]:
    """Return the code and the own name of each language of a script, in its order."""
    return [(code, language_name(code)) for code in script.line.languages]


def labels(*codes: str) -> tuple[str, Mapping[str, Any]]:
    """Return the first of these languages that has words for a page, and the words; else English.

    A page whose headings are in another language than its content is better than none.
    """
    for code in (*codes, "en"):
        for known_code in (code, code.partition("-")[0]):
            if "page" in _entries().get(known_code, {}):
                return known_code, _entries()[known_code]
    raise KeyError("labels.yaml has no English")


@lru_cache(maxsize=4096)
def written(script: Script, language: str, prompt: str, node_id: str = "") -> str:
    """Return a prompt as it is read: blanks filled as at a node, "C S E C" as CSEC, no pauses.

    A web address that is spelled for the ear is written out if it is the source of a number. The
    spelling of a word to text, {text_letters}, is left out: a reader sees the word itself.
    """
    text = _SPELLING.sub("", script.text(language, prompt))
    if "{" in text:
        text = text.format_map(line_blanks(script, node_id, language, written_number))
    text = re.sub(rf"\s*{PAUSE}\s*", " ", text).strip()
    text = re.sub(r"\b(?:[A-Z] ){2,}[A-Z]\b", lambda m: m.group().replace(" ", ""), text)
    dot = labels(language)[1]["dot"]
    for host in _hosts(script):
        spelled = r"\s*".join(dot if c == "." else re.escape(c) for c in host)
        text = re.sub(rf"\b{spelled}\b", host, text, flags=re.IGNORECASE)
    return text


def heading(script: Script, language: str, node_id: str) -> str:
    """Return a node's title: the first words it says of itself, else its task without "To"."""
    node = script.graph.nodes[node_id]
    match node:
        case nodes.Menu() if node.say:
            return _first_words(written(script, language, node.say[0], node_id))
        case nodes.Transfer():
            name = destination_name(script, language, node_id)
            return name[:1].upper() + name[1:]
        case nodes.Emergency():
            return "911"
        case nodes.Voicemail():
            return task_heading(language, written(script, language, "voicemail.offer"))
        case nodes.Text():
            return task_heading(language, written(script, language, "to.text"))
        case nodes.Opening():
            return written(script, language, node.warn).removesuffix(".")
        case nodes.Goodbye():
            return _first_words(written(script, language, node.say[0]))
        case _:
            return _by_task(script, language, node_id)


def task_heading(language: str, task: str) -> str:
    """Return a task as a heading: "To hear the warning signs" becomes "The warning signs"."""
    for opening in sorted(_entry(language).get("task", ()), key=len, reverse=True):
        if task.startswith(f"{opening} "):
            task = task.removeprefix(opening).strip()
            break
    return task[:1].upper() + task[1:]


def _by_task(script: Script, language: str, node_id: str) -> str:
    """Return the task under which a menu offers a node, else its first words, else its id.

    A main menu that says nothing of itself is called "Main menu".
    """
    if node_id == script.graph.home:
        return str(labels(language)[1]["home"])
    for node in script.graph.nodes.values():
        for choice in nodes.choices(node):
            if choice.to == node_id:
                return task_heading(language, written(script, language, choice.task, node_id))
    node = script.graph.nodes[node_id]
    steps = node.steps if isinstance(node, nodes.Talk) else script.steps(node_id)
    for prompt in (*steps, *script.steps(node_id)):
        return _first_words(written(script, language, prompt, node_id))
    return node_id


def _first_words(text: str) -> str:
    return re.split(r"(?<=[.:?!])\s", text)[0].rstrip(":").removesuffix(".")


@lru_cache(maxsize=8)
def _hosts(script: Script) -> tuple[str, ...]:
    hosts = (urlsplit(d.source or "").hostname for d in script.line.destinations.values())
    return tuple(dict.fromkeys(host for host in hosts if host))
