"""What a caller hears of a transfer: the ringing, what the other exchange says, and the person."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import numpy as np

from ivr.sip import tones
from ivr.sip.leg import SECOND, Gone, Leg

log = logging.getLogger("ivr.sip")

NO_SOUND_SECONDS = 20.0
"""Seconds without a packet of sound after which a leg that has sent some counts as gone."""

_STEP_SECONDS = 0.02
_CUSHION = bytes(SECOND * 6 // 100)
"""60 ms of silence before bridged sound (a jitter buffer), so that delays cause no gap."""

_MOST_UNSENT_SECONDS = 0.3
_RING_AHEAD_SECONDS = 0.2

_EARLY_SECONDS = 6.0
"""Seconds after early sound was last audible, until the line rings by itself again: the ringing
tones of the world have pauses of up to five seconds."""

_AUDIBLE = 300.0
"""The level (of 32768) above which early sound counts as audible."""

HELD_SECONDS = 10.0
"""Seconds between the tones for a caller whom the other side keeps on hold in silence."""

End = Literal["callee", "key", "time", "no sound"]
"""What ended a bridged call: the called person, the caller's key, the limit, or a lack of sound."""


def bridge(
    caller: Leg,
    callee: Leg,
    until: str = "",
    passed_on: str = "",
    seconds: float = float("inf"),
    *,
    no_sound: float | None = None,
) -> End:
    """Pass sound both ways, until the callee, a key of `until` or the limit ends the call.

    Keys of `passed_on` are sent to the callee. A leg whose sound stops for `no_sound` seconds (by
    default NO_SOUND_SECONDS) ends the call, too: the message that it hung up may be lost. A caller
    who is kept on hold in silence hears a tone now and then. Raises Gone if they have hung up.
    """
    limit = NO_SOUND_SECONDS if no_sound is None else no_sound
    pairs: Sequence[tuple[Leg, Leg]] = ((caller, callee), (callee, caller))
    caller.drop_keys()
    caller.stops_at_key = False
    began, on_hold = time.monotonic(), _Hold(caller, callee)
    try:
        for source, sink in pairs:
            source.read()  # drop the sound from while it rang
            sink.write(_CUSHION)
        while time.monotonic() < began + seconds:
            for source, sink in pairs:
                sound = _pass_on(source, sink)
            on_hold.follows(sound)  # the callee's, which is the last
            key = caller.read_key(0) if caller.has_key else ""
            if key and key in until:
                return "key"
            if key and key in passed_on:
                callee.send(key)
            if any(_is_dead(leg, began, limit) for leg in (caller, callee)):
                log.warning("a transfer was ended: no sound for %d s", limit)
                return "no sound"
            callee.wait(_STEP_SECONDS)
    except Gone:
        caller.wait(0)
        return "callee"
    return "time"


class _Hold:
    """Sounds a tone now and then for a caller whom the callee keeps on hold in silence."""

    def __init__(self, caller: Leg, callee: Leg) -> None:
        self._caller, self._callee = caller, callee
        self._quiet_since = time.monotonic()

    def follows(self, sound: bytes) -> None:
        """Take note of the callee's sound, which may be empty."""
        now = time.monotonic()
        if not self._callee.is_held or _is_audible(sound):
            self._quiet_since = now
        elif now - self._quiet_since > HELD_SECONDS:
            self._caller.write(tones.HELD)
            self._quiet_since = now


def _pass_on(source: Leg, sink: Leg) -> bytes:
    sound = source.read()
    if sink.unsent < _MOST_UNSENT_SECONDS:
        sink.write(sound)
    return sound


def _is_dead(leg: Leg, since: float, seconds: float) -> bool:
    """Return whether a leg that has sent sound in this call has stopped, and is not on hold."""
    if leg.is_held:
        leg.sound_at = time.monotonic()
    return leg.sound_at > since and time.monotonic() - leg.sound_at > seconds


@contextmanager
def ringing(leg: Leg, callee: Leg | None = None) -> Iterator[None]:
    """Play the ringing tone to a caller, or what the callee's exchange plays before the answer.

    Such early sound is a ringing tone, or an announcement that says why nobody can be reached.
    """
    over = threading.Event()

    def ring() -> None:
        try:
            _ring(leg, callee, over)
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


def _ring(leg: Leg, callee: Leg | None, over: threading.Event) -> None:
    at, audible_at = 0, float("-inf")
    while not over.is_set():
        if callee is not None and callee.is_answered:
            callee, audible_at = None, float("-inf")  # asked in private whether they take the call
        early = _early_sound(callee)
        if _is_audible(early):
            if time.monotonic() - audible_at > _EARLY_SECONDS:
                leg.flush()
                leg.write(_CUSHION)
            audible_at = time.monotonic()
        if time.monotonic() - audible_at <= _EARLY_SECONDS:
            if leg.unsent < _MOST_UNSENT_SECONDS:
                leg.write(early)
        elif leg.unsent < _RING_AHEAD_SECONDS:
            at += leg.write(tones.RINGING[at : at + SECOND // 10])
            at %= len(tones.RINGING)
        over.wait(_STEP_SECONDS)


def _early_sound(callee: Leg | None) -> bytes:
    if callee is None or callee.is_over:
        return b""
    try:
        return callee.read()
    except Gone:
        return b""


def _is_audible(sound: bytes) -> bool:
    samples = np.frombuffer(sound, "<i2").astype(np.float32)
    return bool(len(samples)) and float(np.sqrt(np.mean(samples * samples))) > _AUDIBLE
