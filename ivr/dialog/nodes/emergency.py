"""911: the warning before it, and the call to it (docs/architecture.md, rule 6)."""

import datetime as dt
from collections.abc import Iterator

from ivr.dialog.context import Context, Cue, Next
from ivr.dialog.node_kind import Grammar, NodeKind, Phrase, gather
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


def _must(context: Context[Emergency]) -> Iterator[Spoken]:
    if not _connects(context):
        yield context.spoken("emergency.off")
        yield context.spoken("emergency.off")
    elif context.place.phase != "dial":
        yield context.spoken("emergency.location")


def _may(context: Context[Emergency]) -> Iterator[Spoken]:
    if not _connects(context):
        yield context.choice("to.person", "0")
        yield context.choice("to.back", "*")
    elif context.place.phase == "asked":
        yield context.spoken("emergency.asked")
    else:
        yield context.spoken("emergency.connecting")


def _verb(context: Context[Emergency]) -> Gather | Dial:
    if context.place.phase == "dial":
        return Dial(EMERGENCY_NUMBER, RING_SECONDS)
    if _connects(context) and not context.place.phase:
        return Gather(CANCEL_SECONDS)
    return gather(context)


def _key(context: Context[Emergency], key: str) -> Next | None:
    """Connect at once (9), or stop the call (*). All other keys mean what they always mean."""
    if not _connects(context):
        return None
    if key == "9":
        return _dial(context)
    if key == "*":
        place, cues = back(context)
        return Next(place, (Cue("emergency.stopped", must=True), *cues))
    return None


def _silence(context: Context[Emergency]) -> Next | None:
    """Connect; but a caller who has asked for 911 in words has to say yes, or to press 9."""
    return _dial(context) if _connects(context) and not context.place.phase else None


def _dial(context: Context[Emergency]) -> Next:
    return Next(context.place.reset_attempts()._replace(phase="dial"))


def _dial_ended(context: Context[Emergency], status: str, _: dt.datetime) -> Next:
    """Go on with the menu; a caller who has chosen no language hears all of them, and chooses."""
    prompt = "emergency.ended" if status in ANSWERED else "emergency.failed"
    graph = context.script.graph
    to = graph.start if context.place.no_language else graph.home
    return Next(context.go(to), context.cues(prompt, must=True))


def _unmatched(context: Context[Emergency], _: bool) -> Next | None:
    """After 9, words that mean nothing delay the call to 911 once; the second time it rings."""
    place = context.place
    if not _connects(context) or place.phase:
        return None
    return _dial(context) if place.tries else Next(place._replace(tries=1))


def _grammar(context: Context[Emergency]) -> Grammar:
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


EMERGENCY: NodeKind[Emergency] = NodeKind(
    phases=frozenset({"", "asked", "dial"}),
    is_valid=lambda context: not context.place.phase or _connects(context),
    must=_must,
    may=_may,
    verb=_verb,
    key=_key,
    silence=_silence,
    unmatched=_unmatched,
    dial_ended=_dial_ended,
    grammar=_grammar,
    offers_texts=False,
)
