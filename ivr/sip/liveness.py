"""Whether the other end of a call is still there: the message that it has ended may be lost.

Packets of sound alone do not tell: some telephones send none while somebody is silent. The other
end is asked by a change of the session (re-INVITE): if it was started again meanwhile, it does not
know the call, and says so (481, RFC 3261, 12.2.1.2); the library ends the call then.
"""

import asyncio
import time

from baresip import AudioNotActive, AudioRestarted, BaresipError, Call
from baresip.audio import CallAudio
from baresip.events import Event, StackEvent

ANSWER_SECONDS = 4.0
"""Seconds to wait for an answer to a change of the session."""

_AGAIN_SECONDS = 0.2


class Liveness:
    """When a call last gave a sign of life: a packet of sound, a key, or that it is on hold."""

    def __init__(self, audio: CallAudio) -> None:
        self._audio = audio
        self._at = time.monotonic()
        self._read = self._arrived = 0
        self.has_sent_sound = False
        """Whether any sound has arrived."""

    def note(self) -> None:
        """Note a sign of life now."""
        self._at = time.monotonic()

    def took(self, size: int) -> None:
        """Note that so many bytes of sound were read: they arrived at some time before."""
        self._read += size

    def look(self) -> None:
        """Look whether sound has arrived since the last look."""
        try:
            stats = self._audio.stats()
        except (AudioNotActive, AudioRestarted):
            return
        arrived = stats.rx_buffered + stats.rx_dropped_bytes + stats.rx_discarded_bytes + self._read
        if arrived != self._arrived:
            self._arrived, self.has_sent_sound = arrived, True
            self.note()

    @property
    def quiet_seconds(self) -> float:
        """Seconds without a sign of life, of an end that has sent sound before; otherwise 0."""
        return time.monotonic() - self._at if self.has_sent_sound else 0.0


async def ask_whether_known(call: Call) -> None:
    """Put the other end on hold and take it off again, so that an end that is gone ends the call.

    The hold lasts as long as the answer takes. Raises BaresipError or TimeoutError if that fails.
    """
    answered = asyncio.Event()

    def note(event: StackEvent) -> None:
        if event.event in {Event.CALL_REMOTE_SDP, Event.CALL_CLOSED}:
            answered.set()

    call.on(note)
    try:
        await call.hold()
        await asyncio.wait_for(answered.wait(), ANSWER_SECONDS)
    finally:
        call.off(note)
        await _resume(call)


async def _resume(call: Call) -> None:
    """Take the call off hold; the library refuses while another change is under way."""
    until = time.monotonic() + ANSWER_SECONDS
    while call.is_on_hold:
        try:
            await call.resume()
        except BaresipError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(_AGAIN_SECONDS)
