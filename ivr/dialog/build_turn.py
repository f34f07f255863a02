"""What is said at a place: the turn that a caller hears on coming to it.

A turn depends on the place and on what is said on the way in (`cues`: a ladder's message, "I will
speak more slowly"), and on nothing else, so that it can be worked out once and kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ivr.dialog import connecting, guiding, texting, voicemail
from ivr.dialog.place import DIALLING, Place
from ivr.dialog.prompts import digit_by_digit, spoken
from ivr.dialog.speech_match import hints
from ivr.dialog.turn import Dial, HangUp, Listen, Spoken, Turn
from ivr.dialog.universal_prompts import (
    languages,
    leave,
    other_keys,
    other_languages,
    person_and_911,
)
from ivr.schedule.duty import Duty
from ivr.script.model import EMERGENCY_NUMBER, Script
from ivr.script.nodes import (
    Agency,
    Check,
    Emergency,
    Goodbye,
    Menu,
    Opening,
    Talk,
    Text,
    Transfer,
    Voicemail,
)

RING_SECONDS = 30
"""How long a destination rings before the caller is told (human-factors.md, R20)."""

KEY_SECONDS, SLOW_KEY_SECONDS = 10, 20
"""How long the first key may take (human-factors.md, R7)."""

STEP_SECONDS, SLOW_STEP_SECONDS = 3, 6
"""The pause after a step of a talk, which then goes on by itself."""

TURN_SECONDS = 15
"""How long each of several telephones rings in turn: 20 s, since the carrier adds 5 (Twilio)."""

EMERGENCY_SECONDS = 5
"""How long `*` can still stop a call to 911 (DESIGN, rule 6)."""

ANNOUNCEMENT = "announcement"
"""What the words of an override stand under, where prompts have their id."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A prompt said on the way in, before what the place itself says.

    `must`: it is heard to its end. `count` fills a check's {count}. `language` and `slow` as in
    Spoken.
    """

    prompt: str
    must: bool = False
    slow: bool = False
    count: int = 0
    language: str = ""


def turn(
    script: Script, place: Place, cues: tuple[Cue, ...] = (), duty: Duty | None = None
) -> Turn:
    """Return what is said and done at a place; who is on duty counts where they are rung.

    What they announce is heard on the way in, and at the agency.
    """
    told = _announced(script, place, duty) if duty else []
    said = [(cue, _cued(script, place, cue)) for cue in cues]
    must = [words for cue, words in said if cue.must] + list(_must(script, place))
    may = [words for cue, words in said if not cue.must]
    node = script.node(place.node)
    if isinstance(node, Goodbye):
        must += [spoken(script, place, prompt, slow=True) for prompt in node.say]
        return Turn(place, tuple(may + must), (), HangUp())
    if place.phase in DIALLING:
        return Turn(place, (*told, *must), (), _dial(script, place, duty or Duty()))
    if place.phase == "record":
        return Turn(place, tuple(may + must), (), voicemail.RECORD)
    if place.unsure:
        may += other_languages(script, place)
    may += _may(script, place, told)
    return Turn(place, tuple(must), tuple(may), _listen(script, place))


def help_turn(script: Script, place: Place, duty: Duty | None = None) -> Turn:
    """Return a place's turn with all the keys told first: what `#` `#` gives (DESIGN, rule 2)."""
    keys = [
        spoken(script, place, "help"),
        *person_and_911(script, place),
        *other_keys(script, place),
        *other_languages(script, place),
    ]
    here = turn(script, place, duty=duty)
    return replace(here, may=(*keys, *here.may))


def _announced(script: Script, place: Place, duty: Duty) -> list[Spoken]:
    """Say what the agency has to tell: once on the way in, and to who comes to the agency."""
    at_agency = isinstance(script.node(place.node), Agency)
    # Who is rung at once has not been offered anything before, where it could have been said.
    coming = {"open", "closed", "on-call"} | ({"call"} if duty.at_once else set())
    comes = at_agency and place.phase in coming and not place.step and not place.tries
    if not (place.first or comes):
        return []
    codes = script.line.languages if place.unsure else [place.language]
    words = dict(duty.announcement)
    return [
        Spoken(code, digit_by_digit(words[code]), ANNOUNCEMENT, place.slow)
        for code in codes
        if words.get(code)
    ]


def _cued(script: Script, place: Place, cue: Cue) -> Spoken:
    slow = cue.slow or place.slow
    return spoken(script, place, cue.prompt, language=cue.language, slow=slow, count=str(cue.count))


def _dial(script: Script, place: Place, duty: Duty) -> Dial:
    node = script.node(place.node)
    if place.phase == "call":
        return Dial(duty.ladder[place.step], TURN_SECONDS, asked=True)
    if isinstance(node, Agency):
        first, *others = script.line.office.groups[place.step]
        return Dial(first, TURN_SECONDS, tuple(others))
    if isinstance(node, Transfer):
        return Dial(script.line.destinations[node.destination].number or "", RING_SECONDS)
    return Dial(EMERGENCY_NUMBER, RING_SECONDS)


def _listen(script: Script, place: Place) -> Listen:
    node = script.node(place.node)
    words = hints(script, place) if script.line.speech else ()
    if isinstance(node, Emergency) and script.line.emergency.bridge and not place.phase:
        return Listen(EMERGENCY_SECONDS, words)
    if isinstance(node, Talk) and place.step < len(script.steps(place.node)):
        return Listen(SLOW_STEP_SECONDS if place.slow else STEP_SECONDS, words)
    if place.phase == "begin":
        return Listen(voicemail.BEGIN_SECONDS)
    return Listen(SLOW_KEY_SECONDS if place.slow else KEY_SECONDS, words)


def _must(script: Script, place: Place) -> Iterator[Spoken]:
    """Say what may not be cut short: warnings, and how a transfer goes."""
    node = script.node(place.node)
    match node:
        case Opening() if not place.tries:
            for language in languages(script, place):
                yield spoken(script, place, node.warn, language=language)
        case Transfer() | Agency():
            yield from connecting.on_the_way(script, place, node)
        case Emergency() if not script.line.emergency.bridge:
            yield spoken(script, place, "emergency.off")
            yield spoken(script, place, "emergency.off")
        case Emergency() if place.phase != "dial":
            yield spoken(script, place, "emergency.location")


def _may(script: Script, place: Place, told: list[Spoken]) -> Iterator[Spoken]:
    """Say what keys may cut short; `told` is what the agency announces."""
    node = script.node(place.node)
    match node:
        case Opening() | Menu() | Talk() | Check():
            yield from guiding.said(script, place, node, told)
        case Transfer() | Agency():
            yield from told
            yield from connecting.transfer(script, place, node)
        case Voicemail() | Text():
            is_text = isinstance(node, Text)
            yield from (texting.said if is_text else voicemail.said)(script, place)
            yield from leave(script, place)
        case Emergency():
            yield from connecting.emergency(script, place)
        case Goodbye() | None:
            return
