"""How a caller leaves a message: rules and words of the node kind `voicemail`.

Told that it is recorded, the caller says yes by a key, and by another whether it is safe to call
back. They say the number themselves: none is kept here. What is recorded stays, also if they hang
up, unless they delete it. All is done by keys, since words would be part of the message.
"""

from collections.abc import Iterator
from dataclasses import replace

from ivr.dialog.events import Event, Recorded
from ivr.dialog.place import Place
from ivr.dialog.prompts import choice, spoken
from ivr.dialog.turn import Record, Spoken
from ivr.script.model import Script
from ivr.script.nodes import Voicemail

LONGEST_SECONDS = 180
"""How long a message may be."""

SILENCE_SECONDS = 10
"""How long a caller may be silent before a message is taken to be at its end."""

BEGIN_SECONDS = 1
"""The pause before the tone, in which a key still counts."""

RECORD = Record(LONGEST_SECONDS, SILENCE_SECONDS)

HANGUP = "hangup"

_REVIEW = {
    "1": "voicemail.keep",
    "2": "voicemail.urgent",
    "3": "voicemail.hear",
    "4": "voicemail.again",
    "5": "voicemail.delete",
}
_DONE = {"1": "kept", "2": "urgent", "5": "deleted"}


def ended(place: Place, event: Event) -> tuple[Place, str]:
    """Return where the end of a recording leads, and the prompt on the way; "" for none.

    Who is recorded once more and says nothing has the message from before.
    """
    here = place.anew()
    if isinstance(event, Recorded) and event.seconds:
        return replace(here, phase="review", recording=event.recording), ""
    return replace(here, phase="review" if place.recording else ""), "voicemail.empty"


def pressed(script: Script, place: Place, key: str) -> tuple[Place, str] | None:
    """Return where a key of its own leads, and the prompt on the way; None where nowhere."""
    here = place.anew()
    match place.phase, key:
        case "", "1":
            return replace(here, phase="safe"), ""
        case "safe", "1" | "2":
            return replace(here, phase="begin", safe=key == "1"), ""
        case "begin", "1":
            return begun(place), ""
        case "review", "3":
            return here, ""
        case "review", "4":
            return replace(here, phase="begin"), ""
        case "review", "5":
            return replace(here, phase="", recording=""), "voicemail.deleted"
        case "review", "1" | "2":
            home = Place(place.language, script.graph.home)
            said = "voicemail.kept" if key == "1" else "voicemail.kept-urgent"
            return replace(home, slow=place.slow, rang=place.rang, texts=place.texts), said
        case _:
            return None


def begun(place: Place) -> Place:
    """Return the place at which the caller is recorded."""
    return replace(place.anew(), phase="record")


def sound(script: Script, place: Place, key: str) -> str:
    """Return the recording that a key plays, or nothing."""
    reviews = isinstance(script.node(place.node), Voicemail) and place.phase == "review"
    return place.recording if reviews and key == "3" else ""


def deeds(place: Place, event: Event, key: str) -> Iterator[tuple[str, str]]:
    """Yield what becomes of recordings by an event: what is done, and which one it is done to."""
    if isinstance(event, Recorded):
        if not event.seconds:
            return
        if place.recording:
            yield "deleted", place.recording  # the new one stands for it
        yield "left", event.recording
        if event.key == HANGUP:
            yield "kept", event.recording
    elif place.phase == "review" and key in _DONE:
        yield _DONE[key], place.recording


def said(script: Script, place: Place) -> Iterator[Spoken]:
    """Say what a caller has to know and can do, all of which a key may cut short."""
    node = script.node(place.node)
    match place.phase:
        case "safe":
            yield spoken(script, place, "voicemail.safe")
            yield choice(script, place, "voicemail.safe-yes", "1")
            yield choice(script, place, "voicemail.safe-no", "2")
        case "begin":
            yield spoken(script, place, "voicemail.begin" if place.safe else "voicemail.begin-only")
            yield choice(script, place, "voicemail.start", "1")
        case "review":
            yield spoken(script, place, "voicemail.done")
            for key, task in _REVIEW.items():
                yield choice(script, place, task, key)
        case _:
            if isinstance(node, Voicemail):
                yield from (spoken(script, place, prompt) for prompt in node.say)
            kept = script.line.voicemail
            days = str(kept.keep_days) if kept else ""
            yield spoken(script, place, "voicemail.recorded", days=days)
            yield choice(script, place, "voicemail.record", "1")
