"""A transfer: the caller hears of a destination, hears its number, or is connected to it.

The connection and the number are offered first, and the description follows, in steps. A call that
was not answered comes back and says so, says the number slowly, and offers the next destination
first (docs/architecture.md, rule 5). The agency's own people are rung in the same way,
so `ivr/dialog/nodes/agency.py` shares these functions.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from ivr.dialog import interpreter
from ivr.dialog.context import Context, Cue, Next
from ivr.dialog.events import DialEnded, Event
from ivr.dialog.node_kind import Grammar, NodeKind, Verb, gather
from ivr.dialog.nodes.talk import SLOW_STEP_SECONDS, STEP_SECONDS
from ivr.dialog.place import ANNOUNCED, LANGUAGES, REACHED, Place
from ivr.dialog.prompts import destination_name, has_number
from ivr.dialog.turn import RING_SECONDS, Dial, Spoken
from ivr.dialog.universals import (
    by_text,
    goodbye,
    languages,
    next_language,
    person_and_911,
    ring_unasked,
)
from ivr.script.model import NEXT_KEY
from ivr.script.nodes import Agency, Transfer
from ivr.script.system_prompts import CONFIRM, REFUSE

ANSWERED = frozenset({"completed", "answered"})
"""The carrier's statuses of a call that somebody has answered."""

FAILED = frozenset({"busy", "no-answer", "failed"})
"""The phases after a call that nobody has answered, by the carrier's status."""

ENDED = FAILED | {"completed"}
"""The phases after a call."""

NEXT_FIRST = FAILED | {"closed", "unreached"}
"""The phases in which the next destination (3) is offered before this one (1)."""

PHASES = ENDED | {"", "number", "dial", REACHED}

LASTED_SECONDS = 20
"""Seconds of talk after which a caller may be asked whether they reached a person: what is shorter
is a line that was hung up on, or an announcement."""

YES, NO = "1", "2"
"""The keys that answer that question."""

STOP_SECONDS, SLOW_STOP_SECONDS = 2, 20
"""Seconds after the announcement of a call, in which a key still stops it: at slow pace, a relay
operator has to type the announcement first (docs/relay.md)."""

Callee = Context[Transfer] | Context[Agency]
"""A place at which somebody can be rung."""


def _connecting(context: Callee) -> Iterator[Spoken]:
    """Say who will be rung, unless that has been announced.

    A caller who asks for a person at once is waiting for one: they hear a few words, in each
    language while they have chosen none.
    """
    place = context.place
    if place.tries:
        return
    has_one_language = len(context.script.line.languages) == 1
    is_first = has_one_language and place.origin().node == context.script.graph.start
    if place.no_language or is_first:
        for language in _languages(context):
            yield context.spoken("transfer.person", language=language)
        return
    if place.first:  # it has just been described
        yield context.spoken("transfer.now")
        return
    name = destination_name(context.script, place.language, place.node)
    yield context.spoken("transfer.connecting", name=name)


def _languages(context: Callee) -> list[str]:
    return languages(context) if context.place.no_language else [context.place.language]


def offers(context: Callee, about: Iterable[str]) -> Iterator[Spoken]:
    """Offer to connect (1), the number (2) and the next destination (3).

    `about` are the prompts that say who the destination is; they come behind the first two offers.
    After a failed call the number is said, and the next destination comes first.
    """
    place = context.place
    failed, hears = place.phase in FAILED, has_number(context.script, place.node)
    name = destination_name(context.script, context.place.language, place.node)
    connect = context.choice("transfer.connect", "1", name=name)
    hear = [context.choice("transfer.hear", "2")] if hears else []
    following = tuple(offers_next(context))
    if place.phase == "number":
        once = "-once" if place.tries else ""
        yield context.spoken(f"transfer.number{once}", slow=True)
        yield connect
        return
    if failed and not place.tries:
        if hears:
            yield context.spoken("transfer.number-once", slow=True)
        yield from following or [connect]
        # The next offer comes soon: there is no time for all keys, which work all the same.
        yield from () if place.no_language or isinstance(context.node, Agency) else hear
        return
    if place.step:  # the number was offered at the first step
        hear = []
    yield from (*following, connect, *hear) if failed else (connect, *hear)
    if place.phase in {"", "open"} and not place.tries:
        yield from map(context.spoken, about)
    yield from () if failed else following


def offers_next(context: Callee) -> Iterator[Spoken]:
    """Offer the next destination (3), if the node names one that is offered."""
    to = context.node.next
    if to and context.script.is_offered(to):
        name = destination_name(context.script, context.place.language, to)
        yield context.choice("transfer.next", NEXT_KEY, name=name)


C = TypeVar("C", Transfer, Agency)


