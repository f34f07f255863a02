"""The script as a page to read, for those who cannot hear or would rather not call.

No keys and no menus: what to do in danger, whom to call or text, and all that the line tells.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ivr.script.line import Destination
from ivr.script.model import Script
from ivr.script.nodes import Menu, Opening, Talk, Transfer
from ivr.transcript.order import call_order
from ivr.transcript.written import heading, written


@dataclass(frozen=True)
class Helper:
    """Somebody to call, or to text: `number` is E.164, `text` a short number with its `word`."""

    name: str
    about: tuple[str, ...]
    number: str
    text: str
    word: str


@dataclass(frozen=True)
class Part:
    """What the line tells of one thing: paragraphs, then parts of its own."""

    id: str
    title: str
    paragraphs: tuple[str, ...]
    parts: tuple["Part", ...] = ()


@dataclass(frozen=True)
class Page:
    """All of a script, for the eye, in one language."""

    language: str
    danger: str
    who: str
    helpers: tuple[Helper, ...]
    parts: tuple[Part, ...]


def page(script: Script, language: str) -> Page:
    """Return the page of a language."""
    start = script.graph.nodes[script.graph.start]
    warn = start.warn if isinstance(start, Opening) else ""
    return Page(
        language,
        written(script, language, warn) if warn else "",
        _who(script, language),
        tuple(_helpers(script, language)),
        tuple(_parts(script, language)),
    )


def _who(script: Script, language: str) -> str:
    """Return the title of the menu that offers whom to call."""
    for node_id, node in script.graph.nodes.items():
        if isinstance(node, Menu):
            offered = [script.graph.nodes[c.to] for c in node.choices]
            if node.say and all(isinstance(to, Transfer) for to in offered):
                return heading(script, language, node_id)
    return heading(script, language, script.graph.person)


def _helpers(script: Script, language: str) -> Iterator[Helper]:
    for node_id in call_order(script):
        node = script.graph.nodes[node_id]
        if not isinstance(node, Transfer):
            continue
        whom: Destination = script.line.destinations[node.destination]
        about = tuple(written(script, language, prompt, node_id) for prompt in node.say)
        name = heading(script, language, node_id)
        yield Helper(name, about, whom.number or "", whom.text or "", whom.text_word or "")


def _parts(script: Script, language: str) -> Iterator[Part]:
    """Yield each talk once: those that others are made of stand within them."""
    talks = {n: node for n, node in script.graph.nodes.items() if isinstance(node, Talk)}
    within = {part for node in talks.values() for part in node.of}
    told: set[str] = set()
    for node_id in call_order(script):
        node = talks.get(node_id)
        if node is None or node_id in within or set(script.steps(node_id)) <= told:
            continue
        told |= set(script.steps(node_id))
        inner = [_part(script, language, talk, talks[talk].steps) for talk in node.of]
        yield _part(script, language, node_id, node.steps, *inner)


def _part(
    script: Script, language: str, node_id: str, steps: tuple[str, ...], *parts: Part
) -> Part:
    paragraphs = tuple(written(script, language, step, node_id) for step in steps)
    return Part(node_id, heading(script, language, node_id), paragraphs, parts)
