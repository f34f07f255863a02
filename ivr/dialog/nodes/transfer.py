"""A transfer: the caller hears of a destination, hears its number, or is connected to it.

A call that was not answered comes back and says so, says the number slowly, and offers the next
destination first (docs/architecture.md, rule 5). The agency's own people are rung in the same way,
so `ivr/dialog/nodes/agency.py` shares these functions.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ivr.dialog.context import Context, Next
from ivr.dialog.node_kind import Grammar, NodeKind, listen
from ivr.dialog.prompts import destination_name, has_number
from ivr.dialog.turn import RING_SECONDS, Dial, Listen, Spoken
from ivr.dialog.universals import by_text, languages, ways_out
from ivr.script.model import NEXT_KEY
from ivr.script.nodes import Agency, Transfer

ANSWERED = frozenset({"completed", "answered"})
"""The carrier's statuses of a call that somebody has answered."""

FAILED = frozenset({"busy", "no-answer", "failed"})
"""The phases after a call that nobody has answered, by the carrier's status."""

ENDED = FAILED | {"completed"}
"""The phases after a call."""

PHASES = ENDED | {"", "number", "dial"}

Callee = Context[Transfer] | Context[Agency]
"""A place at which somebody can be rung."""


def must(context: Callee) -> Iterator[Spoken]:
    """Say who is being connected, or how the call has ended."""
    script, place = context.script, context.place
    if place.phase == "dial":
        for language in languages(context) if place.unsure else [place.language]:
            name = destination_name(script, language, place.node)
            yield context.spoken("transfer.connecting", language=language, name=name)
    elif place.phase in ENDED and not place.tries:
        yield context.spoken(f"transfer.{place.phase}")


def offers(context: Callee, about: Iterable[str]) -> Iterator[Spoken]:
    """Offer to connect (1), the number (2) and the next destination (3).

    `about` are the prompts that say who the destination is. After a failed call the next
    destination comes first.
    """
    place = context.place
    failed, hears = place.phase in FAILED, has_number(context.script, place.node)
    name = destination_name(context.script, place.language, place.node)
    connect = context.choice("transfer.connect", "1", name=name)
    hear = [context.choice("transfer.hear", "2")] if hears else []
    following = tuple(offers_next(context))
    if place.phase == "number" or (failed and hears):
        yield context.spoken("transfer.number", slow=True)
        yield from (*following, connect, *hear) if failed else (connect, *following)
        return
    if place.phase in {"", "open"}:
        yield from map(context.spoken, about)
    yield from (connect, *hear, *following)


def offers_next(context: Callee) -> Iterator[Spoken]:
    """Offer the next destination (3), if the node names one that is offered."""
    to = context.node.next
    if to and context.script.is_offered(to):
        name = destination_name(context.script, context.place.language, to)
        yield context.choice("transfer.next", NEXT_KEY, name=name)


def _may(context: Context[Transfer]) -> Iterator[Spoken]:
    yield from context.announcement
    yield from offers(context, context.node.say)
    yield from by_text(context)
    yield from ways_out(context)


def _then(context: Context[Transfer]) -> Listen | Dial:
    if context.place.phase != "dial":
        return listen(context)
    destination = context.script.line.destinations[context.node.destination]
    return Dial(destination.number or "", RING_SECONDS)


def key(context: Callee, key: str) -> Next | None:
    """Connect (1), say the number (2), or go to the next destination (3)."""
    place, script = context.place, context.script
    if key == "1":
        return Next(replace(place.reset_attempts(), phase="dial"))
    if key == "2" and has_number(script, place.node):
        return Next(replace(place.reset_attempts(), phase="number"))
    to = context.node.next
    if key == NEXT_KEY and to and script.is_offered(to):
        # Who has just been failed by one number is connected to the next one at once.
        phase = "dial" if place.phase in FAILED else ""
        return Next(replace(context.go(to), phase=phase, back=place.back, yes=place.yes))
    return None


def phase_after(status: str) -> str:
    """Return the phase after a call, from the carrier's status; an unknown status has failed."""
    if status in ANSWERED:
        return "completed"
    return status if status in FAILED else "failed"


def _dial_ended(context: Context[Transfer], status: str, _: dt.datetime) -> Next:
    return Next(replace(context.place.reset_attempts(), phase=phase_after(status)))


def grammar(_: Callee) -> Grammar:
    """Take the words for the keys 1, 2 and 3."""
    meanings = {"connect": "1", "yes": "1", "hear": "2", "other": NEXT_KEY, "next": NEXT_KEY}
    return Grammar(meanings, dials=frozenset("1"))


TRANSFER: NodeKind[Transfer] = NodeKind(
    phases=PHASES,
    must=must,
    may=_may,
    then=_then,
    key=key,
    dial_ended=_dial_ended,
    grammar=grammar,
)
