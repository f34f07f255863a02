"""A talk: steps that follow each other by themselves, then choices or another node."""

from collections.abc import Iterator

from ivr.dialog.context import Context, Next
from ivr.dialog.node_kind import Grammar, NodeKind, gather
from ivr.dialog.nodes import menu
from ivr.dialog.turn import Gather, Spoken
from ivr.dialog.universals import person_and_911
from ivr.script.nodes import Talk

STEP_SECONDS, SLOW_STEP_SECONDS = 3, 6
"""Seconds of silence after a step, at normal and at slow pace, before the next step follows."""


def _in_steps(context: Context[Talk]) -> bool:
    """Return whether a step is said here; the choices stand behind the last one."""
    return context.place.step < len(context.steps)


def _last_step(context: Context[Talk]) -> int:
    count = len(context.steps)
    return count if context.node.choices else max(count - 1, 0)


def _may(context: Context[Talk]) -> Iterator[Spoken]:
    if not _in_steps(context):
        yield from menu.choices(context)
        yield from person_and_911(context)
        return
    yield context.spoken(context.steps[context.place.step])
    if context.place.step == 0 or context.place.tries:
        yield context.choice("talk.next", "1")
    if context.place.step == 0:
        yield from person_and_911(context)
    elif context.place.tries:
        yield context.choice("to.person", "0")


def _verb(context: Context[Talk]) -> Gather:
    if not _in_steps(context):
        return gather(context)
    return Gather(SLOW_STEP_SECONDS if context.place.slow else STEP_SECONDS)


def _key(context: Context[Talk], key: str) -> Next | None:
    return _onward(context) if key == "1" and _in_steps(context) else menu.chosen(context, key)


def _silence(context: Context[Talk]) -> Next | None:
    return _onward(context) if _in_steps(context) else None


def _onward(context: Context[Talk]) -> Next:
    """Go to the next step; behind the last one stand the talk's choices, or another node."""
    node, step = context.node, context.place.step + 1
    if step < len(context.steps) or node.choices:
        return Next(context.go(context.place.node, step))
    return Next(context.go(node.then or context.script.graph.home))


def _grammar(context: Context[Talk]) -> Grammar:
    """Take the words for the choices during the steps, too; 1 means "next" there."""
    grammar = menu.grammar(context)
    if not _in_steps(context):
        return grammar
    meanings = {task: key for task, key in grammar.meanings.items() if key != "1"}
    return grammar._replace(meanings={**meanings, "next": "1"})


TALK: NodeKind[Talk] = NodeKind(
    last_step=_last_step,
    may=_may,
    verb=_verb,
    key=_key,
    silence=_silence,
    grammar=_grammar,
)
