"""The keys of a call: one press is one key, in however many ways a telephone sends it."""

import time
from collections import deque

SIGNALLED_SECONDS = 0.08
"""Seconds after a key goes down, or up, in which nobody presses it again: some telephones send a
press in RTP (RFC 4733) and as SIP INFO, with the key down or once it is up."""

TONE_SECONDS = 0.6
"""Seconds between a press that is signalled and the same press as a tone, at the most."""


class Keys:
    """The keys that wait to be read, in the order of their presses."""

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._key = ""
        self._at = float("-inf")
        self._began = float("-inf")
        self._was_tone = False
        self._is_paired = False

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def down(self, key: str) -> bool:
        """Take a signalled key; return whether it is a new press."""
        now = time.monotonic()
        is_same = key == self._key
        if is_same and now - self._at < SIGNALLED_SECONDS and not self._was_tone:
            return False
        if is_same and self._pairs(now, with_tone=True):
            return False
        self._press(key, now, was_tone=False)
        return True

    def up(self) -> None:
        """Note that the signalled key is up again."""
        if not self._was_tone:
            self._at = time.monotonic()

    def tone(self, key: str) -> bool:
        """Take a key whose tone is in the sound; return whether it is a new press."""
        now = time.monotonic()
        if key == self._key and self._pairs(now, with_tone=False):
            return False
        self._press(key, now, was_tone=True)
        return True

    def _pairs(self, now: float, *, with_tone: bool) -> bool:
        """Return whether the last press was made in the other way, and is not paired yet."""
        if self._was_tone != with_tone or self._is_paired or now - self._began > TONE_SECONDS:
            return False
        self._is_paired = True
        return True

    def _press(self, key: str, now: float, *, was_tone: bool) -> None:
        self._key, self._at, self._began = key, now, now
        self._was_tone, self._is_paired = was_tone, False
        self._waiting.append(key)

    def take(self) -> str:
        """Return the next key, which waits no more."""
        return self._waiting.popleft()

    def clear(self) -> None:
        """Drop the keys that wait."""
        self._waiting.clear()
