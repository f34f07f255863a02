"""The shape that all kinds of node share: what a call does at a node of one kind.

A new kind of node is

- its model in `ivr/script/nodes.py`, and its name in the union `Node` there;
- one new module in `ivr/dialog/nodes`, which makes a `NodeKind` out of the functions that the kind
  needs (all others keep their defaults), and a row in the table of `ivr/dialog/nodes/__init__.py`;
- where it leads, in `ivr/script/graph.py`. mypy names this `match`, and those of the pages that
  draw or print a script, until each has a case for the new kind.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple

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


def _nothing(_: Context[Any]) -> Iterable[Spoken]:
    return ()


def gather(context: Context[Any]) -> Gather:
    """Wait for a key, or for words. What may be said is added when the turn is built."""
    return Gather(SLOW_KEY_SECONDS if context.place.slow else KEY_SECONDS)


def _stays(context: Context[Any], *_: object) -> Next:
    return Next(context.place.reset_attempts())


@dataclass(frozen=True, slots=True)
class NodeKind(Generic[N]):
    """Everything that a call does at a node of one kind. Each default is what most kinds do."""

    # ── Where a call can be within the node ──

    phases: frozenset[str] = frozenset({""})
    """The phases of a place at the node."""

    recording_phases: frozenset[str] = frozenset()
    """The phases in which the place may name a recording."""

    last_step: Callable[[Context[N]], int] = lambda _: 0
    """The highest step, from 0; -1 in a phase without steps."""

    is_valid: Callable[[Context[N]], bool] = lambda _: True
    """Whether line.yaml and menu.yaml allow this place, apart from its phase and step."""

    arrive: Callable[[Context[N], dt.datetime], Place] | None = None
    """Adjust the place to the duty at a moment, if the kind depends on who is at the agency."""

    # ── What is said, and what happens then ──

    must: Callable[[Context[N]], Iterable[Spoken]] = _nothing
    """What is said first, which keys do not interrupt."""

    may: Callable[[Context[N]], Iterable[Spoken]] = _nothing
    """What is said next, which keys interrupt."""

    announces: Callable[[Context[N]], bool] = lambda _: False
    """Whether the agency's announcement is said here, apart from once after the welcome."""

    verb: Callable[[Context[N]], Gather | Dial | Record | HangUp] = gather
    """What happens after the words: the line listens, dials, records or hangs up."""

    # ── What follows ──

    key: Callable[[Context[N], str], Next | None] = lambda *_: None
    """Where a key leads. None: it means what it means everywhere, or nothing."""

    silence: Callable[[Context[N]], Next | None] = lambda _: None
    """Where silence leads. None: to a kind message, and after the second one to a person."""

    unmatched: Callable[[Context[N], bool], Next | None] = lambda *_: None
    """Where words lead that mean nothing here, clear ones or not. None: the line listens again."""

    dial_ended: Callable[[Context[N], str, dt.datetime], Next] = _stays
    """Where the end of a dialled call leads, from the carrier's status and the moment."""

    recording_ended: Callable[[Context[N], Event], Next] = _stays
    """Where a recording leads that has ended, or that could not be played."""

    text_ended: Callable[[Context[N], TextStatus], Next] = _stays
    """Where a text message leads that was sent, or was not."""

    # ── What may be spoken, and offered ──

    grammar: Callable[[Context[N]], Grammar | None] = field(default=lambda _: Grammar())
    """What a caller may say. None: only keys are taken."""

    offers_texts: bool = True
    """Whether 8 leads to the numbers as a text message from here."""
