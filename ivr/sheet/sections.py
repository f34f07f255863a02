"""The whole script as sections in call order: every word that a caller can hear, once.

Made of turns, which are what callers hear: the sheet asks the dialog, and reads no YAML.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from ivr.checks.duration import seconds
from ivr.dialog import Place, Spoken
from ivr.dialog.agency import FAILED
from ivr.dialog.saying import Cue, help_turn, turn
from ivr.dialog.texting import message
from ivr.dialog.wording import spoken, spoken_number
from ivr.script.model import Duty, Script
from ivr.script.nodes import (
    Agency,
    Check,
    Emergency,
    Goodbye,
    Menu,
    Node,
    Opening,
    Talk,
    Text,
    Transfer,
    Voicemail,
)
from ivr.script.rota import RUNGS
from ivr.sheet.blocks import Block, Said, block, said
from ivr.sheet.order import call_order
from ivr.sheet.written import heading

_SOME_YESES = 3


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
    return Section(title, node_id, tuple(_blocks(script, Place(language, node_id), node)), note)


_TITLES: Mapping[type, str] = {
    Opening: "The first words",
    Emergency: "911",
    Goodbye: "Before the line hangs up",
    Voicemail: "A message for the agency",
    Text: "The numbers as a text message",
}


_ALONE: Mapping[type, str] = {
    Opening: "When the line answers",
    Goodbye: "The number, twice, then the call ends",
}


def _blocks(script: Script, here: Place, node: Node) -> Iterator[Block]:
    match node:
        case Opening() | Goodbye():
            yield block(script, _ALONE[type(node)], turn(script, here))
        case Menu():
            yield from _menu(script, here, node)
        case Talk():
            yield from _talk(script, here, node)
        case Check():
            yield from _check(script, here, node)
        case Transfer():
            yield from _transfer(script, here, node)
        case Agency() | Voicemail() | Text():
            yield from _ON_DEMAND[type(node)](script, here)
        case Emergency():
            yield from _emergency(script, here)


def _menu(script: Script, here: Place, node: Menu) -> Iterator[Block]:
    if node.first:
        first = turn(script, replace(here, first=True))
        yield block(script, "On the way in, after the language", first)
    yield block(script, "Each time a caller comes back" if node.first else "", turn(script, here))


def _talk(script: Script, here: Place, node: Talk) -> Iterator[Block]:
    steps = script.steps(here.node)
    own = range(len(node.steps))
    for i in (*own, *(range(1) if node.of and not node.steps else ())):
        yield block(script, f"Part {i + 1} of {len(steps)}", turn(script, replace(here, step=i)))
    if node.choices:
        yield block(script, "At the end", turn(script, replace(here, step=len(steps))))


def _check(script: Script, here: Place, node: Check) -> Iterator[Block]:
    count = len(script.steps(here.node))
    yield block(script, f"Question 1 of {count}", turn(script, here))
    if count > 1:
        again = turn(script, replace(here, step=1))
        yield block(script, f"Question 2 of {count}", again, "All others are asked like this.")
    at_the_end = Place(here.language, node.then)
    for prompt, title in (
        ("check.none", "At the end, if no answer was yes"),
        ("check.one", "At the end, if one was yes"),
        ("check.some", "At the end, if several were yes"),
    ):
        cue = Cue(prompt, count=_SOME_YESES)
        yield Block(title, said(script, turn(script, at_the_end, (cue,)))[:1])


def _transfer(script: Script, here: Place, node: Transfer) -> Iterator[Block]:
    yield block(script, "What it is", turn(script, here))
    number = turn(script, replace(here, phase="number"))
    yield Block("Its number, said slowly", said(script, number)[:1])
    dial = turn(script, replace(here, phase="dial"))
    yield block(script, "Before it rings", dial, f"Rings {_number(script, node)}.")
    for phase in ("completed", *sorted(FAILED)):
        if here.node == script.graph.person:
            back = turn(script, replace(here, phase=phase))
            yield block(script, _ENDED[phase], back, "The same with every other number.")


_ENDED = {
    "completed": "After the call",
    "busy": "If it is busy",
    "no-answer": "If no one answers",
    "failed": "If the call fails",
}


def _agency(script: Script, here: Place) -> Iterator[Block]:
    """Yield what the agency says while it is open, and while it is closed, and as it rings."""
    phases = _OPEN if script.line.office.numbers else ()
    phases += _SHUT if script.line.on_call else ()
    phases += _CLOSED if script.line.on_call or script.line.hours else ()
    for phase, step, title in phases:
        at = replace(here, phase=phase, step=step, since=int(phase == "call"))
        if at.fits(script):
            yield block(script, title, turn(script, at, duty=_ANYBODY))


_Phases = tuple[tuple[str, int, str], ...]

_OPEN: _Phases = (
    ("open", 0, "While the office is open"),
    ("dial", 0, "Before it rings"),
    ("dial", 1, "If no one answers, before the next rings"),
    ("busy", 0, "If it is busy"),
    ("no-answer", 0, "If no one answers"),
)
_SHUT: _Phases = (
    ("on-call", 0, "While it is closed, and somebody is on call"),
    ("call", 0, "Before who is on call rings"),
    ("call", 1, "Before the next one rings"),
    ("unreached", 0, "If no one on call answers"),
)
_CLOSED: _Phases = (("closed", 0, "While it is closed, and nobody is on call"),)
_ANYBODY = Duty(is_open=False, ladder=("",) * RUNGS)
"""Whoever is on call: the sheet tells words, not numbers."""


def _voicemail(script: Script, here: Place) -> Iterator[Block]:
    """Yield what is said before a message is recorded, and behind it."""
    a_message = f"RE{0:032x}"
    for title, place in (
        ("Before", here),
        ("After the yes", replace(here, phase="safe")),
        ("If it is safe to call back, before the tone", replace(here, phase="begin", safe=True)),
        ("If it is not, before the tone", replace(here, phase="begin")),
        ("After the message", replace(here, phase="review", recording=a_message)),
    ):
        yield block(script, title, turn(script, place))
    for prompt, title in (
        ("voicemail.empty", "If nothing was said"),
        ("voicemail.unheard", "If it cannot be played"),
        ("voicemail.kept", "If it is kept"),
        ("voicemail.kept-urgent", "If it is urgent"),
        ("voicemail.deleted", "If it is deleted"),
    ):
        yield _cue(script, here, prompt, title)


def _text(script: Script, here: Place) -> Iterator[Block]:
    yield block(script, "After 8", turn(script, here))
    told = Spoken(here.language, message(script, here.language), "text.message")
    yield Block("What is sent, not said", (Said(told, False, 0.0),))
    for prompt, title in (
        ("text.sent", "When it is sent"),
        ("text.late", "If the carrier takes its time"),
        ("text.refused", "If it cannot be sent"),
        ("text.stopped", "If this telephone wants no texts"),
        ("text.enough", "If so many were sent already"),
    ):
        yield _cue(script, here, prompt, title)


_ON_DEMAND: Mapping[type, Callable[[Script, Place], Iterator[Block]]] = {
    Agency: _agency,
    Voicemail: _voicemail,
    Text: _text,
}
"""Kinds of which line.yaml tells whether there is one."""


def _emergency(script: Script, here: Place) -> Iterator[Block]:
    yield block(script, "After 9", turn(script, here))
    if not script.line.emergency.bridge:
        return
    asked = turn(script, replace(here, phase="asked"))
    yield block(script, "If a caller asked for it by voice", asked)
    home = Place(here.language, script.graph.home)
    for prompt, title in (
        ("emergency.stopped", "If the caller stops it"),
        ("emergency.ended", "After the call to 911"),
        ("emergency.failed", "If the call to 911 fails"),
    ):
        cued = turn(script, home, (Cue(prompt, must=True),))
        yield Block(title, said(script, cued)[:1])


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
            _cue(script, replace(home, slow=True), "pace.slow", "After 7"),
            _cue(script, home, "pace.normal", "After 7 again"),
            _cue(script, home, "language.changed", "After 6"),
            _cue(script, home, "home.here", "After * at the main menu"),
        ),
    )
    ladder = [
        _cue(script, home, f"{kind}.{rung}", f"{title}, {_TIMES[rung]}", must=rung == _LAST)
        for kind, title in (("noinput", "Silence"), ("nomatch", "A key that does nothing"))
        for rung in _TIMES
        if not (rung == _LAST and kind == "noinput" and script.line.silence == "goodbye")
    ]
    yield Section("When a caller is silent, or a key does nothing", "", tuple(ladder))
    boat = Block("Then the hotline rings", _lifeboat(script, language))
    yield Section("If the line itself breaks", "", (boat,))


_LAST = 3
_TIMES = {1: "once", 2: "twice", _LAST: "a third time"}


def _cue(script: Script, place: Place, prompt: str, title: str, *, must: bool = False) -> Block:
    cued = turn(script, place, (Cue(prompt, must=must),))
    return Block(title, said(script, cued)[:1])


def _lifeboat(script: Script, language: str) -> tuple[Said, ...]:
    person = script.graph.nodes[script.graph.person]
    if not isinstance(person, Transfer):
        return ()
    words = spoken(script, Place(language, script.graph.person), "lifeboat")
    number = spoken_number(script.line.destinations[person.destination].number or "")
    again = Spoken(language, number, "lifeboat", slow=True)
    return tuple(Said(part, True, seconds(script, part)) for part in (words, again))


def _number(script: Script, node: Transfer) -> str:
    return script.line.destinations[node.destination].number or ""


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
