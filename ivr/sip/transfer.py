"""Connects a caller with somebody: a second call, bridged here, or the PBX is asked to (REFER).

Nothing that a caller keys in is ever dialled; keys pressed while connected go to the other end.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from ivr.phone.twiml.verbs import Dial, Whisper
from ivr.sip import tones
from ivr.sip.config import EMERGENCY, Dialling
from ivr.sip.leg import SECOND, Gone, Leg

log = logging.getLogger("ivr.sip")

BUSY = frozenset({486, 600, 603})
NO_ANSWER = frozenset({408, 480, 487})

_STEP_SECONDS = 0.02
_CUSHION = bytes(SECOND * 6 // 100)
"""Silence that goes before bridged sound, so that a late moment of this machine is not heard."""

_MOST_UNSENT_SECONDS = 0.3
_RING_AHEAD_SECONDS = 0.2


class Exchange(Protocol):
    """What makes calls."""

    def dial(self, address: str, shown: str) -> Leg | None:
        """Begin a call to an address, showing a number (E.164, or ""); None if it cannot be."""
        ...


@dataclass(frozen=True)
class Outcome:
    """How a dialled call ended: DialCallStatus, seconds talked, whether the two were connected."""

    status: str
    seconds: int = 0
    bridged: bool = True


Asks = Callable[[Leg, Whisper], bool]
"""Asks who has answered whether they take the call; runs on their leg."""


class Transfers:
    """Connects callers as the operator wants it."""

    def __init__(self, exchange: Exchange, dialling: Dialling) -> None:
        self._exchange = exchange
        self._dialling = dialling

    def connect(self, caller: Leg, dial: Dial, asks: Asks) -> Outcome:
        """Ring who is to be rung, and connect the caller; return when that has ended.

        Raises Gone when the caller has hung up. A number that is not dialled has failed.
        """
        places = {n: a for n in dial.numbers if (a := self._dialling.address(n)) is not None}
        if not places:
            if EMERGENCY.intersection(dial.numbers):
                log.error("911 was not dialled: the PBX's emergency route is not set (--emergency)")
            return Outcome("failed")
        # Who is asked first, or one of several, cannot be left to the PBX.
        if self._dialling.refer and len(places) == 1 and not dial.whispers:
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
        with ringing(caller):
            number = _first(caller, dial, legs)
            if number not in legs:
                return Outcome(number)
            callee = legs[number]
            for other in legs.values():
                if other is not callee:
                    other.hang_up()
            whisper = next((w for w in dial.whispers if w.number == number), None)
            try:
                callee.answer()  # its sound is there
                if whisper is not None and not asks(callee, whisper):
                    return Outcome("completed", bridged=False)
            except Gone:
                caller.rest(0)
                return Outcome("completed", bridged=whisper is None)
        began = time.monotonic()
        bridge(caller, callee, until=("*" if dial.hangup_on_star else ""))
        return Outcome("completed", round(time.monotonic() - began))

    def _refer(self, caller: Leg, dial: Dial, address: str) -> Outcome:
        caller.answer()
        status = caller.refer(address, dial.timeout + 5)
        if status is None:
            return Outcome("completed")
        return Outcome(_told(status))


def _first(caller: Leg, dial: Dial, legs: dict[str, Leg]) -> str:
    """Return the number that answers first, or the status with which nobody did."""
    until = time.monotonic() + dial.timeout
    caller.forget_keys()
    while time.monotonic() < until:
        for number, leg in legs.items():
            if leg.is_answered:
                return number
        if all(leg.is_over for leg in legs.values()):
            told = [_told(leg.status) for leg in legs.values()]
            return max(told, key=("failed", "no-answer", "busy").index, default="failed")
        if dial.hangup_on_star and caller.has_key and caller.key(0) == "*":
            return "canceled"
        caller.rest(_STEP_SECONDS * 2)
    return "no-answer"


def _told(status: int | None) -> str:
    """Return the DialCallStatus of a SIP status."""
    return "busy" if status in BUSY else "no-answer" if status in NO_ANSWER else "failed"


def bridge(caller: Leg, callee: Leg, until: str = "") -> None:
    """Pass sound both ways and the caller's keys on, until the callee ends it, or a key does.

    Raises Gone when the caller has hung up.
    """
    pairs: Sequence[tuple[Leg, Leg]] = ((caller, callee), (callee, caller))
    caller.forget_keys()
    caller.stops_at_key = False
    try:
        for source, sink in pairs:
            source.read()  # what was said while it rang
            sink.write(_CUSHION)
        while True:
            for source, sink in pairs:
                sound = source.read()
                if sink.unsent < _MOST_UNSENT_SECONDS:
                    sink.write(sound)
            if caller.has_key and (key := caller.key(0)):
                if key in until:
                    return
                callee.send(key)
            callee.rest(_STEP_SECONDS)
    except Gone:
        caller.rest(0)


@contextmanager
def ringing(leg: Leg) -> Iterator[None]:
    """Let a caller hear that it rings."""
    over = threading.Event()

    def ring() -> None:
        at = 0
        try:
            while not over.is_set():
                if leg.unsent < _RING_AHEAD_SECONDS:
                    at += leg.write(tones.RINGING[at : at + SECOND // 10])
                    at %= len(tones.RINGING)
                over.wait(0.05)
        except Gone:
            pass

    leg.hush()
    thread = threading.Thread(target=ring, name="ringing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        leg.hush()
