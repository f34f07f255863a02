"""The agency's own people: the office's telephones while it is open, and the people on call.

When a caller arrives, the phase becomes `open`, `on-call` or `closed`. While telephones ring in
turn, the place's step counts them (phase `dial` for the office's telephones, `call` for the people
on call), so that a restart in between loses nothing.
"""

import datetime as dt
from collections.abc import Iterator

from ivr.dialog.context import Context, Next
from ivr.dialog.node_kind import Verb
from ivr.dialog.nodes.transfer import (
    ANSWERED,
    ENDED,
    FAILED,
    PHASES,
    CalleeKind,
    offers,
    offers_next,
    phase_after,
    question,
    unasked,
)
from ivr.dialog.place import DIALLING, REACHED, Place
from ivr.dialog.prompts import has_number
from ivr.dialog.turn import Dial, Gather, Spoken
from ivr.dialog.universals import by_text, person_and_911
from ivr.schedule.on_call import RUNGS
from ivr.script.model import VOICEMAIL_KEY, Script
from ivr.script.nodes import Agency

NUMBER = "number-shut"
"""The phase in which the office's number is said while the office cannot be rung."""

NUMBER_SECONDS = 3
"""Seconds of silence after that number."""

SHUT = frozenset({"closed", "on-call", "unreached", NUMBER})
"""The phases in which the office cannot be rung."""

LADDER_SECONDS = 90
"""Seconds for which the people on call are rung in all (docs/requirements.md, R24)."""

RUNG_SECONDS = 30
"""Seconds that one person on call can take: 20 of ringing, 10 to press 1."""

CANCELED = "canceled"
"""The carrier's status of a call that was given up while it rang: nobody else is rung then."""

TURN_SECONDS = 15
"""Seconds for which each of several telephones rings; the carrier adds 5 (Twilio, Dial)."""


