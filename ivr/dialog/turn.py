"""A turn: what the line says, and what it then listens for, dials, or ends with."""

import datetime as dt
from dataclasses import dataclass, field
from typing import NamedTuple

from ivr.dialog.place import Place

RING_SECONDS = 30
"""Seconds for which a destination rings (docs/requirements.md, R20)."""


class Spoken(NamedTuple):
    """One prompt as it is spoken, with its blanks filled. "…" is a pause of half a second.

    `prompt` is its id, by which a recorded clip is found. `slow` is slow speech.
    """

    language: str
    text: str
    prompt: str
    slow: bool = False


class Gather(NamedTuple):
    """Wait for one key, or for words, up to `timeout` seconds. `hints` are phrases to expect."""

    timeout: int
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring a number of the script, E.164 or 911, for `timeout` seconds at most.

    `others` ring at the same time; the first to answer gets the call. If `asked` is set, only a
    person who presses 1 gets it, so that a voicemail box does not.
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
    """Record the caller after a tone: `longest` seconds, or until `silence` silent seconds."""

    longest: int
    silence: int


@dataclass(frozen=True, slots=True)
class SendText:
    """Send a text message to the caller's number before the next turn."""

    body: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


class Fact(NamedTuple):
    """An event for the records. It never has a caller's number, a name, or words of a caller."""

    kind: str
    node: str
    detail: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """What is said and done next, and at which place.

    Keys do not interrupt `must`; they interrupt `may`, which follows. The `verb`, as TwiML calls
    it, comes after both. `sound` is a recording of the caller's, as the carrier names it, which is
    played before `may`. Turns are compared without their facts.
    """

    place: Place
    must: tuple[Spoken, ...]
    may: tuple[Spoken, ...]
    verb: Gather | Dial | Record | SendText | HangUp
    sound: str = ""
    facts: tuple[Fact, ...] = field(default=(), compare=False)

    def with_facts(self, facts: tuple[Fact, ...]) -> "Turn":
        """Return this turn with other facts; `dataclasses.replace` takes ten times as long."""
        return Turn(self.place, self.must, self.may, self.verb, self.sound, facts)
