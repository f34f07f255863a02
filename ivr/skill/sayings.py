"""What a speaker says at a place, by its kind of node: what it tells, and what it offers then."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from ivr.dialog.build_turn import ANNOUNCEMENT
from ivr.dialog.context import ANY_DUTY, Context
from ivr.dialog.place import Place
from ivr.dialog.prompts import destination_name, digit_by_digit, has_number
from ivr.dialog.turn import Spoken
from ivr.readability.writing import words
from ivr.schedule.duty import Duty
from ivr.script import nodes
from ivr.script.model import Script
from ivr.skill.meaning import is_offered

Service = Literal["alexa", "wyoming"]
"""The assistant that speaks the words: each keeps what is said elsewhere, and calls otherwise."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the skill says next, and at which place of the script the caller then is.

    `reprompt` is said to a caller who does not answer; then the assistant ends the session.
    """

    place: Place
    words: tuple[Spoken, ...]
    reprompt: tuple[Spoken, ...] = ()
    ends: bool = False


MOST_WORDS = 75
"""Words that are said in one go, before a caller is asked to go on: about 40 seconds."""

NUMBER, DANGER = "number", "danger"
"""The phases in which a number is said again, and in which the first words are asked about 911."""


def with_number(script: Script, place: Place) -> Context[Any]:
    """Return a place whose number can be said: its own, or at a node without one the hotline."""
    node = place.node if has_number(script, place.node) else script.graph.person
    return context_at(script, place._replace(node=node))


class Sayings(NamedTuple):
    """What is told at a place, and what is offered: the offers alone follow a kind message."""

    body: tuple[Spoken, ...]
    offers: tuple[Spoken, ...]


def context_at(script: Script, place: Place, duty: Duty = ANY_DUTY) -> Context[Any]:
    """Return a place in a script, with who is at the agency."""
    return Context(script, place, duty)


def sayings(script: Script, service: Service, place: Place, duty: Duty = ANY_DUTY) -> Sayings:
    """Return what is said at a place. `script` is in the words of a speaker.

    Raises ValueError for a kind of node that a speaker does not lead to.
    """
    context = context_at(script, place, duty)
    body = _opening if isinstance(context.node, nodes.Opening) else _body
    return Sayings(tuple(body(context, service)), tuple(_offers(context, service)))


def _body(context: Context[Any], service: Service) -> Iterable[Spoken]:
    node = context.node
    match node:
        case nodes.Menu():
            return _menu(context)
        case nodes.Talk():
            return _step(context, context.steps)
        case nodes.Transfer():
            return _transfer(context, service)
        case nodes.Agency():
            return _agency(context, service)
        case nodes.Emergency():
            return (context.spoken("emergency.off"),) * 2
        case nodes.Goodbye():
            return (context.spoken(prompt, slow=True) for prompt in node.say)
        case _:
            raise ValueError(f'"{context.place.node}" is not said on a speaker')


def _offers(context: Context[Any], service: Service) -> Iterable[Spoken]:
    match context.node:
        case nodes.Opening():
            return (context.spoken(f"speaker.room-{service}"),)
        case nodes.Menu():
            return _choices(context)
        case nodes.Talk():
            return _after_steps(context)
        case nodes.Emergency():
            return (*_offer(context, "to.person", "person"), *_offer(context, "to.back", "back"))
        case nodes.Goodbye():
            return ()
        case _:
            return _beside(context)


def help_offers(script: Script, place: Place) -> Iterator[Spoken]:
    """Yield what can be said everywhere."""
    context = context_at(script, place)
    yield context.spoken("help")
    for task, name in (
        ("to.person", "person"),
        ("to.back", "back"),
        ("to.again", "again"),
        ("to.pace", "pace"),
        ("to.stop", "stop"),
    ):
        yield from _offer(context, task, name)


# ── Steps that are said in several goes ──────────────────────────────────────


def steps_of(script: Script, place: Place) -> tuple[str, ...]:
    """Return the prompts that are said one after the other at a place's node."""
    node = script.node(place.node)
    return node.say if isinstance(node, nodes.Transfer) else script.steps(place.node)


def next_step(script: Script, place: Place) -> int:
    """Return the step behind those that are said in one go at a place."""
    context = context_at(script, place)
    steps = steps_of(script, place)
    if place.step == 0 and isinstance(context.node, nodes.Transfer):
        return min(1, len(steps))  # the number is said with the first step
    count = 0
    for at in range(place.step, len(steps)):
        count += len(words(context.spoken(steps[at]).text))
        if at > place.step and count > MOST_WORDS:
            return at
    return len(steps)


