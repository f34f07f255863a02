"""A call as the page of the browser phone shows it: its events and its state, as JSON."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from ivr.phone import states
from ivr.phone.call import Call
from ivr.phone.parties import spaced
from ivr.script.model import EMERGENCY_NUMBER, Script

MAX_HINTS = 8
"""So many of the words that are understood help; all of them are a wall of text. The last ones say
most about the place: the carrier's hints begin with digits, which go without saying."""

Names = Mapping[str, str]


def names(script: Script) -> Names:
    """Return whose each number is, in the words of the default language.

    The phone is for operators alone, so it tells who is on call.
    """
    words = script.words[script.line.default_language].prompts
    line = script.line
    named = {EMERGENCY_NUMBER: EMERGENCY_NUMBER} | {
        place.number: words[f"destination.{key}"].text
        for key, place in line.destinations.items()
        if place.number and f"destination.{key}" in words
    }
    if "agency.name" in words:
        named |= dict.fromkeys(line.office.numbers, words["agency.name"].text)
    for name, number in line.on_call.people.items() if line.on_call else ():
        named[number] = f"{name.capitalize()}, on call"
    return named


def shown(call: Call, since: int, names: Names, local: Callable[[str], str]) -> dict[str, Any]:
    """Return the events from the `since`th on, how many there are now, and the state.

    `local` turns the absolute URL of an audio file into what the page asks for.
    """
    events = [_event(event, names, local) for event in call.events[since:]]
    return {"events": events, "count": len(call.events), "state": _state(call.state, names)}


def _event(event: states.Event, names: Names, local: Callable[[str], str]) -> dict[str, Any]:
    match event:
        case states.Heard():
            return {
                "kind": "heard",
                "text": event.text,
                "language": event.language,
                "seconds": round(event.seconds, 2),
                "interruptible": event.interruptible,
                "slow": event.slow,
                "audio": local(event.audio) if event.audio else "",
            }
        case states.Rang(numbers, _):
            return {"kind": "rang", "who": _who(numbers, names)}
        case _:
            return _done(event)


def _done(act: states.Act) -> dict[str, Any]:
    match act:
        case states.Dialled(status=status):
            return {"kind": "dialled", "status": status}
        case states.Answered(words=words, keys=keys, taken=taken):
            return {"kind": "answered", "heard": words, "keys": keys, "taken": taken}
        case states.Said(words=words):
            return {"kind": "said", "words": words}
        case states.HungUp():
            return {"kind": "hung up"}
        case states.Pressed() | states.Recorded() | states.Silent():
            return {"kind": type(act).__name__.lower(), **asdict(act)}


def _state(state: states.State, names: Names) -> dict[str, Any]:
    match state:
        case states.Listening(gather, keyed):
            return {
                "kind": "listening",
                "keys": gather.takes_keys,
                "words": gather.takes_speech,
                "timeout": gather.timeout,
                "keyed": keyed,
                "hints": gather.hints[: -MAX_HINTS - 1 : -1],
                "language": gather.language,
            }
        case states.Ringing(dial):
            return {
                "kind": "ringing",
                "who": _who(dial.numbers, names),
                "shows": spaced(dial.caller_id),
                "timeout": dial.timeout,
                "star": dial.hangup_on_star,
                "asked": bool(dial.whispers),
            }
        case states.Recording(verb):
            return {
                "kind": "recording",
                "longest": verb.max_length,
                "timeout": verb.timeout,
                "ends": verb.finish_on_key,
            }
        case states.Ended(reason):
            return {"kind": "ended", "reason": reason}


def _who(numbers: tuple[str, ...], names: Names) -> list[dict[str, str]]:
    return [{"number": spaced(number), "name": names.get(number, "")} for number in numbers]
