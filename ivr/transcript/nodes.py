"""What the sheet has of each kind of node: all that a caller can hear there, block by block."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from ivr.dialog import Place, Spoken
from ivr.dialog.agency import FAILED
from ivr.dialog.build_turn import Cue, turn
from ivr.dialog.texting import message
from ivr.schedule.duty import Duty
from ivr.schedule.on_call import RUNGS
from ivr.script.model import Script
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
from ivr.transcript.blocks import Block, Said, block, said

_SOME_YESES = 3

_ALONE: Mapping[type, str] = {
    Opening: "When the line answers",
    Goodbye: "The number, twice, then the call ends",
}


def blocks(script: Script, here: Place, node: Node) -> Iterator[Block]:
    """Yield what is said at a node, in the order in which a caller comes to it."""
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
        yield cued(script, here, prompt, title)


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
        yield cued(script, here, prompt, title)


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
        yield cued(script, home, prompt, title, must=True)


def _number(script: Script, node: Transfer) -> str:
    return script.line.destinations[node.destination].number or ""


def cued(script: Script, place: Place, prompt: str, title: str, *, must: bool = False) -> Block:
    """Return a prompt that is said on the way to a place, without what the place says itself."""
    whole = turn(script, place, (Cue(prompt, must=must),))
    return Block(title, said(script, whole)[:1])