def step_before(script: Script, place: Place) -> int:
    """Return the step at which the words before those of a place begin."""
    before, at = 0, 0
    while at < place.step:
        before, at = at, next_step(script, context_at(script, place).go(place.node, at))
    return before


def _step(context: Context[Any], steps: tuple[str, ...]) -> Iterator[Spoken]:
    for prompt in steps[context.place.step : next_step(context.script, context.place)]:
        yield context.spoken(prompt)


# ── The kinds of node ────────────────────────────────────────────────────────


def _opening(context: Context[Any], service: Service) -> Iterable[Spoken]:
    """Say the first words, before anybody is asked whether to go on."""
    match context.place.phase:
        case "number":
            return (context.spoken(context.node.warn), *_number(context, service))
        case "danger":
            return (context.spoken("emergency.off"),) * 2
        case _:
            return (context.spoken(context.node.warn),)


def _menu(context: Context[nodes.Menu]) -> Iterator[Spoken]:
    if context.place.first:
        yield from map(context.spoken, context.node.first)
        yield from _announced(context)
    yield from map(context.spoken, context.node.say)


def _after_steps(context: Context[nodes.Talk]) -> Iterator[Spoken]:
    goes_on = next_step(context.script, context.place) < len(context.steps)
    if goes_on or not context.node.choices:
        yield from _offer(context, "talk.next", "next")
    else:
        yield from _choices(context)


def _choices(context: Context[nodes.Menu] | Context[nodes.Talk]) -> Iterator[Spoken]:
    language = context.place.language
    for choice in context.script.choices(context.node).values():
        if is_offered(context.script, choice.to):
            name = destination_name(context.script, language, choice.to)
            yield from _offer(context, choice.task, choice.task, name=name)
    yield from _offer(context, "to.person", "person")


def _transfer(context: Context[nodes.Transfer], service: Service) -> Iterator[Spoken]:
    """Say who this is and the number; the rest of the description follows if it is asked for."""
    place, node = context.place, context.node
    if place.phase == NUMBER:
        yield from _number(context, service)
        return
    if place.step == 0:
        yield from map(context.spoken, node.warn)
    yield from _step(context, node.say)
    if place.step == 0:
        yield from _number(context, service)


def _agency(context: Context[nodes.Agency], service: Service) -> Iterator[Spoken]:
    """Say whether the office is open, and its number if it is. People on call are rung by phone."""
    node = context.node
    has_office = has_number(context.script, context.place.node)
    if context.place.phase == NUMBER:
        yield from _number(context, service)
        return
    yield from _announced(context)
    is_open = context.duty.is_open and has_office
    yield from map(context.spoken, node.open if is_open else node.closed)
    if is_open:
        yield from _number(context, service)


def _beside(context: Context[Any]) -> Iterator[Spoken]:
    """Offer the rest of a description; behind it the number again, and the next destination."""
    place, script, node = context.place, context.script, context.node
    describes = isinstance(node, nodes.Transfer) and place.phase != NUMBER
    if describes and next_step(script, place) < len(node.say):
        yield from _offer(context, "talk.next", "next")
        yield from _offer(context, "to.back", "back")
        return
    if place.step:  # else the number has just been said
        yield from _offer(context, "transfer.hear", "hear")
    if node.next and is_offered(script, node.next):
        name = destination_name(script, place.language, node.next)
        yield from _offer(context, "transfer.next", "other", name=name)
    yield from _offer(context, "to.back", "back")


def _number(context: Context[Any], service: Service) -> Iterator[Spoken]:
    """Say a number twice and slowly, then how it is called from there."""
    yield context.spoken("transfer.number", slow=True)
    yield context.spoken(f"speaker.call-{service}")


def _announced(context: Context[Any]) -> Iterator[Spoken]:
    place = context.place
    if text := dict(context.duty.announcement).get(place.language):
        yield Spoken(place.language, digit_by_digit(text), ANNOUNCEMENT, place.slow)


def _offer(context: Context[Any], task: str, asked_by: str, name: str = "") -> Iterator[Spoken]:
    """Yield a choice, as "To go on, say: next.", with the first of its words in `speech:`."""
    language = context.place.language
    phrases = context.script.words[language].speech.get(asked_by, ())
    if phrases:
        task_words = context.spoken(task, name=name)
        choice = context.spoken("choice", task=task_words.text, words=phrases[0])
        yield Spoken(language, choice.text, task, choice.slow)
