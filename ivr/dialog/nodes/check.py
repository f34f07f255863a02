"""A check: each sign is asked for, and the number of yeses is said at the end.

The answers travel in the place, so the result can be heard again, and the signs that were answered
with yes can be read out.
"""

from collections.abc import Iterator

from ivr.dialog.context import Context, Next
from ivr.dialog.node_kind import Grammar, NodeKind, Verb, gather
from ivr.dialog.nodes.talk import SLOW_STEP_SECONDS, STEP_SECONDS
from ivr.dialog.place import CHECK_RESULT, Place
from ivr.dialog.turn import Spoken
from ivr.script.nodes import Check

REVIEW = "review"
"""The phase in which the signs that were answered with yes are read out."""

EXPLAINED_QUESTIONS = 2
"""Questions at which the keys are told. Later they are told after silence or a wrong key only."""

STOP_KEY = "4"
"""The key that ends a check early."""


class CheckKind(NodeKind[Check]):
    phases = frozenset({"", CHECK_RESULT, REVIEW})

    def last_step(self, context: Context[Check]) -> int:
        return max(len(context.steps) - 1, 0)

    def is_valid(self, context: Context[Check]) -> bool:
        """Return whether only steps that can have been answered were answered with yes."""
        yes, step = context.place.yes, context.place.step
        match context.place.phase:
            case "review":
                return bool(yes >> step & 1) and not yes >> len(context.steps)
            case "result":
                return not yes >> len(context.steps)
            case _:
                return not yes >> step

    def may(self, context: Context[Check]) -> Iterator[Spoken]:
        script, place = context.script, context.place
        sign = context.steps[place.step]
        match place.phase:
            case "result":
                count = place.yes.bit_count()
                if not place.tries:
                    prompt = {0: "check.none", 1: "check.one"}.get(count, "check.some")
                    yield context.spoken(prompt, count=str(count))
                yield context.choice("talk.next", "1")
                if count:
                    yield context.choice("check.review", "2")
                yield context.choice("to.person", "0")
            case "review":
                yield context.spoken(sign)
            case _:
                if place.step == 0 and not place.tries:
                    yield from map(context.spoken, context.node.intro)
                question = context.spoken("check.ask", sign=script.text(place.language, sign))
                yield question._replace(prompt=f"check.ask/{sign}")
                if place.step < EXPLAINED_QUESTIONS or place.tries or place.repeated:
                    yield from _answers(context)

    def verb(self, context: Context[Check]) -> Verb:
        if context.place.phase != REVIEW:
            return super().verb(context)
        return gather(context.place, STEP_SECONDS, SLOW_STEP_SECONDS)

    def key(self, context: Context[Check], key: str) -> Next | None:
        place = context.place.reset_attempts()
        match place.phase, key:
            case "", "1" | "2" | "3":
                return _answered(context, is_yes=key == "1")
            case "", "4":
                return Next(place._replace(phase=CHECK_RESULT))
            case "result", "1":
                return Next(context.go(context.node.then))
            case "result", "2" if place.yes:
                return _review(context, 0)
            case "result", "*":
                yes_before = place.yes & ((1 << place.step) - 1)
                return Next(place._replace(phase="", yes=yes_before))
            case "review", "1":
                return _review(context, place.step + 1)
            case "review", "*" | "4":
                return Next(_result(context))
            case _:
                return None

    def silence(self, context: Context[Check]) -> Next | None:
        """Go on from the result, and from one sign to the next; a question waits for its answer."""
        match context.place.phase:
            case "result":
                return Next(context.go(context.node.then))
            case "review":
                return _review(context, context.place.step + 1)
            case _:
                return None

    def grammar(self, context: Context[Check]) -> Grammar:
        match context.place.phase:
            case "result":
                return Grammar({"next": "1", "hear": "2"})
            case "review":
                return Grammar({"next": "1", "stop": "*"})
            case _:
                return Grammar({"yes": "1", "no": "2", "unsure": "3", "stop": STOP_KEY})


def _answers(context: Context[Check]) -> Iterator[Spoken]:
    """Tell the keys. With the first question, there is much to hear before it already."""
    for task, key in (("check.yes", "1"), ("check.no", "2"), ("check.unsure", "3")):
        yield context.choice(task, key)
    if context.place.step or context.place.tries:
        yield context.choice("check.stop", STOP_KEY)


def _answered(context: Context[Check], *, is_yes: bool) -> Next:
    place = context.place
    yes = place.yes | (is_yes << place.step)
    step = place.step + 1
    if step < len(context.steps):
        return Next(context.go(place.node, step)._replace(yes=yes))
    return Next(place.reset_attempts()._replace(phase=CHECK_RESULT, yes=yes))


def _review(context: Context[Check], step: int) -> Next:
    """Go to the first sign from a step on that was answered with yes, or back to the result."""
    yes = context.place.yes
    following = next((i for i in range(step, yes.bit_length()) if yes >> i & 1), None)
    if following is None:
        return Next(_result(context))
    return Next(context.place.reset_attempts()._replace(phase=REVIEW, step=following))


def _result(context: Context[Check]) -> Place:
    """Return to the result from its review; * leads from there to a sign that was asked for."""
    last = max(context.place.yes.bit_length() - 1, 0)
    return context.place.reset_attempts()._replace(phase=CHECK_RESULT, step=last)
