"""The shape that all kinds of node share: what a call does at a node of one kind.

A new kind of node is

- its model in `ivr/script/nodes.py`, and its name in the union `Node` there;
- one new module in `ivr/dialog/nodes` with a subclass of `NodeKind`, which overrides what is
  different for this kind, and a row in the table of `ivr/dialog/nodes/__init__.py`;
- where it leads, in `ivr/script/graph.py`. mypy names this `match`, and those of the pages that
  draw or print a script, until each has a case for the new kind.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Generic, Literal, NamedTuple

from ivr.dialog.context import Context, N, Next
from ivr.dialog.events import Event, TextStatus
from ivr.dialog.place import Place
from ivr.dialog.turn import Dial, Gather, HangUp, Record, Spoken

KEY_SECONDS, SLOW_KEY_SECONDS = 10, 20
"""Seconds to wait for the first key, at normal and at slow pace (docs/requirements.md, R7)."""

Manner = Literal["part", "whole", "exact"]
"""How much of what a caller says a phrase must be: half of the words with a meaning; all of them;
or all words, without one more or less."""


class Phrase(NamedTuple):
    """Words that a caller may say, the key or other meaning that they stand for, and how."""

    words: str
    meaning: str
    manner: Manner = "part"


class Grammar(NamedTuple):
    """What a caller may say at a node. VoiceXML calls this a grammar.

    `meanings` are the names under `speech:` in a language's file, each with its key. `phrases` are
    further words, each with its key. `dials` are the keys that ring somebody: they take the whole
    of what a caller says, not a part of it. `without` are universal keys that cannot be said here;
    a name in `meanings` without a key cannot be said, either. `unhinted` are words that are
    understood, although the carrier is not asked to expect them.
    """

    meanings: Mapping[str, str] = {}
    phrases: tuple[Phrase, ...] = ()
    dials: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    unhinted: tuple[Phrase, ...] = ()


def gather(place: Place, seconds: int = KEY_SECONDS, if_slow: int = SLOW_KEY_SECONDS) -> Gather:
    """Wait for a key, or for words. What may be said is added when the turn is built."""
    return Gather(if_slow if place.slow else seconds)


Verb = Gather | Dial | Record | HangUp
"""What the line does after its words."""


class NodeKind(Generic[N]):
    """Everything that a call does at a node of one kind. Each default is what most kinds do."""

    # ── Where a call can be within the node ──

    phases: frozenset[str] = frozenset({""})
    """The phases of a place at the node."""

    recording_phases: frozenset[str] = frozenset()
    """The phases in which the place may name a recording."""

    def last_step(self, _context: Context[N]) -> int:
        """Return the highest step, from 0; -1 in a phase without steps."""
        return 0

    def is_valid(self, _context: Context[N]) -> bool:
        """Return whether line.yaml and menu.yaml allow this place, apart from phase and step."""
        return True

    depends_on_duty: bool = False
    """Whether `arrive` changes the place by the duty: open, closed, or on call."""

    def arrive(self, context: Context[N], _moment: dt.datetime) -> Place:
        """Return the place, adjusted to the duty at a moment."""
        return context.place

    # ── What is said, and what happens then ──

    def must(self, _context: Context[N]) -> Iterable[Spoken]:
        """Return what is said first, which keys do not interrupt."""
        return ()

    def may(self, _context: Context[N]) -> Iterable[Spoken]:
        """Return what is said next, which keys interrupt."""
        return ()

    def announces(self, _context: Context[N]) -> bool:
        """Return whether the agency's announcement is said here, apart from after the welcome."""
        return False

    def verb(self, context: Context[N]) -> Verb:
        """Return what happens after the words: the line listens, dials, records or hangs up."""
        return gather(context.place)

    # ── What follows ──

    def key(self, _context: Context[N], _key: str) -> Next | None:
        """Return where a key leads. None: it means what it means everywhere, or nothing."""
        return None

    def silence(self, _context: Context[N]) -> Next | None:
        """Return where silence leads. None: to a kind message, and after the second to a person."""
        return None

    def unmatched(self, _context: Context[N], _clear: bool) -> Next | None:
        """Return where words lead that mean nothing here, clear ones or not.

        None: the line listens again.
        """
        return None

    def dial_ended(self, context: Context[N], _status: str, _moment: dt.datetime) -> Next:
        """Return where the end of a dialled call leads, from the carrier's status."""
        return Next(context.place.reset_attempts())

    def recording_ended(self, context: Context[N], _event: Event) -> Next:
        """Return where a recording leads that has ended, or that could not be played."""
        return Next(context.place.reset_attempts())

    def text_ended(self, context: Context[N], _status: TextStatus) -> Next:
        """Return where a text message leads that was sent, or was not."""
        return Next(context.place.reset_attempts())

    # ── What may be spoken, and offered ──

    def grammar(self, _context: Context[N]) -> Grammar | None:
        """Return what a caller may say. None: only keys are taken."""
        return Grammar()

    offers_texts: bool = True
    """Whether 8 leads to the numbers as a text message from here."""
