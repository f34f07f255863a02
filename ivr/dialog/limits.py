"""What a caller hears at a limit: they are led on to the hotline, and never left alone.

The limits are kept outside of the dialog, which needs no numbers for them.
"""

import datetime as dt
from typing import Any

from ivr.dialog.build_turn import turn as build
from ivr.dialog.context import Context, Cue
from ivr.dialog.events import DialEnded, Event, Key
from ivr.dialog.next_turn import reply
from ivr.dialog.node_kind import gather
from ivr.dialog.place import Place
from ivr.dialog.turn import Fact, Gather, Turn
from ivr.dialog.universals import ways_out
from ivr.schedule.duty import Duty
from ivr.script.model import Script

CODE_KEYS = "12345"
"""The keys of which a challenge consists: all others mean the same everywhere."""


def lead_on(script: Script, place: Place, facts: tuple[Fact, ...], prompt: str) -> Turn:
    """Return the turn at the hotline in place of one that would ring staff or record a message.

    The hotline is offered, and rung after silence. `*` leads back to the node of `place`.
    """
    context: Context[Any] = Context(script, place.at_rest())
    hotline = context.divert(script.graph.person)
    cue = Cue(prompt, must=True)
    return build(script, hotline, (cue,)).with_facts(_without_dial(facts))


def end_long_call(script: Script, place: Place, event: Event, turn: Turn) -> Turn:
    """Return the turn of a call that has lasted for as long as a call may.

    The caller hears the hotline's number and is connected; if they were, they hear the goodbye. A
    transfer, a recording and the warning before 911 are never cut.
    """
    graph = script.graph
    to_911 = turn.place.node == graph.emergency != place.node
    if to_911 or not isinstance(turn.verb, Gather):
        return turn
    context: Context[Any] = Context(script, turn.place)  # `*` leads back to where they were
    if isinstance(event, DialEnded) and place.node == graph.person:
        return build(script, context.go(graph.goodbye)).with_facts(turn.facts)
    hotline = context.divert(graph.person, "dial")._replace(auto_rang=True)
    cues = (Cue("call.longest", must=True), Cue("transfer.number", must=True, slow=True))
    dial = Fact("dial", hotline.node, "", turn.facts[0].at)
    return build(script, hotline, cues).with_facts((*turn.facts, dial))


def challenge(
    script: Script, place: Place, facts: tuple[Fact, ...], code: str, tries: int = 0
) -> Turn:
    """Ask for the two keys of a code before the agency's people are rung from a place."""
    place = place.at_rest()._replace(tries=tries)
    context: Context[Any] = Context(script, place)
    asked = context.spoken("agency.challenge", first=code[0], second=code[1])
    may = (asked, *ways_out(context))
    return Turn(place, (), may, gather(place), facts=_without_dial(facts))


def await_key(place: Place, moment: dt.datetime) -> Turn:
    """Wait without words for the second key of a code."""
    return Turn(place, (), (), gather(place), facts=(Fact("key", place.node, "", moment),))


def ring_agency(script: Script, place: Place, moment: dt.datetime, duty: Duty | None) -> Turn:
    """Ring the agency's people for a caller who has pressed the keys of a code."""
    return reply(script, place.at_rest()._replace(phase="open"), Key("1"), moment, duty)


def _without_dial(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact.kind != "dial")
