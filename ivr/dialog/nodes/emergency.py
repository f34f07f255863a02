"""911: the warning before it, and the call to it (docs/architecture.md, rule 6)."""

import datetime as dt
from collections.abc import Iterator

from ivr.dialog.context import Context, Cue, Next
from ivr.dialog.node_kind import Grammar, NodeKind, Phrase, Verb
from ivr.dialog.nodes.transfer import ANSWERED
from ivr.dialog.turn import RING_SECONDS, Dial, Gather, Spoken
from ivr.dialog.universals import back
from ivr.script.model import EMERGENCY_NUMBER
from ivr.script.nodes import Emergency
from ivr.script.system_prompts import CONFIRM, REFUSE

CANCEL_SECONDS = 5
"""Seconds for which `*` can still stop a call to 911."""


def _connects(context: Context[Emergency]) -> bool:
    """Return whether line.yaml lets the line connect to 911."""
    return context.script.line.emergency.bridge


class EmergencyKind(NodeKind[Emergency]):
    phases = frozenset({"", "asked", "dial"})
    offers_texts = False

    def is_valid(self, context: Context[Emergency]) -> bool:
        return not context.place.phase or _connects(context)

    def must(self, context: Context[Emergency]) -> Iterator[Spoken]:
        if not _connects(context):
            yield context.spoken("emergency.off")
            yield context.spoken("emergency.off")
        elif context.place.phase != "dial":
            yield context.spoken("emergency.location")

    def may(self, context: Context[Emergency]) -> Iterator[Spoken]:
        if not _connects(context):
            yield context.choice("to.person", "0")
            yield context.choice("to.back", "*")
        elif context.place.phase == "asked":
            yield context.spoken("emergency.asked")
        else:
            yield context.spoken("emergency.connecting")

    def verb(self, context: Context[Emergency]) -> Verb:
        if context.place.phase == "dial":
            return Dial(EMERGENCY_NUMBER, RING_SECONDS)
        if _connects(context) and not context.place.phase:
            return Gather(CANCEL_SECONDS)
        return super().verb(context)

    def key(self, context: Context[Emergency], key: str) -> Next | None:
        """Connect at once (9), or stop the call (*). All other keys mean what they always mean."""
        if not _connects(context):
            return None
        if key == "9":
            return _dial(context)
        if key == "*":
            place, cues = back(context)
            return Next(place, (Cue("emergency.stopped", must=True), *cues))
        return None

    def silence(self, context: Context[Emergency]) -> Next | None:
        """Connect; but a caller who has asked for 911 in words has to say yes, or to press 9."""
        return _dial(context) if _connects(context) and not context.place.phase else None

    def unmatched(self, context: Context[Emergency], _: bool) -> Next | None:
        """After 9, words that mean nothing delay the call to 911 once; the second time it rings."""
        place = context.place
        if not _connects(context) or place.phase:
            return None
        return _dial(context) if place.tries else Next(place._replace(tries=1))

    def dial_ended(self, context: Context[Emergency], status: str, _: dt.datetime) -> Next:
        """Go on with the menu, or to the choice of a language for a caller who has chosen none."""
        prompt = "emergency.ended" if status in ANSWERED else "emergency.failed"
        graph = context.script.graph
        to = graph.start if context.place.no_language else graph.home
        return Next(context.go(to), context.cues(prompt, must=True))

    def grammar(self, context: Context[Emergency]) -> Grammar:
        """Only a clear yes or "nine" confirms. Saying 911 again does not: that was the request.

        Cries are no answer. After the key 9 a cry to stop may be meant for somebody else.
        """
        speech = context.script.words[context.place.language].speech
        yes = CONFIRM if speech.get(CONFIRM) else "yes"
        no = REFUSE if speech.get(REFUSE) else "no"
        answers = {yes: "9", no: "*"}
        if context.place.phase != "asked":
            return Grammar({**answers, "stop": ""}, dials=frozenset("9*"))
        phrases = tuple(Phrase(nine, "9", "exact") for nine in ("9", *speech.get("9", ())))
        return Grammar(answers, phrases, frozenset("9*"), frozenset("9"))


def _dial(context: Context[Emergency]) -> Next:
    return Next(context.place.reset_attempts()._replace(phase="dial"))
