"""How a caller is put through to the agency's own people: rules of the node kind `agency`.

Coming to it, its phase tells what the hour says: `open`, `on-call` or `closed`. While telephones
ring in turn, the place's step is the one that rings (`dial` the office's, `call` those on call), so
that a restart in between loses nothing.
"""

import datetime as dt
from dataclasses import replace

from ivr.dialog.place import Place
from ivr.schedule.duty import Duty
from ivr.schedule.on_call import RUNGS
from ivr.script.model import Script

TAKEN = frozenset({"completed", "answered"})
FAILED = frozenset({"busy", "no-answer", "failed"})


SHUT = frozenset({"closed", "on-call", "unreached"})
"""The phases in which the office cannot be rung."""

LADDER_SECONDS = 90
"""How long the people on call are rung in all, before something else is offered."""

RUNG_SECONDS = 30
"""How long one of them can take: 20 s of ringing, 10 s to press 1."""


def arrive(place: Place, duty: Duty, moment: dt.datetime) -> Place:
    """Return the place as the hour has it: a caller who comes to the agency finds it so or so."""
    if place.phase == "call" and place.step >= len(duty.ladder):  # the shift has changed
        return replace(place.anew(), step=0, since=0, phase="unreached")
    if place.step or place.phase not in {"", "dial"}:
        return place
    if place.phase == "dial" and duty.is_open:
        return place
    if duty.ladder and (place.phase == "dial" or duty.at_once):
        return replace(place.anew(), phase="call", since=int(moment.timestamp()))
    shut = "on-call" if duty.ladder else "closed"
    return replace(place.anew(), phase="open" if duty.is_open else shut)


def ended(script: Script, place: Place, status: str, moment: dt.datetime) -> Place:
    """Return where a call to the agency leads when it has ended: on to the next telephone."""
    here = replace(place.anew(), step=0, since=0)
    if status in TAKEN:
        return replace(here, phase="completed")
    if place.phase == "call":
        left = LADDER_SECONDS - (moment.timestamp() - place.since)
        if left >= RUNG_SECONDS and place.step + 1 < RUNGS:
            return replace(here, step=place.step + 1, since=place.since, phase="call")
        return replace(here, phase="unreached")
    if place.step < len(script.line.office.groups) - 1:
        return replace(here, step=place.step + 1)
    return replace(here, phase=status if status in FAILED else "failed")
