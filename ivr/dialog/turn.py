"""A turn: what the line says, and what it then listens for, dials, or ends with."""

import datetime as dt
from dataclasses import dataclass, field

from ivr.dialog.place import Place

RING_SECONDS = 30
"""Seconds for which a destination rings (docs/requirements.md, R20)."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words as they are spoken: one prompt, blanks filled. "…" is a pause of half a second.

    `prompt` is the id whose words these are, for a recorded clip; `slow` is slow speech.
    """

    language: str
    text: str
    prompt: str
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait for one key, or words. `timeout` in seconds; `hints` are words to expect."""

    timeout: int
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring a number of the script, E.164 or 911, for `timeout` seconds at most.

    `others` ring at the same time; who answers first has the call. Who is `asked` has it only on
    pressing 1, so that a voicemail that answers has not.
    """

    number: str
    timeout: int
    others: tuple[str, ...] = ()
    asked: bool = False

    @property
    def numbers(self) -> tuple[str, ...]:
        """All numbers that ring."""
        return (self.number, *self.others)


@dataclass(frozen=True, slots=True)
class Record:
    """Record the caller after a tone, for `longest` seconds, or until they are silent for some."""

    longest: int
    silence: int


@dataclass(frozen=True, slots=True)
class SendText:
    """Send the caller a text message, to the number that calls, before the next turn."""

    body: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, to be recorded: never a number, a name or what was said."""

    kind: str
    node: str
    detail: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """What is said and done next, at which place.

    `must` is said before any key is taken and cannot be cut short; keys interrupt `may`, and
    `sound`, a recording of the caller's, as the carrier names it, which is played before it. Facts
    do not count when turns are compared: two turns that sound alike are alike.
    """

    place: Place
    must: tuple[Spoken, ...]
    may: tuple[Spoken, ...]
    then: Listen | Dial | Record | SendText | HangUp
    sound: str = ""
    facts: tuple[Fact, ...] = field(default=(), compare=False)
