"""The keys that mean the same in every menu and language (DESIGN, rule 2), and what they do."""

from collections.abc import Callable
from dataclasses import replace

from ivr.dialog.build_turn import Cue
from ivr.dialog.context import Call, Next
from ivr.dialog.universal_prompts import next_language
from ivr.script.nodes import Emergency, Opening, Talk, Text


def texts(call: Call) -> str | None:
    """Return the node that sends the numbers as a text message, where 8 leads to it."""
    elsewhere = isinstance(call.node, Opening | Emergency | Text)
    return call.script.graph.text if call.place.texts and not elsewhere else None


def person(call: Call) -> Next:
    """Ring the hotline."""
    return call.aside(call.script.graph.person, "dial"), ()


def danger(call: Call) -> Next:
    """Go to 911, by its rules."""
    return call.aside(call.script.graph.emergency), ()


def back(call: Call) -> Next:
    """Go back: to where 0 or 9 was pressed, a step back, or up to the menu above."""
    place, script = call.place, call.script
    kept = (Cue("voicemail.kept", must=True),) if place.phase == "review" else ()
    if place.back:
        there = place.origin()
        return (there if there.fits(script) else call.go(script.graph.home)), kept
    if place.step:
        below = place.yes & ((1 << (place.step - 1)) - 1)
        return replace(call.go(place.node, place.step - 1), yes=below), ()
    if place.node in {script.graph.home, script.graph.start}:
        return place.anew(), (Cue("home.here"),) if place.node == script.graph.home else ()
    above = script.parents.get(place.node, script.graph.home)
    behind = len(script.steps(above)) if isinstance(script.node(above), Talk) else 0
    return call.go(above, behind), kept


def _again(call: Call) -> Next:
    return replace(call.place.anew(), again=True), ()


def _pace(call: Call) -> Next:
    there = replace(call.place.anew(), slow=not call.place.slow)
    return there, (Cue("pace.slow" if there.slow else "pace.normal"),)


def _language(call: Call) -> Next:
    place = call.place
    there = replace(place.anew(), language=next_language(call.script, place.language))
    if isinstance(call.node, Opening):
        there = replace(Call(call.script, there).go(call.node.then), first=True)
    return there, (Cue("language.changed"),)


RESERVED: dict[str, Callable[[Call], Next]] = {
    "9": danger,
    "*": back,
    "#": _again,
    "7": _pace,
    "6": _language,
}
