"""From a place to the turn that a caller hears on coming to it.

A turn depends on the place, on the duty and on what is said on the way (`cues`), and on nothing
else. What each kind of node says stands in `ivr/dialog/nodes`.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from ivr.dialog.context import ANY_DUTY, Context, Cue
from ivr.dialog.node_kind import NodeKind
from ivr.dialog.nodes import kind_at
from ivr.dialog.place import ANNOUNCED, DIALLING, Place
from ivr.dialog.prompts import digit_by_digit, spoken
from ivr.dialog.speech_match import hints
from ivr.dialog.turn import Dial, Gather, Spoken, Turn
from ivr.dialog.universals import other_keys, other_language, person_and_911
from ivr.schedule.duty import Duty
from ivr.script.model import Script

ANNOUNCEMENT = "announcement"
"""The prompt id of an override's announcement, whose words stand in no file."""


def turn(script: Script, place: Place, cues: tuple[Cue, ...] = (), duty: Duty = ANY_DUTY) -> Turn:
    """Return what is said at a place, and what happens then.

    `duty` is who is at the agency: it gives the announcement and the people on call to be rung.
    """
    return _built(script, place, cues, duty)


@lru_cache(maxsize=1024)
def _built(script: Script, place: Place, cues: tuple[Cue, ...], duty: Duty) -> Turn:
    """Return the turn at a place; many keys lead to the same one."""
    kind = kind_at(script, place)
    context: Context[Any] = Context(script, place, duty)
    if duty.announcement:
        context = replace(context, announcement=_announced(context, kind))
    cues = tuple(cue for cue in cues if script.has_text(cue.language or place.language, cue.prompt))
    cued = [(cue.must, _cued(script, place, cue)) for cue in cues]
    must = [*(words for is_must, words in cued if is_must), *kind.must(context)]
    may = [words for is_must, words in cued if not is_must]
    match kind.verb(context):
        case Dial() as dial:  # keys are not taken, so nothing can be offered
            return Turn(place, (*context.announcement, *must), (), dial)
        case Gather() as gather:
            # A caller who does nothing has heard of the menu of languages: a person rings now.
            has_heard = place.phase == ANNOUNCED and script.line.has_language_menu
            if place.no_language and not has_heard:
                may += other_language(context)
            may += kind.may(context)
            phrases = hints(script, place) if script.listens(place.language) else ()
            return Turn(place, tuple(must), tuple(may), gather._replace(hints=phrases))
        case end:
            return Turn(place, (*may, *must), (), end)


def help_turn(script: Script, place: Place, duty: Duty = ANY_DUTY) -> Turn:
    """Return all keys, explained at a place: what `#` `#` gives. Silence leads to the place."""
    if script.line.is_bridge(place.language):  # it has no words for the keys
        return turn(script, place, duty=duty)
    context: Context[Any] = Context(script, place)
    keys = [
        context.spoken("help"),
        *person_and_911(context),
        *other_keys(context),
        *other_language(context),
    ]
    return replace(turn(script, place, duty=duty), must=(), may=tuple(keys))


def _announced(context: Context[Any], kind: NodeKind[Any]) -> tuple[Spoken, ...]:
    """Return the agency's announcement, which callers hear on the way in and at the agency.

    A caller who has chosen no language yet hears it in each.
    """
    place = context.place
    welcomes = place.first and place.phase not in DIALLING
    if not (welcomes or kind.announces(context)):
        return ()
    codes = context.script.line.opening_languages if context.no_language else (place.language,)
    words = dict(context.duty.announcement)
    return tuple(
        Spoken(code, digit_by_digit(words[code]), ANNOUNCEMENT, place.slow)
        for code in codes
        if words.get(code)
    )


def _cued(script: Script, place: Place, cue: Cue) -> Spoken:
    slow = cue.slow or place.slow
    return spoken(script, place, cue.prompt, language=cue.language, slow=slow, count=str(cue.count))
