"""A caller whose language has a few texts alone (tier: bridge) is put through to the hotline.

It takes the place of every kind of node in such a language, but for the opening and the goodbye.
911 is said first; then that an interpreter can help, and what to say when somebody answers.
"""

import datetime as dt
from collections.abc import Iterator

from ivr.dialog import interpreter
from ivr.dialog.context import Context, Next
from ivr.dialog.node_kind import NodeKind, Verb, gather
from ivr.dialog.nodes.transfer import (
    FAILED,
    PHASES,
    SLOW_STOP_SECONDS,
    STOP_SECONDS,
    phase_after,
)
from ivr.dialog.place import ANNOUNCED, REACHED
from ivr.dialog.turn import RING_SECONDS, Dial, Spoken
from ivr.dialog.universals import after_silence, goodbye
from ivr.script.line import Destination
from ivr.script.nodes import Opening, Transfer


def _destination(context: Context[Transfer]) -> Destination:
    return context.script.line.destinations[context.node.destination]


class FewTextsKind(NodeKind[Transfer]):
    phases = (PHASES - {"number", REACHED}) | {ANNOUNCED}
    offers_texts = False

    def is_valid(self, context: Context[Transfer]) -> bool:
        return context.place.node == context.script.graph.person

    def must(self, context: Context[Transfer]) -> Iterator[Spoken]:
        """Say 911 on the way in, what to say before it rings, and how a call has failed."""
        place, script = context.place, context.script
        start = script.graph.nodes[script.graph.start]
        if place.first and isinstance(start, Opening):
            yield context.spoken(start.warn)
        if place.phase == "dial":
            yield from interpreter.what_to_say(context, _destination(context))
        elif place.phase in FAILED and not place.tries:
            yield context.spoken("transfer.no-answer")

    def may(self, context: Context[Transfer]) -> Iterator[Spoken]:
        """Offer the call; after a silence the number."""
        place = context.place
        if place.phase == ANNOUNCED:
            yield context.spoken("noinput.3")
            return
        if place.tries:
            yield context.spoken("transfer.number", slow=True)
        elif not place.phase:
            yield from interpreter.offered(context, _destination(context))
        yield context.choice("to.person", "0")
        if not place.phase and not place.tries:
            yield from interpreter.what_to_say(context, _destination(context))

    def verb(self, context: Context[Transfer]) -> Verb:
        place = context.place
        if place.phase == "dial":
            return Dial(_destination(context).number_for(place.language), RING_SECONDS)
        if place.phase == ANNOUNCED:
            return gather(place, STOP_SECONDS, SLOW_STOP_SECONDS)
        return super().verb(context)

    def key(self, context: Context[Transfer], key: str) -> Next | None:
        """Connect by 1, too. While a call is announced, any key but 0 and 9 stops it."""
        place = context.place.reset_attempts()._replace(first=False)
        if place.phase == ANNOUNCED:
            return None if key in {"0", "9"} else Next(place._replace(phase=""))
        return Next(place._replace(phase="dial")) if key == "1" else None

    def silence(self, context: Context[Transfer]) -> Next:
        """Say the number, then ring, once; then say goodbye, which has the number, too."""
        place = context.place
        if place.phase == ANNOUNCED:
            return Next(place.reset_attempts()._replace(phase="dial"))
        if not place.tries and place.phase not in FAILED:
            return Next(place._replace(tries=1, repeated=False, first=False))
        return goodbye(context) if place.phase in FAILED else after_silence(context)

    def dial_ended(self, context: Context[Transfer], status: str, _: dt.datetime) -> Next:
        return Next(context.place.reset_attempts()._replace(phase=phase_after(status)))

    def grammar(self, _: Context[Transfer]) -> None:
        """Take keys alone: nothing says what callers may say."""
