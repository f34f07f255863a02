"""The whole script as sections in call order: every word that a caller can hear, once.

Made of turns, which are what callers hear: the sheet asks the dialog, and reads no YAML.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ivr.checks.measures.duration import seconds
from ivr.dialog import Place, Spoken
from ivr.dialog.build_turn import help_turn, turn
from ivr.dialog.prompts import spoken, spoken_number
from ivr.script.model import Script
from ivr.script.nodes import Check, Emergency, Goodbye, Opening, Talk, Text, Transfer, Voicemail
from ivr.transcript.build import blocks, cued
from ivr.transcript.model import Block, Said, block
from ivr.transcript.order import call_order
from ivr.transcript.written import heading


@dataclass(frozen=True)
class Section:
    """A part of the sheet. `node` is its node, "" for what belongs to no single one."""

    title: str
    node: str
    blocks: tuple[Block, ...]
    note: str = ""


def sections(script: Script, language: str) -> tuple[Section, ...]:
    """Return all sections of a language, in the order in which a call comes to them."""
    by_node = tuple(_node(script, language, node) for node in call_order(script))
    heard = (*by_node, *_everywhere(script, language))
    return (*heard, *_not_said(script, language, heard))


def _node(script: Script, language: str, node_id: str) -> Section:
    node = script.graph.nodes[node_id]
    title = _TITLES.get(type(node)) or heading(script, language, node_id)
    note = _borrowed(script, language, node) if isinstance(node, Talk | Check) else ""
    return Section(title, node_id, tuple(blocks(script, Place(language, node_id), node)), note)


_TITLES: Mapping[type, str] = {
    Opening: "The first words",
    Emergency: "911",
    Goodbye: "Before the line hangs up",
    Voicemail: "A message for the agency",
    Text: "The numbers as a text message",
}


def _everywhere(script: Script, language: str) -> Iterator[Section]:
    """Yield what can be said at any place: the keys, the ladder, and the lifeboat."""
    home = Place(language, script.graph.home)
    helped = help_turn(script, home)
    keys = replace(helped, may=helped.may[: len(helped.may) - len(turn(script, home).may)])
    yield Section(
        "Keys that work everywhere",
        "",
        (
            block(script, "After # twice: all the keys", keys, "Then what the place itself says."),
            cued(script, replace(home, slow=True), "pace.slow", "After 7"),
            cued(script, home, "pace.normal", "After 7 again"),
            cued(script, home, "language.changed", "After 6"),
            cued(script, home, "home.here", "After * at the main menu"),
        ),
    )
    ladder = [
        cued(script, home, f"{kind}.{rung}", f"{title}, {_TIMES[rung]}", must=rung == _LAST)
        for kind, title in (("noinput", "Silence"), ("nomatch", "A key that does nothing"))
        for rung in _TIMES
        if not (rung == _LAST and kind == "noinput" and script.line.silence == "goodbye")
    ]
    yield Section("When a caller is silent, or a key does nothing", "", tuple(ladder))
    boat = Block("Then the hotline rings", _lifeboat(script, language))
    yield Section("If the line itself breaks", "", (boat,))


_LAST = 3
_TIMES = {1: "once", 2: "twice", _LAST: "a third time"}


def _lifeboat(script: Script, language: str) -> tuple[Said, ...]:
    person = script.graph.nodes[script.graph.person]
    if not isinstance(person, Transfer):
        return ()
    words = spoken(script, Place(language, script.graph.person), "lifeboat")
    number = spoken_number(script.line.destinations[person.destination].number or "")
    again = Spoken(language, number, "lifeboat", slow=True)
    return tuple(Said(part, True, seconds(script, part)) for part in (words, again))


def _borrowed(script: Script, language: str, node: Talk | Check) -> str:
    """Tell whose steps a talk or a check goes through, so that their words stand once."""
    whose = "; ".join(heading(script, language, talk) for talk in node.of)
    return f"Goes through the parts of: {whose}." if whose else ""


def _not_said(script: Script, language: str, heard: tuple[Section, ...]) -> Iterator[Section]:
    """Yield the prompts that no caller hears as line.yaml stands: no number, no bridge."""
    known = {
        part.spoken.prompt.rpartition("/")[2]
        for section in heard
        for told in section.blocks
        for part in told.said
    }
    known |= {step for node in script.graph.nodes for step in script.steps(node)}
    left = [
        prompt
        for prompt in script.words[language].prompts
        if prompt not in known and not _within_others(script, prompt)
    ]
    if left:
        home = Place(language, script.graph.home)
        parts = [_unfilled(script, home, prompt) for prompt in left]
        told = Block("", tuple(Said(part, False, seconds(script, part)) for part in parts))
        note = "Other settings, or a number that is missing now, would make the line say these."
        yield Section("Not said at present", "", (told,), note)


def _within_others(script: Script, prompt: str) -> bool:
    """Tell whether a prompt is heard only as a part of others: the pattern of choices, a name."""
    if prompt.startswith("destination."):
        return script.line.destinations[prompt.partition(".")[2]].number is not None
    return prompt in {"choice", "check.ask", "key.star", "key.pound"}


def _unfilled(script: Script, place: Place, prompt: str) -> Spoken:
    return Spoken(place.language, script.text(place.language, prompt), prompt)