class CalleeKind(NodeKind[C]):
    """What transfers and the agency share: somebody can be rung there."""

    def is_valid(self, context: Context[C]) -> bool:
        """Return whether the script has the question, if the place is where it is asked."""
        return context.place.phase != REACHED or context.script.graph.reached is not None

    def must(self, context: Context[C]) -> Iterator[Spoken]:
        """Say who is being connected, or how the call has ended."""
        place = context.place
        if place.phase == "dial":
            yield from _connecting(context)
        elif place.phase in ENDED and not place.tries:
            for language in _languages(context):
                yield context.spoken(f"transfer.{place.phase}", language=language)

    def key(self, context: Context[C], key: str) -> Next | None:
        """Connect (1), say the number (2), go to the next destination (3), or answer a question."""
        place, script = context.place, context.script
        if place.phase == REACHED:
            return self._answered(context, key)
        if key == "1":
            return Next(place.reset_attempts()._replace(step=0, phase="dial"))
        if key == "2" and has_number(script, place.node):
            return Next(place.reset_attempts()._replace(step=0, phase="number"))
        if key == NEXT_KEY and context.node.next and script.is_offered(context.node.next):
            return _next(context, context.node.next)
        return None

    def _answered(self, context: Context[C], pressed: str) -> Next | None:
        """Go on after the answer. Any other key skips the question, and does what it does then."""
        if pressed in {*"06789*#"}:
            return None
        behind = replace(context, place=unasked(context.place))
        skipped = None if pressed in {YES, NO} else self.key(behind, pressed)
        return skipped or Next(behind.place)

    def grammar(self, context: Context[C]) -> Grammar:
        """Take the words for the keys 1, 2 and 3. Yes takes what is offered first."""
        place, script = context.place, context.script
        if place.phase == REACHED:
            return Grammar({"yes": YES, "no": NO, CONFIRM: YES, REFUSE: NO})
        yes = CONFIRM if script.words[place.language].speech.get(CONFIRM) else "yes"
        to = context.node.next
        following = place.phase in NEXT_FIRST and to is not None and script.is_offered(to)
        meanings = {"connect": "1", "hear": "2", "other": NEXT_KEY, "next": NEXT_KEY}
        return Grammar(
            {**meanings, yes: NEXT_KEY if following else "1"}, dials=frozenset("1" + NEXT_KEY)
        )


class TransferKind(CalleeKind[Transfer]):
    phases = PHASES | {ANNOUNCED}

    def last_step(self, context: Context[Transfer]) -> int:
        return 0 if context.place.phase else max(len(context.node.say) - 1, 0)

    def must(self, context: Context[Transfer]) -> Iterator[Spoken]:
        """Say what a caller must know before this destination rings. Keys do not interrupt it.

        A destination that rings before the caller has come to its node is described first.
        """
        place, node = context.place, context.node
        unheard = place.phase == "dial" and place.first
        if unheard or (place.phase == "" and not place.step and not place.tries):
            yield from map(context.spoken, node.warn)
        if unheard:
            yield from map(context.spoken, node.say[:1])
        yield from super().must(context)
        if place.phase == "dial" and not place.no_language:
            yield from _interpreter(context)

    def may(self, context: Context[Transfer]) -> Iterator[Spoken]:
        place = context.place
        if place.phase == ANNOUNCED:
            for language in _languages(context):
                yield context.spoken("noinput.3", language=language)
            return
        if place.phase == REACHED:
            yield from question(context)
            return
        yield from context.announcement
        if place.phase == "" and not place.tries and not _is_last(context):
            yield from _begun(context)
            return
        yield from offers(context, context.node.say[place.step :])
        if place.phase == "number":
            return
        yield from () if place.phase in ENDED or place.no_language else by_text(context)
        yield context.choice("to.back", "*")
        if context.script.graph.person not in {place.node, context.node.next}:  # 0 would ring it
            yield from person_and_911(context)

    def verb(self, context: Context[Transfer]) -> Verb:
        place = context.place
        if place.phase == "dial":
            destination = context.script.line.destinations[context.node.destination]
            return Dial(destination.number_for(place.language), RING_SECONDS)
        if place.phase == ANNOUNCED:
            return gather(place, STOP_SECONDS, SLOW_STOP_SECONDS)
        if place.phase == "" and not place.tries and not _is_last(context):
            return gather(place, STEP_SECONDS, SLOW_STEP_SECONDS)
        return super().verb(context)

    def key(self, context: Context[Transfer], pressed: str) -> Next | None:
        """Stop the announced call by any key but 0 and 9, which mean what they always mean.

        6 has just been offered: it changes the language, too, or leads to the menu of languages.
        """
        place, script = context.place, context.script
        if place.phase != ANNOUNCED:
            return super().key(context, pressed)
        if pressed == "6" and script.line.has_language_menu:
            in_opening = place.origin().node == script.graph.start
            menu = context.go(script.graph.start)._replace(phase=LANGUAGES)
            return Next(menu if in_opening else menu._replace(back=place.back, yes=place.yes))
        if pressed == "6":
            code = next_language(script, place.language)
            origin = place.origin()
            if origin.node == script.graph.start:
                origin = context.go(script.graph.home)._replace(first=True)
            return Next(origin._replace(language=code), (Cue("language.changed"),))
        return None if pressed in {"0", "9"} else Next(place.origin())

    def silence(self, context: Context[Transfer]) -> Next | None:
        """Ring if it was announced, go on with the description, or leave a line that failed."""
        place = context.place
        if place.phase == REACHED:
            return Next(unasked(place))
        if place.phase == ANNOUNCED:
            return Next(place.reset_attempts()._replace(phase="dial", tries=1))
        if place.phase == "" and not place.tries and not _is_last(context):
            return Next(place.reset_attempts()._replace(step=place.step + 1))
        if place.phase in FAILED and place.tries:
            if place.node == context.script.graph.person:
                return goodbye(context)
            return ring_unasked(context)
        return None

    def dial_ended(self, context: Context[Transfer], status: str, _: dt.datetime) -> Next:
        """Come back from a call to the offers."""
        return Next(context.place.reset_attempts()._replace(phase=phase_after(status)))

    def grammar(self, context: Context[Transfer]) -> Grammar:
        """While a call is announced, a yes lets it ring at once: 0 does that."""
        if context.place.phase == ANNOUNCED:
            return Grammar({"no": "*", REFUSE: "*", CONFIRM: "0"})
        return super().grammar(context)


