"""A menu: choices on the keys 1 to 5."""

from collections.abc import Iterator
from typing import TypeVar

from ivr.dialog.context import Context, Next
from ivr.dialog.node_kind import Grammar, NodeKind, Verb
from ivr.dialog.place import MAX_TRIES
from ivr.dialog.prompts import destination_name
from ivr.dialog.turn import Gather, Spoken
from ivr.dialog.universals import other_keys, person_and_911
from ivr.script.nodes import Menu, Talk, Transfer

WELCOME_SECONDS = 1
"""Seconds of silence after the welcome, before the menu follows."""

C = TypeVar("C", Menu, Talk)


class ChoicesKind(NodeKind[C]):
    """What menus and talks share: choices on the keys 1 to 5."""

    def key(self, context: Context[C], key: str) -> Next | None:
        """Return where a choice leads: to its node, or at once to a call to it."""
        offered = context.script.choices(context.node).get(key)
        if offered is None:
            return None
        if not offered.connect:
            return Next(context.go(offered.to))
        is_described = isinstance(context.script.node(offered.to), Transfer)
        is_person = offered.to == context.script.graph.person
        diverted = context.divert(offered.to, "dial")
        return Next(diverted._replace(first=is_described and not is_person))

    def grammar(self, context: Context[C]) -> Grammar:
        """Take the words for each choice."""
        offered = context.script.choices(context.node)
        meanings = {choice.task: key for key, choice in offered.items()}
        return Grammar(meanings, dials=frozenset(key for key, c in offered.items() if c.connect))

    def choices(self, context: Context[C]) -> Iterator[Spoken]:
        """Offer the choices of a menu, or of a talk at its end."""
        for key, offered in context.script.choices(context.node).items():
            name = destination_name(context.script, context.place.language, offered.to)
            yield context.choice(offered.task, key, name=name)


class MenuKind(ChoicesKind[Menu]):
    def may(self, context: Context[Menu]) -> Iterator[Spoken]:
        """Offer the choices; on the way in from the opening, only welcome the caller.

        The menu follows the welcome by itself, and its keys work during the welcome.
        """
        script, node, place = context.script, context.node, context.place
        if place.tries == MAX_TRIES:
            # The caller has heard the menu twice: a third time would only keep them from a person.
            yield from person_and_911(context)
            yield from other_keys(context)
            return
        if place.first:
            yield from map(context.spoken, node.first)
            yield from context.announcement
            if script.listens(place.language):
                yield context.spoken("speech.offer")
            return
        if not place.tries:  # else a kind message is said before
            yield from map(context.spoken, node.say)
        yield from self.choices(context)
        offers_911 = any(edge.to == script.graph.emergency for edge in script.edges(place.node))
        if place.tries or offers_911:
            yield context.choice("to.person", "0")
        else:
            yield from person_and_911(context)

    def verb(self, context: Context[Menu]) -> Verb:
        return Gather(WELCOME_SECONDS) if context.place.first else super().verb(context)

    def silence(self, context: Context[Menu]) -> Next | None:
        """Go on from the welcome to the menu."""
        place = context.place
        return Next(place.reset_attempts()._replace(first=False)) if place.first else None
