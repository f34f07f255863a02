"""A menu: choices on the keys 1 to 5."""

from collections.abc import Iterator

from ivr.dialog.context import Context, Next
from ivr.dialog.node_kind import Grammar, NodeKind
from ivr.dialog.place import MAX_TRIES
from ivr.dialog.prompts import destination_name
from ivr.dialog.turn import Spoken
from ivr.dialog.universals import other_keys, other_language, person_and_911
from ivr.script.nodes import Menu, Talk


def _may(context: Context[Menu]) -> Iterator[Spoken]:
    """Offer the choices; on the way in from the opening, welcome the caller first."""
    node, place = context.node, context.place
    if place.tries == MAX_TRIES:
        # The caller has heard the menu twice: a third time would only keep them from a person.
        yield from person_and_911(context)
        yield context.choice("to.again", "#")
        return
    if place.first:
        yield from map(context.spoken, node.first)
        # A caller who is afraid may not wait for the end of the menu, nor for an announcement.
        yield from person_and_911(context)
        yield from context.announcement
    yield from map(context.spoken, node.say)
    yield from choices(context)
    if not place.first:
        yield from person_and_911(context)
        return
    yield from other_keys(context)
    if not place.unsure:  # a caller who has chosen no language was offered the others before
        yield from other_language(context)


def choices(context: Context[Menu] | Context[Talk]) -> Iterator[Spoken]:
    """Offer the choices of a menu, or of a talk at its end."""
    for key, offered in context.script.choices(context.node).items():
        name = destination_name(context.script, context.place.language, offered.to)
        yield context.choice(offered.task, key, name=name)


def chosen(context: Context[Menu] | Context[Talk], key: str) -> Next | None:
    """Return where a choice leads: to its node, or at once to a call to it."""
    offered = context.script.choices(context.node).get(key)
    if offered is None:
        return None
    return Next(context.divert(offered.to, "dial") if offered.connect else context.go(offered.to))


def grammar(context: Context[Menu] | Context[Talk]) -> Grammar:
    """Take the words for each choice."""
    offered = context.script.choices(context.node)
    meanings = {choice.task: key for key, choice in offered.items()}
    return Grammar(meanings, dials=frozenset(key for key, c in offered.items() if c.connect))


MENU: NodeKind[Menu] = NodeKind(may=_may, key=chosen, grammar=grammar)
