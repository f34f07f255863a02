"""What is said of the keys that mean the same everywhere (DESIGN, rule 2)."""

from collections.abc import Iterator

from ivr.dialog.place import Place
from ivr.dialog.prompts import choice
from ivr.dialog.turn import Spoken
from ivr.script.model import Script


def leave(script: Script, place: Place) -> Iterator[Spoken]:
    """Say how to leave a place: back, to a person, or to 911."""
    yield choice(script, place, "to.back", "*")
    yield from person_and_911(script, place)


def person_and_911(script: Script, place: Place) -> Iterator[Spoken]:
    """Say the two keys that are told all the time (DESIGN, rule 2)."""
    yield choice(script, place, "to.person", "0")
    yield choice(script, place, "to.emergency", "9")


def other_keys(script: Script, place: Place) -> Iterator[Spoken]:
    """Say the keys that are told once, and in the help."""
    for task, key in (("to.back", "*"), ("to.again", "#"), ("to.pace", "7")):
        yield choice(script, place, task, key)
    yield from by_text(script, place)


def by_text(script: Script, place: Place) -> Iterator[Spoken]:
    """Offer the numbers by text, to a telephone that takes texts."""
    if place.texts:
        yield choice(script, place, "to.text", "8")


def other_languages(script: Script, place: Place) -> Iterator[Spoken]:
    """Offer what 6 leads to, in the language that it leads to."""
    other = next_language(script, place.language)
    if other != place.language:
        yield choice(script, place, "to.language", "6", language=other)


def next_language(script: Script, language: str) -> str:
    """Return the language that 6 leads to: the next one in line.yaml, round and round."""
    codes = list(script.line.languages)
    return codes[(codes.index(language) + 1) % len(codes)]


def languages(script: Script, place: Place) -> list[str]:
    """Return all languages, the place's own first."""
    return sorted(script.line.languages, key=lambda code: code != place.language)
