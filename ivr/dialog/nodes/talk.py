"""A talk: steps that follow each other by themselves, then choices or another node."""

from collections.abc import Iterator

from ivr.dialog.context import Context, Next
from ivr.dialog.node_kind import Grammar, Verb, gather
from ivr.dialog.nodes.menu import ChoicesKind
from ivr.dialog.turn import Spoken
from ivr.dialog.universals import person_and_911
from ivr.script.nodes import Talk

STEP_SECONDS, SLOW_STEP_SECONDS = 3, 6
"""Seconds of silence after a step, at normal and at slow pace, before the next step follows."""


def _in_steps(context: Context[Talk]) -> bool:
    """Return whether a step is said here; the choices stand behind the last one."""
    return context.place.step < len(context.steps)


class TalkKind(ChoicesKind[Talk]):
    def last_step(self, context: Context[Talk]) -> int:
        count = len(context.steps)
        return count if context.node.choices else max(count - 1, 0)

    def may(self, context: Context[Talk]) -> Iterator[Spoken]:
        if not _in_steps(context):
            yield from self.choices(context)
            yield from person_and_911(context)
            return
        yield context.spoken(context.steps[context.place.step])
        if context.place.step == 0 or context.place.tries:
            yield context.choice("talk.next", "1")
        if context.place.step == 0:
            yield from person_and_911(context)
        elif context.place.tries:
            yield context.choice("to.person", "0")

    def verb(self, context: Context[Talk]) -> Verb:
        if not _in_steps(context):
            return super().verb(context)
        return gather(context.place, STEP_SECONDS, SLOW_STEP_SECONDS)

    def key(self, context: Context[Talk], key: str) -> Next | None:
        return _onward(context) if key == "1" and _in_steps(context) else super().key(context, key)

    def silence(self, context: Context[Talk]) -> Next | None:
        return _onward(context) if _in_steps(context) else None

    def grammar(self, context: Context[Talk]) -> Grammar:
        """Take the words for the choices during the steps, too; 1 means "next" there."""
        grammar = super().grammar(context)
        if not _in_steps(context):
            return grammar
        meanings = {task: key for task, key in grammar.meanings.items() if key != "1"}
        return grammar._replace(meanings={**meanings, "next": "1"})


def _onward(context: Context[Talk]) -> Next:
    """Go to the next step; behind the last one stand the talk's choices, or another node."""
    node, step = context.node, context.place.step + 1
    if step < len(context.steps) or node.choices:
        return Next(context.go(context.place.node, step))
    return Next(context.go(node.then or context.script.graph.home))
