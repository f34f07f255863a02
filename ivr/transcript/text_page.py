"""The script as a page to read, for people who cannot hear or prefer not to call.

It has no keys and no menus: what to do in danger, contacts, and everything that the line says.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ivr.dialog import Place
from ivr.dialog.build_turn import turn
from ivr.script.model import Script
from ivr.script.nodes import Menu, Opening, Talk, Transfer
from ivr.transcript.build import call_order
from ivr.transcript.labels import heading, written


@dataclass(frozen=True)
class Contact:
    """A contact to call or text: `number` is E.164; `word` is texted to the short number `text`."""

    name: str
    about: tuple[str, ...]
    number: str
    text: str
    word: str


@dataclass(frozen=True)
class Part:
    """What the line says about one subject: paragraphs, then its parts."""

    id: str
    title: str
    paragraphs: tuple[str, ...]
    parts: tuple["Part", ...] = ()


@dataclass(frozen=True)
class TextPage:
    """The whole script to read, in one language. `who` is the title above the contacts."""

    language: str
    danger: str
    who: str
    contacts: tuple[Contact, ...]
    parts: tuple[Part, ...]


def text_page(script: Script, language: str) -> TextPage:
    """Return the page of a language."""
    start = script.graph.nodes[script.graph.start]
    danger = written(script, language, start.warn) if isinstance(start, Opening) else ""
    if script.line.is_bridge(language):
        contact = _interpreter(script, language)
        return TextPage(language, danger, contact.name, (contact,), ())
    contacts = tuple(_contacts(script, language))
    who = heading(script, language, _contact_menu(script))
    return TextPage(language, danger, who, contacts, tuple(_parts(script, language)))


def _contact_menu(script: Script) -> str:
    """Return the menu that offers the most destinations to call; the hotline if none does."""

    def offered(node_id: str) -> int:
        ends = (script.node(edge.to) for edge in script.edges(node_id) if edge.kind == "choice")
        return sum(isinstance(end, Transfer) for end in ends)

    menus = [n for n, node in script.graph.nodes.items() if isinstance(node, Menu) and node.say]
    return max((n for n in menus if offered(n)), key=offered, default=script.graph.person)


def _contacts(script: Script, language: str) -> Iterator[Contact]:
    for node_id in call_order(script):
        node = script.graph.nodes[node_id]
        if isinstance(node, Transfer):
            end = script.line.destinations[node.destination]
            about = tuple(written(script, language, prompt, node_id) for prompt in node.say)
            name = heading(script, language, node_id)
            yield Contact(
                name, about, end.number_for(language), end.text or "", end.text_word or ""
            )


def _interpreter(script: Script, language: str) -> Contact:
    """Return the hotline, and what to say there, for a language that has few texts."""
    place = Place(language, script.graph.person)
    words = turn(script, place._replace(phase="dial")).must
    about = (written(script, language, "interpreter.free"), *(spoken.text for spoken in words))
    name = heading(script, script.line.default_language, script.graph.person)
    return Contact(name, about, script.hotline.number_for(language), "", "")


def _parts(script: Script, language: str) -> Iterator[Part]:
    """Yield each talk once; one that others borrow from is a part of them."""
    talks = {n: node for n, node in script.graph.nodes.items() if isinstance(node, Talk)}
    within = {part for node in talks.values() for part in node.of}
    shown: set[str] = set()
    for node_id in call_order(script):
        node = talks.get(node_id)
        if node is None or node_id in within or set(script.steps(node_id)) <= shown:
            continue
        shown |= set(script.steps(node_id))
        inner = [_part(script, language, talk, talks[talk].steps) for talk in node.of]
        yield _part(script, language, node_id, node.steps, *inner)


def _part(
    script: Script, language: str, node_id: str, steps: tuple[str, ...], *parts: Part
) -> Part:
    paragraphs = tuple(written(script, language, step, node_id) for step in steps)
    return Part(node_id, heading(script, language, node_id), paragraphs, parts)
