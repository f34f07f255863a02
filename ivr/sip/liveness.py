"""When the other end of a call last gave a sign of life: a packet of sound, a report, or a key.

The message that a call has ended may be lost, as when a PBX is killed. Who sends no packets while
they are silent still sends reports (RTCP, RFC 3550) every few seconds.
"""

import time

from baresip import AudioNotActive, AudioRestarted
from baresip.audio import CallAudio


class Liveness:
    """The signs of life of one call. Times are those of time.monotonic()."""

    def __init__(self, audio: CallAudio) -> None:
        self._audio = audio
        self._began = self._at = time.monotonic()
        self._read = self._arrived = 0
        self.has_sent_sound = False
        """Whether any sound has arrived."""

    def note(self) -> None:
        """Note a sign of life now: a key, a report, or that the call is on hold."""
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
