"""The keys of a place's own, which mean what was told there."""

from dataclasses import replace

from ivr.dialog import prompts
from ivr.dialog.build_turn import Cue
from ivr.dialog.context import Call, Next
from ivr.dialog.nodes import agency, voicemail
from ivr.dialog.nodes.agency import FAILED
from ivr.script.nodes import Agency, Check, Node, Opening, Talk, Text, Transfer, Voicemail


def own_key(call: Call, key: str) -> Next | None:
    """Return where a key leads that belongs to this node, or None where it leads nowhere."""
    node, place, script = call.node, call.place, call.script
    match node:
        case Opening():
            codes = list(script.line.languages)
            if key in {str(i + 1) for i in range(len(codes))}:
                there = replace(place, language=codes[int(key) - 1])
                return replace(Call(script, there).go(node.then), first=True), ()
            return None
        case Talk() if key == "1" and place.step < len(script.steps(place.node)):
            return onward(call, node)
        case Check():
            return _answered(call, node, key)
        case Transfer() | Agency():
            return _transfer(call, node, key)
        case Voicemail():
            return _message(call, key)
        case Text():
            return (place.anew(), ()) if key == "1" else None
        case _:
            return _chosen(call, node, key)


def _chosen(call: Call, node: Node, key: str) -> Next | None:
    choice = call.script.choices(node).get(key)
    if choice is None:
        return None
    if choice.connect:
        return call.aside(choice.to, "dial"), ()
    return call.go(choice.to), ()


def onward(call: Call, node: Talk) -> Next:
    """Go to a talk's next step; behind the last one stand its choices, or another node."""
    step = call.place.step + 1
    if step < len(call.script.steps(call.place.node)) or node.choices:
        return call.go(call.place.node, step), ()
    return call.go(node.then or call.script.graph.home), ()


def _answered(call: Call, node: Check, key: str) -> Next | None:
    """Keep the answer to a step of a check; behind the last one say how many were yes."""
    if key not in {"1", "2", "3"}:
        return None
    place = call.place
    yes = place.yes | (1 << place.step) if key == "1" else place.yes
    step = place.step + 1
    if step < len(call.script.steps(place.node)):
        return replace(call.go(place.node, step), yes=yes), ()
    count = yes.bit_count()
    prompt = {0: "check.none", 1: "check.one"}.get(count, "check.some")
    return call.go(node.then), (Cue(prompt, count=count),)


def _transfer(call: Call, node: Transfer | Agency, key: str) -> Next | None:
    place, script = call.place, call.script
    if key == "1" and place.phase != "closed":
        return replace(place.anew(), phase="dial"), ()
    if key == "2" and place.phase in agency.SHUT and prompts.has_number(script, place.node):
        phase = "on-call" if place.phase == "unreached" else place.phase
        return replace(place.anew(), phase=phase), (Cue("transfer.number", slow=True),)
    if key == "2" and prompts.has_number(script, place.node):
        return replace(place.anew(), phase="number"), ()
    if key == "3" and node.next and script.is_offered(node.next):
        phase = "dial" if place.phase in FAILED else ""
        return replace(call.go(node.next), phase=phase, back=place.back, yes=place.yes), ()
    if key == "4" and isinstance(node, Agency) and place.phase in agency.SHUT | FAILED:
        to = node.voicemail
        if to and script.is_offered(to):
            return replace(call.go(to), back=place.back, yes=place.yes), ()
    return None


def _message(call: Call, key: str) -> Next | None:
    led = voicemail.pressed(call.script, call.place, key)
    if led is None:
        return None
    there, prompt = led
    return there, (Cue(prompt, must=True),) if prompt else ()
