"""A SIP call leg, as the thread that runs the call sees it: sound, keys, and its end."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from baresip import AudioNotActive, AudioRestarted, BaresipError, Call, CallState
from baresip.errors import StaleHandleError, split_status
from baresip.events import Event, StackEvent

from ivr.sip.keys import Keys
from ivr.sip.liveness import Liveness, ask_whether_known
from ivr.sip.tones import ToneDetector
from ivr.speech.telephone import RATE

log = logging.getLogger("ivr.sip")

T = TypeVar("T")

WIDTH = 2
"""Bytes of a sample; there are RATE samples a second."""

SECOND = RATE * WIDTH
"""Bytes of a second of sound."""

AHEAD_SECONDS = 0.8
"""Seconds of sound that are queued ahead, so that a busy machine leaves no gap."""

TAKEN_AWAY_SECONDS = 3.0
"""Seconds without sound after a failed REFER by which a caller is no longer on this leg."""

QUIET_SECONDS = 5.0
"""Seconds without a packet of sound after which the other end may be gone."""

COMMAND_SECONDS = 10.0
"""Seconds to wait for the SIP library."""

LISTEN_SECONDS = 0.06
"""Seconds between two looks for tones in the sound."""

_FLUSH_SECONDS = 0.025
"""Seconds until queued sound is dropped: a little more than a packet of 20 ms."""


class Gone(Exception):  # noqa: N818 an event, not an error
    """The other end has hung up."""


class Leg:
    """One end of a call. Its methods may wait, and raise Gone once the call has ended.

    Only one thread at a time may call them; events from the network arrive on the agent's loop.
    """

    def __init__(
        self,
        call: Call,
        loop: asyncio.AbstractEventLoop,
        ended: str | None = None,
        *,
        inband: bool = False,
    ) -> None:
        self._call = call
        self._loop = loop
        self._changed = threading.Condition()
        self._keys = Keys()
        self._tones = ToneDetector() if inband else None
        self.is_over = ended is not None or call.state is CallState.CLOSED
        """Whether the call has ended."""
        self.was_answered = call.state is CallState.ESTABLISHED
        """Whether the other end has answered, even if the call is over."""
        self._reason = ended or ""
        self._flushed = 0.0
        self._liveness = Liveness(call.audio)
        self.sound_at = time.monotonic()
        """When sound was last read, by time.monotonic(); or when the leg was made."""
        self.stops_at_key = False
        """Whether a key stops the sound at once."""
        call.on(self._on_event)

    def _on_event(self, event: StackEvent) -> None:
        with self._changed:
            if event.event is Event.CALL_DTMF_START:
                self._liveness.note()
                self._pressed(is_new=self._keys.down(event.text or ""))
            elif event.event is Event.CALL_DTMF_END:
                self._keys.up()
            elif event.event is Event.CALL_ESTABLISHED:
                self.was_answered = True
            elif event.event is Event.CALL_CLOSED:
                self.is_over = True
                self._reason = event.text or ""
            self._changed.notify_all()

    def _pressed(self, *, is_new: bool) -> None:
        if is_new and self.stops_at_key:
            self.flush()

    @property
    def peer(self) -> str:
        """The SIP address that the other end claims."""
        return self._call.peer or ""

    @property
    def is_answered(self) -> bool:
        """Whether the other end has answered, and the call goes on."""
        return self.was_answered and not self.is_over

    @property
    def has_sent_sound(self) -> bool:
        """Whether sound of the other end has arrived."""
        return self._liveness.has_sent_sound

    def require_live(self) -> None:
        """Raise Gone if the call is over, though the message of that was lost."""
        self._liveness.look()
        if not self.is_held and self._liveness.quiet_seconds > QUIET_SECONDS:
            with contextlib.suppress(BaresipError, TimeoutError):
                self._do(ask_whether_known(self._call))
            self._liveness.note()  # it need not be asked again soon
            if self.is_over:
                log.warning("a call was lost: the PBX does not know it any more")
        self._check()

    @property
    def status(self) -> int | None:
        """The SIP status with which an unanswered call ended, or None."""
        return split_status(self._reason)[0]

    def answer(self) -> None:
        """Answer the call, and wait until sound can be sent."""
        if self.was_answered:
            return
        until = time.monotonic() + COMMAND_SECONDS
        while not self._is_accepted():  # a caller with 100rel first confirms that it rings
            if time.monotonic() > until:
                log.error("a call could not be answered in %d s", COMMAND_SECONDS)
                raise Gone
            self.wait(0.02)
        while not (self.is_answered and self._can_send()):
            if time.monotonic() > until:
                raise Gone
            self.wait(0.01)

    def _is_accepted(self) -> bool:
        """Send the answer; return whether the library could."""
        try:
            self._do(self._call.answer())
        except StaleHandleError:
            raise Gone from None
        except BaresipError:
            return False
        return True

    def hang_up(self) -> None:
        """End the call, unless it has ended already."""
        with contextlib.suppress(BaresipError, Gone, TimeoutError):
            self._do(self._call.hangup())

    def refuse(self) -> None:
        """Refuse the call as busy (486)."""
        with contextlib.suppress(BaresipError, Gone, TimeoutError):
            self._do(self._call.reject())

    def refer(self, address: str, seconds: float) -> int | None:
        """Let the PBX connect the caller to an address (REFER).

        Return None if that worked and the call is over, or the SIP status of the failure; 500 if
        the PBX says nothing. Raises Gone if the call is over, or the PBX has taken the caller away:
        then no sound arrives.
        """
        try:
            self._do(self._call.transfer(address, timeout=seconds), seconds + COMMAND_SECONDS)
        except (BaresipError, TimeoutError) as e:
            if not (self.is_held or self.sends_sound(TAKEN_AWAY_SECONDS)):
                log.warning("the PBX did not connect a caller whom it had taken over by REFER")
                raise Gone from None
            return getattr(e, "status", None) or 500
        return None

    def send(self, key: str) -> None:
        """Send a key, without waiting for it."""
        asyncio.run_coroutine_threadsafe(_quietly(self._call.send_dtmf(key)), self._loop)

    # Sound

    def write(self, sound: bytes) -> int:
        """Queue as much of a sound (8 kHz, 16 bits) as fits; return how many bytes that was."""
        self._check()
        if self._call.remote_on_hold:
            return 0
        self._await_flush()
        try:
            return int(self._call.audio.write(sound))
        except (AudioNotActive, AudioRestarted):
            return 0

    def read(self) -> bytes:
        """Return the sound that has arrived since the last call of this method."""
        self._check()
        try:
            sound = bytes(self._call.audio.read(SECOND))
        except (AudioNotActive, AudioRestarted):
            return b""
        if sound:
            self.sound_at = time.monotonic()
            self._liveness.took(len(sound))
        return sound

    def listen(self) -> bytes:
        """Return the sound that has arrived, after the keys in it were taken."""
        sound = self.read()
        if self._tones is not None:
            for key in self._tones.add(sound):
                with self._changed:
                    self._pressed(is_new=self._keys.tone(key))
        return sound

    def sends_sound(self, seconds: float) -> bool:
        """Wait until sound arrives, so many seconds at the most; return whether it does."""
        self.read()  # drop what arrived before
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.wait(_FLUSH_SECONDS)
            if self.read():
                return True
        return False

    def flush(self) -> None:
        """Drop the queued sound."""
        with contextlib.suppress(AudioNotActive, AudioRestarted):
            self._call.audio.flush_tx()
            self._flushed = time.monotonic()

    def _await_flush(self) -> None:
        """Wait until a flush takes effect, with the next packet: it drops what is queued before."""
        time.sleep(max(0.0, self._flushed + _FLUSH_SECONDS - time.monotonic()))

    @property
    def unsent(self) -> float:
        """Seconds of sound that are queued and not yet sent."""
        self._await_flush()
        try:
            return float(self._call.audio.info().tx_buffered / SECOND)
        except (AudioNotActive, AudioRestarted):
            return 0.0

    @property
    def is_held(self) -> bool:
        """Whether the other end has put the line on hold."""
        return bool(self._call.remote_on_hold)

    def _can_send(self) -> bool:
        try:
            return bool(self._call.audio.info().tx_ready)
        except AudioNotActive:
            return False

    # Keys

    @property
    def has_key(self) -> bool:
        """Whether a pressed key waits to be read."""
        return bool(self._keys)

    def read_key(self, seconds: float) -> str:
        """Return the next key, or "" after `seconds` without one. Time on hold does not count."""
        left = seconds
        while True:
            began = time.monotonic()
            self.wait(min(left, 0.25), for_key=True)
            with self._changed:
                if self._keys:
                    return self._keys.take()
            if not self.is_held:
                left -= time.monotonic() - began
            if left <= 0:
                return ""

    def drop_keys(self) -> None:
        """Drop the keys that were pressed until now."""
        with self._changed:
            self._keys.clear()

    def wait(self, seconds: float, *, for_key: bool = False) -> None:
        """Wait; `for_key`: until a key is pressed, at the most."""
        listens = for_key and self._tones is not None
        until = time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            with self._changed:
                self._changed.wait_for(
                    lambda: self.is_over or (for_key and self._keys),
                    min(left, LISTEN_SECONDS) if listens else left,
                )
            self._check()
            self._liveness.look()
            if not listens or left <= LISTEN_SECONDS or self._keys:
                return
            self.listen()

    def _check(self) -> None:
        if self.is_over:
            raise Gone

    def _do(self, work: Coroutine[Any, Any, T], seconds: float = COMMAND_SECONDS) -> T:
        if self.is_over:
            work.close()
            raise Gone
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    with contextlib.suppress(BaresipError):
        await work