class AgencyKind(CalleeKind[Agency]):
    depends_on_duty = True
    phases = PHASES | SHUT | {"open", "call"}

    def last_step(self, context: Context[Agency]) -> int:
        """Return the last of the telephones that ring in turn in this phase."""
        line, place = context.script.line, context.place
        telephones = {
            "dial": len(line.office.groups(place.language)),
            "call": RUNGS if place.since and line.on_call else 0,
        }
        return telephones.get(place.phase, 1) - 1

    def arrive(self, context: Context[Agency], moment: dt.datetime) -> Place:
        """Set the place's phase from the current duty: open, on-call or closed."""
        place, duty = context.place, context.duty
        if place.phase == "call" and place.step >= len(duty.ladder):  # the shift has changed
            return place.reset_attempts()._replace(step=0, since=0, phase="unreached")
        if place.step or place.phase not in {"", "dial"}:
            return place
        if place.phase == "dial" and duty.is_open:
            return place
        if duty.ladder and (place.phase == "dial" or duty.at_once):
            return place.reset_attempts()._replace(phase="call", since=int(moment.timestamp()))
        shut = "on-call" if duty.ladder else "closed"
        return place.reset_attempts()._replace(phase="open" if duty.is_open else shut)

    def must(self, context: Context[Agency]) -> Iterator[Spoken]:
        place = context.place
        if place.phase in DIALLING and place.step:
            yield context.spoken("agency.trying")
        elif place.phase == "call":
            yield context.spoken("oncall.ringing")
        elif place.phase == "unreached" and not place.tries:
            yield context.spoken("oncall.unreached")
        else:
            yield from super().must(context)

    def may(self, context: Context[Agency]) -> Iterator[Spoken]:
        """Offer what a transfer offers, and after a call a message (4)."""
        if context.place.phase == REACHED:
            yield from question(context)
            return
        yield from context.announcement
        if context.place.phase == NUMBER and not context.place.tries:
            yield context.spoken("transfer.number", slow=True)
            return
        if context.place.phase in SHUT:
            yield from _closed(context)
        else:
            yield from offers(context, context.node.open)
            if context.place.phase in ENDED:  # a voicemail box answers, too
                yield from _message(context)
        if context.place.phase == "number":
            return
        yield from () if context.place.phase in ENDED else by_text(context)
        yield context.choice("to.back", "*")
        # 0 rings the hotline, and so does 3, if that is the next one. After a failed call there is
        # no time for more.
        if context.place.phase not in FAILED and context.node.next != context.script.graph.person:
            yield from person_and_911(context)

    def announces(self, context: Context[Agency]) -> bool:
        """Return whether the caller has just come to the agency.

        A caller for whom the people on call are rung at once is offered nothing before that.
        """
        place = context.place
        arrivals = {"open", "closed", "on-call"} | ({"call"} if context.duty.at_once else set())
        return place.phase in arrivals and not place.step and not place.tries

    def verb(self, context: Context[Agency]) -> Verb:
        place = context.place
        asked = is_asked(context.script, place)
        line = context.script.line
        if place.phase == "call":
            ladder = line.ladder_for(place.language, context.duty.ladder)
            return Dial(ladder[place.step], TURN_SECONDS, asked=asked)
        if place.phase == "dial":
            first, *others = line.office.groups(place.language)[place.step]
            return Dial(first, TURN_SECONDS, tuple(others), asked=asked)
        return Gather(NUMBER_SECONDS) if place.phase == NUMBER else super().verb(context)

    def key(self, context: Context[Agency], key: str) -> Next | None:
        """Act as a transfer does. While the office is closed, say its number and stay.

        A message (4) can be left if the office is closed, or after a call to it.
        """
        node, place, script = context.node, context.place, context.script
        if key == "1" and place.phase == "closed":
            return None
        if key == "2" and place.phase in SHUT and has_number(script, place.node):
            return Next(place.reset_attempts()._replace(phase=NUMBER))
        if key == VOICEMAIL_KEY and place.phase in SHUT | ENDED | {REACHED}:
            to = node.voicemail
            if to and script.is_offered(to):
                return Next(context.go(to)._replace(back=place.back, yes=place.yes))
        return super().key(context, key)

    def silence(self, context: Context[Agency]) -> Next | None:
        """Go on from the number to what is offered now, and from a question behind a call."""
        place = context.place.reset_attempts()
        if place.phase == REACHED:
            return Next(unasked(place))
        return Next(place._replace(phase="")) if place.phase == NUMBER else None

    def dial_ended(self, context: Context[Agency], status: str, moment: dt.datetime) -> Next:
        """Ring the next telephone if nobody has answered, if there is one and time for it."""
        place = context.place
        groups = context.script.line.office.groups(place.language)
        idle = place.reset_attempts()._replace(step=0, since=0)
        if status in ANSWERED:
            return Next(idle._replace(phase="completed"))
        if status == CANCELED:
            return Next(idle._replace(phase="unreached" if place.phase == "call" else "failed"))
        if place.phase == "call":
            seconds_left = LADDER_SECONDS - (moment.timestamp() - place.since)
            if seconds_left >= RUNG_SECONDS and place.step + 1 < RUNGS:
                return Next(idle._replace(step=place.step + 1, since=place.since, phase="call"))
            return Next(idle._replace(phase="unreached"))
        if place.step < len(groups) - 1:
            return Next(idle._replace(step=place.step + 1))
        return Next(idle._replace(phase=phase_after(status)))


def _closed(context: Context[Agency]) -> Iterator[Spoken]:
    """Say that the office is closed; offer the person on call (1), the next one, a message (4).

    If nobody on call has just answered, they are offered last.
    """
    ring = context.choice("oncall.ring", "1")
    unreached = context.place.phase == "unreached"
    if not unreached:
        if not context.place.tries:
            yield from map(context.spoken, context.node.closed)
        yield from [ring] if context.place.phase == "on-call" else []
    yield from offers_next(context)
    yield from _message(context)
    yield from [ring] if unreached else []


def _message(context: Context[Agency]) -> Iterator[Spoken]:
    if context.node.voicemail and context.script.is_offered(context.node.voicemail):
        yield context.choice("voicemail.offer", VOICEMAIL_KEY)


def is_asked(script: Script, place: Place) -> bool:
    """Return whether whoever answers is asked to press 1, so that a voicemail box takes no call."""
    if not isinstance(script.node(place.node), Agency):
        return False
    return place.phase == "call" or (place.phase == "dial" and script.line.office.screened)
