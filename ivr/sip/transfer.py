"""Connects a caller with somebody: by a second call that is bridged, or by the PBX (REFER).

Keys of a caller are never dialled; while connected, digits are sent to the other end.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ivr.phone.twiml.verbs import Dial, Whisper
from ivr.sip.bridge import bridge, ringing
from ivr.sip.config import EMERGENCY, DialPlan
from ivr.sip.leg import Gone, Leg

log = logging.getLogger("ivr.sip")

BUSY = frozenset({486, 600, 603})
"""SIP statuses of a called person who is busy or declines."""

NO_ANSWER = frozenset({408, 480, 487})
"""SIP statuses of a call that nobody answered in time."""

UNCLEAR_SECONDS = 3.0
"""Seconds within which an answered call that ends has connected nobody: no conversation is so
short, and some exchanges answer and hang up where they cannot connect."""

_STEP_SECONDS = 0.04


class Exchange(Protocol):
    """Something that makes calls."""

    def dial(self, address: str, shown: str) -> Leg | None:
        """Begin a call to an address, showing a number (E.164, or ""); None if it cannot be."""
        ...


@dataclass(frozen=True)
class Outcome:
    """How a dialled call ended: DialCallStatus, seconds talked, and whether it was connected."""

    status: str
    seconds: int = 0
    bridged: bool = True


Asks = Callable[[Leg, Whisper], bool]
"""Asks the person who answered, on their leg, whether they take the call."""


class Transfers:
    """Connects callers by the operator's dialling options."""

    def __init__(self, exchange: Exchange, dial_plan: DialPlan) -> None:
        self._exchange = exchange
        self._dial_plan = dial_plan

    def connect(self, caller: Leg, dial: Dial, asks: Asks) -> Outcome:
        """Ring the numbers of a Dial and connect the caller; return when that call has ended.

        Raises Gone if the caller has hung up, or gives no sign of life any more: then nobody is
        rung. If no number may be dialled, the status is "failed".
        """
        caller.require_live()
        places = {n: a for n in dial.numbers if (a := self._dial_plan.address(n)) is not None}
        if not places:
            if EMERGENCY.intersection(dial.numbers):
                log.error("911 was not dialled: the PBX's emergency route is not set (--emergency)")
            return Outcome("failed")
        # The PBX cannot ask the called person first, nor ring several numbers.
        if self._dial_plan.refer and len(places) == 1 and not dial.whispers:
            return self._refer(caller, dial, *places.values())
        legs = {}
        for number, address in places.items():
            if (leg := self._exchange.dial(address, dial.caller_id)) is not None:
                legs[number] = leg
        try:
            return self._ring(caller, dial, legs, asks)
        finally:
            for leg in legs.values():
                leg.hang_up()

    def _ring(self, caller: Leg, dial: Dial, legs: dict[str, Leg], asks: Asks) -> Outcome:
        caller.answer()
        with ringing(caller, *legs.values()) if len(legs) == 1 else ringing(caller):
            number = _first(caller, dial, legs)
            if number not in legs:
                return Outcome(number)
            callee = legs[number]
            for other in legs.values():
                if other is not callee:
                    other.hang_up()
            whisper = next((w for w in dial.whispers if w.number == number), None)
            try:
                callee.answer()  # waits until sound can be sent
                if whisper is not None and not asks(callee, whisper):
                    return Outcome("completed", bridged=False)
            except Gone:
                caller.wait(0)
                return Outcome("failed") if whisper is None else Outcome("completed", bridged=False)
        began = time.monotonic()
        until = "*" if dial.hangup_on_star else ""
        dial_plan = self._dial_plan
        end = bridge(
            caller, callee, until, dial_plan.keys, dial.time_limit, no_sound=dial_plan.no_sound
        )
        seconds = time.monotonic() - began
        if end == "callee" and seconds < UNCLEAR_SECONDS and whisper is None:
            log.warning("an answered call ended at once, and counts as failed")
            return Outcome("failed")
        return Outcome("completed", round(seconds))

    def _refer(self, caller: Leg, dial: Dial, address: str) -> Outcome:
        caller.answer()
        with ringing(caller):  # until the PBX takes the caller, they are still here
            status = caller.refer(address, dial.timeout + 5)
        return Outcome("completed" if status is None else _dial_status(status))


def _first(caller: Leg, dial: Dial, legs: dict[str, Leg]) -> str:
    """Return the number that answers first, or the DialCallStatus if none does."""
    until = time.monotonic() + dial.timeout
    caller.drop_keys()
    while time.monotonic() < until:
        for number, leg in legs.items():
            if leg.is_answered:
                return number
        if all(leg.is_over for leg in legs.values()):
            statuses = [_dial_status(leg.status) for leg in legs.values()]
            return max(statuses, key=("failed", "no-answer", "busy").index, default="failed")
        if dial.hangup_on_star and caller.has_key and caller.read_key(0) == "*":
            return "canceled"
        caller.wait(_STEP_SECONDS)
    return "no-answer"


def _dial_status(status: int | None) -> str:
    return "busy" if status in BUSY else "no-answer" if status in NO_ANSWER else "failed"
