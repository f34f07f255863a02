"""What is said where somebody can be rung: a destination, the agency's own people, 911."""

from collections.abc import Iterator

from ivr.dialog.nodes.agency import FAILED, SHUT
from ivr.dialog.place import DIALLING, Place
from ivr.dialog.prompts import choice, destination_name, has_number, spoken
from ivr.dialog.turn import Spoken
from ivr.dialog.universal_prompts import by_text, languages, leave
from ivr.script.model import Script
from ivr.script.nodes import Agency, Transfer


def on_the_way(script: Script, place: Place, node: Transfer | Agency) -> Iterator[Spoken]:
    """Say how a transfer goes, which may not be cut short."""
    if place.phase in DIALLING and place.step and isinstance(node, Agency):
        yield spoken(script, place, "agency.trying")
    elif place.phase == "call":
        yield spoken(script, place, "oncall.ringing")
    elif place.phase == "unreached" and not place.tries:
        yield spoken(script, place, "oncall.unreached")
    elif place.phase == "dial":
        for language in languages(script, place) if place.unsure else [place.language]:
            name = destination_name(script, language, place.node)
            yield spoken(script, place, "transfer.connecting", language=language, name=name)
    elif place.phase in FAILED | {"completed"} and not place.tries:
        yield spoken(script, place, f"transfer.{place.phase}")


def transfer(script: Script, place: Place, node: Transfer | Agency) -> Iterator[Spoken]:
    """Offer to connect (1), the number (2) and the next one (3), a failed call's next one first.

    Where nobody of the agency has answered, a message can be left (4).
    """
    if isinstance(node, Agency) and place.phase in SHUT:
        yield from _closed(script, place, node)
        return
    name = destination_name(script, place.language, place.node)
    connect = choice(script, place, "transfer.connect", "1", name=name)
    hears = has_number(script, place.node)
    hear = [choice(script, place, "transfer.hear", "2")] if hears else []
    other = tuple(_following(script, place, node.next))
    if place.phase == "number" or (place.phase in FAILED and hears):
        yield spoken(script, place, "transfer.number", slow=True)
        yield from (*other, connect, *hear) if place.phase in FAILED else (connect, *other)
    else:
        if place.phase in {"", "open"}:
            about = node.open if isinstance(node, Agency) else node.say
            yield from (spoken(script, place, prompt) for prompt in about)
        yield from (connect, *hear, *other)
    if isinstance(node, Agency) and place.phase in FAILED:
        yield from _message(script, place, node)
    yield from by_text(script, place)
    yield from leave(script, place)


def _following(script: Script, place: Place, to: str | None) -> Iterator[Spoken]:
    if to and script.is_offered(to):
        other = destination_name(script, place.language, to)
        yield choice(script, place, "transfer.next", "3", name=other)


def _closed(script: Script, place: Place, node: Agency) -> Iterator[Spoken]:
    """Say that nobody is there; offer who is on call (1), the number, the next, a message (4).

    Who has just rung those on call in vain is offered the next first.
    """
    ring = choice(script, place, "oncall.ring", "1")
    if place.phase == "unreached":
        yield from _following(script, place, node.next)
        yield from _message(script, place, node)
        yield ring
    else:
        yield from (spoken(script, place, prompt) for prompt in node.closed)
        yield from [ring] if place.phase == "on-call" else []
        yield from _following(script, place, node.next)
        yield from _message(script, place, node)
    if has_number(script, place.node):
        yield choice(script, place, "transfer.hear", "2")
    yield from by_text(script, place)
    yield from leave(script, place)


def _message(script: Script, place: Place, node: Agency) -> Iterator[Spoken]:
    if node.voicemail and script.is_offered(node.voicemail):
        yield choice(script, place, "voicemail.offer", "4")


def emergency(script: Script, place: Place) -> Iterator[Spoken]:
    """Say what can be done at the warning before 911."""
    if not script.line.emergency.bridge:
        yield choice(script, place, "to.person", "0")
        yield choice(script, place, "to.back", "*")
    elif place.phase == "asked":
        yield spoken(script, place, "emergency.asked")
    else:
        yield spoken(script, place, "emergency.connecting")
