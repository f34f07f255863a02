"""Connects a caller with somebody: by a second call that is bridged, or by the PBX (REFER).

Keys of a caller are never dialled; while connected, they are sent to the other end.
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
"""SIP statuses of a called person who is busy or declines."""

NO_ANSWER = frozenset({408, 480, 487})
"""SIP statuses of a call that nobody answered in time."""

_STEP_SECONDS = 0.02
_CUSHION = bytes(SECOND * 6 // 100)
"""60 ms of silence before bridged sound (a jitter buffer), so that delays cause no gap."""

_MOST_UNSENT_SECONDS = 0.3
_RING_AHEAD_SECONDS = 0.2


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

    def __init__(self, exchange: Exchange, dialling: Dialling) -> None:
        self._exchange = exchange
        self._dialling = dialling

    def connect(self, caller: Leg, dial: Dial, asks: Asks) -> Outcome:
        """Ring the numbers of a Dial and connect the caller; return when that call has ended.

        Raises Gone if the caller has hung up. If no number may be dialled, the status is "failed".
        """
        places = {n: a for n in dial.numbers if (a := self._dialling.address(n)) is not None}
        if not places:
            if EMERGENCY.intersection(dial.numbers):
                log.error("911 was not dialled: the PBX's emergency route is not set (--emergency)")
            return Outcome("failed")
        # The PBX cannot ask the called person first, nor ring several numbers.
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
                callee.answer()  # waits until sound can be sent
                if whisper is not None and not asks(callee, whisper):
                    return Outcome("completed", bridged=False)
            except Gone:
                caller.wait(0)
                return Outcome("completed", bridged=whisper is None)
        began = time.monotonic()
        until = "*" if dial.hangup_on_star else ""
        bridge(caller, callee, until, seconds=dial.time_limit)
        return Outcome("completed", round(time.monotonic() - began))

    def _refer(self, caller: Leg, dial: Dial, address: str) -> Outcome:
        caller.answer()
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
        caller.wait(_STEP_SECONDS * 2)
    return "no-answer"


def _dial_status(status: int | None) -> str:
    """Return the DialCallStatus of a SIP status."""
    return "busy" if status in BUSY else "no-answer" if status in NO_ANSWER else "failed"


def bridge(caller: Leg, callee: Leg, until: str = "", seconds: float = float("inf")) -> None:
    """Pass sound both ways, and keys to the callee, until the callee or a key ends the call.

    It ends after so many seconds, too.

    Raises Gone if the caller has hung up.
    """
    pairs: Sequence[tuple[Leg, Leg]] = ((caller, callee), (callee, caller))
    caller.drop_keys()
    caller.stops_at_key = False
    end = time.monotonic() + seconds
    try:
        for source, sink in pairs:
            source.read()  # drop the sound from while it rang
            sink.write(_CUSHION)
        while time.monotonic() < end:
            for source, sink in pairs:
                sound = source.read()
                if sink.unsent < _MOST_UNSENT_SECONDS:
                    sink.write(sound)
            if caller.has_key and (key := caller.read_key(0)):
                if key in until:
                    return
                callee.send(key)
            callee.wait(_STEP_SECONDS)
    except Gone:
        caller.wait(0)


@contextmanager
def ringing(leg: Leg) -> Iterator[None]:
    """Play the ringing tone to a caller."""
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
        except Exception:
            log.exception("a caller hears no ringing tone")

    leg.flush()
    thread = threading.Thread(target=ring, name="ringing", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the system has no thread left; the call goes on
        log.error("a caller hears no ringing tone: there is no thread left")  # noqa: TRY400
    try:
        yield
    finally:
        over.set()
        if thread.ident is not None:  # it was started
            thread.join()
        leg.flush()
