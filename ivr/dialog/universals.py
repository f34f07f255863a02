"""The keys that mean the same in every menu and language (docs/architecture.md, rule 2).

VoiceXML calls such commands universals.
"""

from collections.abc import Iterator
from typing import Any

from ivr.dialog.context import Context, Cue, Next
from ivr.dialog.place import ANNOUNCED, LANGUAGES, Place
from ivr.dialog.turn import Spoken
from ivr.script.model import EMERGENCY_NUMBER, Script
from ivr.script.nodes import Opening

SPOKEN = {
    "person": "0",
    "greeting": "0",
    "emergency": "9",
    EMERGENCY_NUMBER: "9",
    "back": "*",
    "stop": "*",
    "again": "#",
    "pace": "7",
    "language": "6",
}
"""The key for each name under `speech:` that a caller may say anywhere."""


# ── What the keys do ─────────────────────────────────────────────────────────


def universal(context: Context[Any], key: str) -> Next | None:
    """Return where a key leads that means the same everywhere, or None if it is not one of them."""
    script, place = context.script, context.place
    if script.line.is_bridge(place.language):
        return _universal_in_few_texts(context, key)
    match key:
        case "0" | "9":
            return person(context) if key == "0" else emergency(context)
        case "*":
            return Next(*back(context))
        case "#":
            return Next(place.reset_attempts()._replace(repeated=True))
        case "7":  # the same at the other pace
            changed = place.reset_attempts()._replace(slow=not place.slow)
            return Next(changed, (Cue("pace.slow" if changed.slow else "pace.normal"),))
        case "6":
            return _change_language(context)
        case "8" if place.texts and script.graph.text:
            return Next(context.divert(script.graph.text))
        case _:
            return None


def _change_language(context: Context[Any]) -> Next:
    """Go on in the other language, or to the menu of languages if there are more than two."""
    script, place = context.script, context.place
    if script.line.has_language_menu:
        return Next(context.divert(script.graph.start, LANGUAGES))
    language = next_language(script, place.language)
    changed = place.reset_attempts()._replace(language=language)
    return Next(changed, (Cue("language.changed"),))


def _universal_in_few_texts(context: Context[Any], key: str) -> Next | None:
    """Return where a key leads in a language that has a few texts alone.

    9 says twice to hang up and dial 911: no language is connected to it without its warning.
    """
    script, place = context.script, context.place.reset_attempts()
    start = script.graph.nodes[script.graph.start]
    match key:
        case "0":
            return person(context)
        case "9" if isinstance(start, Opening):
            return Next(context.go(script.graph.person), (Cue(start.warn, must=True),) * 2)
        case "6" | "*":
            return Next(context.divert(script.graph.start, LANGUAGES))
        case "#" | "7":
            return Next(place._replace(slow=place.slow != (key == "7")))
        case _:
            return None


def person(context: Context[Any]) -> Next:
    """Ring the hotline."""
    return Next(context.divert(context.script.graph.person, "dial"))


def ring_unasked(context: Context[Any]) -> Next:
    """Announce that the hotline will be rung for a caller who does nothing (rule 4).

    This happens once in a call; then the line says the numbers and goodbye.
    """
    place, script = context.place, context.script
    if place.auto_rang:
        return goodbye(context)
    return Next(context.divert(script.graph.person, ANNOUNCED)._replace(auto_rang=True))


def after_silence(context: Context[Any]) -> Next:
    """Ring for a caller who stays silent, or say goodbye: `silence:` in line.yaml decides."""
    says_goodbye = context.script.line.silence == "goodbye"
    return goodbye(context) if says_goodbye else ring_unasked(context)


def goodbye(context: Context[Any]) -> Next:
    """Say the last words, in each language while the caller has chosen none."""
    return Next(context.go(context.script.graph.goodbye)._replace(no_language=context.no_language))


def emergency(context: Context[Any]) -> Next:
    """Go to the warning before 911."""
    return Next(context.divert(context.script.graph.emergency))


def back(context: Context[Any]) -> tuple[Place, tuple[Cue, ...]]:
    """Go back: to where 0, 8 or 9 was pressed, to the step before, or to the menu above."""
    place, script = context.place, context.script
    if place.back:
        return place.origin(), ()
    if place.step:
        yes_before = place.yes & ((1 << (place.step - 1)) - 1)
        return context.go(place.node, place.step - 1)._replace(yes=yes_before), ()
    if place.node in {script.graph.home, script.graph.start}:
        is_home = place.node == script.graph.home
        return place.reset_attempts(), (Cue("home.here"),) if is_home else ()
    above = script.parents.get(place.node, script.graph.home)
    return context.go(above, len(script.steps(above))), ()  # a talk's choices follow its last step


def next_language(script: Script, language: str) -> str:
    """Return the language that 6 leads to: the next one in line.yaml, after the last the first."""
    codes = list(script.line.languages)
    return codes[(codes.index(language) + 1) % len(codes)]


# ── What is said of them ─────────────────────────────────────────────────────


def ways_out(context: Context[Any]) -> Iterator[Spoken]:
    """Say how to leave a place: back, to a person, or to 911."""
    yield context.choice("to.back", "*")
    yield from person_and_911(context)


def person_and_911(context: Context[Any]) -> Iterator[Spoken]:
    """Say the two keys that are offered nearly everywhere.

    Without the bridge to 911, 9 only says what the first words of the line say, so it is not told.
    """
    yield context.choice("to.person", "0")
    if context.script.line.emergency.bridge:
        yield context.choice("to.emergency", "9")


def other_keys(context: Context[Any]) -> Iterator[Spoken]:
    """Say the keys that are explained to a caller who hesitates, and in the help."""
    slower = () if context.place.slow else (("to.pace", "7"),)
    for task, key in (("to.back", "*"), ("to.again", "#"), *slower):
        yield context.choice(task, key)
    yield from by_text(context)


def by_text(context: Context[Any]) -> Iterator[Spoken]:
    """Offer the numbers as a text message, if the caller's telephone takes texts."""
    if context.place.texts:
        yield context.choice("to.text", "8")


def other_language(context: Context[Any]) -> Iterator[Spoken]:
    """Offer what 6 leads to: a language, in that language, or the menu of all others."""
    if context.script.line.has_language_menu:
        yield context.choice("to.languages", "6", language=menu_language(context))
        return
    language = next_language(context.script, context.place.language)
    if language != context.place.language:
        yield context.choice("to.language", "6", language=language)


def menu_language(context: Context[Any]) -> str:
    """Return the language of what surrounds the names of languages: the caller's, if it has it."""
    language = context.place.language
    is_bridge = context.script.line.is_bridge(language)
    return context.script.line.default_language if is_bridge else language


def languages(context: Context[Any]) -> list[str]:
    """Return the languages that the opening offers, that of the place first."""
    codes = context.script.line.opening_languages
    return sorted(codes, key=lambda code: code != context.place.language)
