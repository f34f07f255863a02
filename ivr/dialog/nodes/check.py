"""A check: each sign is asked for, and the number of yeses is said at the end."""

from collections.abc import Iterator
from dataclasses import replace

from ivr.dialog.context import Context, Cue, Next
from ivr.dialog.node_kind import Grammar, NodeKind
from ivr.dialog.turn import Spoken
from ivr.dialog.universals import person_and_911
from ivr.script.nodes import Check


def _is_valid(context: Context[Check]) -> bool:
    """Return whether only steps before this one have been answered with yes."""
    return not context.place.yes >> context.place.step


def _may(context: Context[Check]) -> Iterator[Spoken]:
    script, place = context.script, context.place
    if place.step == 0 and not place.tries:
        yield from map(context.spoken, context.node.intro)
    sign = context.steps[place.step]
    question = context.spoken("check.ask", sign=script.text(place.language, sign))
    yield replace(question, prompt=f"check.ask/{sign}")
    for task, key in (("check.yes", "1"), ("check.no", "2"), ("check.unsure", "3")):
        yield context.choice(task, key)
    if place.step == 0:
        yield from person_and_911(context)


def _key(context: Context[Check], key: str) -> Next | None:
    """Remember an answer; after the last one say how many were yes."""
    if key not in {"1", "2", "3"}:
        return None
    place = context.place
    yes = place.yes | (1 << place.step) if key == "1" else place.yes
    step = place.step + 1
    if step < len(context.steps):
        return Next(replace(context.go(place.node, step), yes=yes))
    count = yes.bit_count()
    prompt = {0: "check.none", 1: "check.one"}.get(count, "check.some")
    return Next(context.go(context.node.then), (Cue(prompt, count=count),))


CHECK: NodeKind[Check] = NodeKind(
    last_step=lambda context: max(len(context.steps) - 1, 0),
    is_valid=_is_valid,
    may=_may,
    key=_key,
    grammar=lambda _: Grammar({"yes": "1", "no": "2", "unsure": "3"}),
)