def _interpreter(context: Context[Transfer]) -> Iterator[Spoken]:
    """Say what to say to people who do not speak the caller's language."""
    script, language = context.script, context.place.language
    destination = script.line.destinations[context.node.destination]
    if script.line.is_bridge(language) or not destination.speaks(language):
        yield from interpreter.offered(context, destination)
        yield from interpreter.what_to_say(context, destination)


def _begun(context: Context[Transfer]) -> Iterator[Spoken]:
    """Describe a destination in steps, which follow each other by themselves."""
    if context.place.step == 0:
        name = destination_name(context.script, context.place.language, context.place.node)
        yield context.choice("transfer.connect", "1", name=name)
        yield context.choice("transfer.hear", "2")
    yield context.spoken(context.node.say[context.place.step])


def _is_last(context: Context[Transfer]) -> bool:
    return context.place.step >= len(context.node.say) - 1


def _next(context: Callee, to: str) -> Next:
    """Go to the next destination.

    A caller whom one number has failed is connected to the next at once, unless they must be warned
    before it rings. Only a transfer can be rung: any other node is gone to.
    """
    place, node = context.place, context.script.node(to)
    rings = place.phase in FAILED and isinstance(node, Transfer) and not node.warn
    following = context.go(to)._replace(back=place.back, yes=place.yes)
    if rings:
        unheard = to != context.script.graph.person
        following = following._replace(phase="dial", first=unheard)
    return Next(following)


def phase_after(status: str) -> str:
    """Return the phase after a call, from the carrier's status; an unknown status has failed."""
    if status in ANSWERED:
        return "completed"
    return status if status in FAILED else "failed"


# ── Did you reach a person? ──────────────────────────────────────────────────


def ask_if_reached(context: Context[Any], event: Event, following: Next) -> Next:
    """Ask whether a caller reached a person who comes back from a call that lasted.

    Nobody is asked after 911, in a language that they have not chosen or that has a few texts
    alone, or if menu.yaml has no question.
    """
    is_asked = (
        context.script.graph.reached is not None
        and not context.script.line.is_bridge(context.place.language)
        and isinstance(event, DialEnded)
        and event.seconds > LASTED_SECONDS
        and isinstance(context.node, Transfer | Agency)
        and following.place.phase == "completed"
        and not following.place.no_language
    )
    if not is_asked:
        return following
    return following._replace(place=following.place._replace(phase=REACHED))


def is_reached_answer(place: Place, key: str) -> bool:
    """Return whether a key at a place answers that question."""
    return place.phase == REACHED and key in {YES, NO}


def question(context: Callee) -> Iterator[Spoken]:
    """Ask whether the caller reached a person; the keys that lead to one work, too."""
    if asked := context.script.graph.reached:
        yield context.spoken(asked.ask)
        yield context.choice(asked.yes, YES)
        yield context.choice(asked.no, NO)
        yield from person_and_911(context)


def unasked(place: Place) -> Place:
    """Return the place behind the question whether somebody was reached."""
    return place.reset_attempts()._replace(phase="completed")
