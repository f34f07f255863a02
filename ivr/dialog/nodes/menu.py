"""What is said where a caller is guided: the opening, menus, talks and checks."""

from collections.abc import Iterator
from dataclasses import replace

from ivr.dialog.place import MAX_TRIES, Place
from ivr.dialog.prompts import choice, destination_name, spoken
from ivr.dialog.turn import Spoken
from ivr.dialog.universal_prompts import other_keys, other_languages, person_and_911
from ivr.script.model import Script
from ivr.script.nodes import Check, Menu, Opening, Talk


def said(
    script: Script, place: Place, node: Opening | Menu | Talk | Check, told: list[Spoken]
) -> Iterator[Spoken]:
    """Say what is offered, or a step; `told` is what the agency announces on the way in."""
    match node:
        case Opening():
            yield from _languages(script, place)
        case Menu():
            yield from _menu(script, place, node, told)
        case Talk():
            yield from _talk(script, place, node)
        case Check():
            yield from _check(script, place, node)


def _languages(script: Script, place: Place) -> Iterator[Spoken]:
    for i, language in enumerate(script.line.languages, 1):
        yield choice(script, place, "to.language", str(i), language=language)


def _menu(script: Script, place: Place, node: Menu, told: list[Spoken]) -> Iterator[Spoken]:
    if place.tries == MAX_TRIES:
        # Twice heard and nothing done: a third time would only keep them from a person.
        yield from person_and_911(script, place)
        yield choice(script, place, "to.again", "#")
        return
    if place.first:
        yield from (spoken(script, place, prompt) for prompt in node.first)
        # A caller who is afraid may not wait for the end of the menu, nor for an announcement.
        yield from person_and_911(script, place)
        yield from told
    yield from (spoken(script, place, prompt) for prompt in node.say)
    yield from _choices(script, place, node)
    if place.first:
        yield from other_keys(script, place)
        # To a caller who has not chosen yet, it was offered before all else.
        yield from () if place.unsure else other_languages(script, place)
    else:
        yield from person_and_911(script, place)


def _talk(script: Script, place: Place, node: Talk) -> Iterator[Spoken]:
    steps = script.steps(place.node)
    if place.step >= len(steps):
        yield from _choices(script, place, node)
        yield from person_and_911(script, place)
        return
    yield spoken(script, place, steps[place.step])
    if place.step == 0:
        yield choice(script, place, "talk.next", "1")
        yield from person_and_911(script, place)


def _check(script: Script, place: Place, node: Check) -> Iterator[Spoken]:
    if place.step == 0 and not place.tries:
        yield from (spoken(script, place, prompt) for prompt in node.intro)
    sign = script.steps(place.node)[place.step]
    asked = spoken(script, place, "check.ask", sign=script.text(place.language, sign))
    yield replace(asked, prompt=f"check.ask/{sign}")
    for task, key in (("check.yes", "1"), ("check.no", "2"), ("check.unsure", "3")):
        yield choice(script, place, task, key)
    if place.step == 0:
        yield from person_and_911(script, place)


def _choices(script: Script, place: Place, node: Menu | Talk) -> Iterator[Spoken]:
    for key, offered in script.choices(node).items():
        name = destination_name(script, place.language, offered.to)
        yield choice(script, place, offered.task, key, name=name)
