"""The menu of languages: where a line has more than two, each is offered by its own name.

It is a phase of the opening, whose step counts the pages. A caller comes to it from the opening,
for the languages that are not offered there, or by 6 from anywhere.
"""

from collections.abc import Iterator

from ivr.dialog.context import Context, Cue, Next
from ivr.dialog.node_kind import NodeKind, Verb
from ivr.dialog.place import LANGUAGES, Place
from ivr.dialog.turn import Gather, Spoken
from ivr.dialog.universals import after_silence, menu_language
from ivr.script.model import Script
from ivr.script.nodes import Opening

PAGE = 5
"""Languages on a page: they have the keys 1 to 5."""

PAGE_SECONDS = 3
"""Seconds of silence after a page, before the next one follows."""


def listed(script: Script, place: Place) -> tuple[str, ...]:
    """Return the languages of the menu: from the opening the others, else all but the caller's."""
    others = script.line.other_languages
    if not place.back and others:
        return others
    return tuple(code for code in script.line.languages if code != place.language or not place.back)


def pages(script: Script, place: Place) -> tuple[tuple[str, ...], ...]:
    """Return the languages of each page."""
    codes = listed(script, place)
    return tuple(codes[i : i + PAGE] for i in range(0, len(codes), PAGE))


def keys_to(script: Script, language: str) -> tuple[str, ...]:
    """Return the keys that lead a caller from the opening to a language."""
    first = script.line.opening_languages
    if language in first:
        return (str(first.index(language) + 1),)
    others = script.line.other_languages
    if len(others) == 1:
        return (str(len(first) + 1),)
    page, position = divmod(others.index(language), PAGE)
    return (str(len(first) + 1), *("6",) * page, str(position + 1))


def written_keys(script: Script, language: str) -> str:
    """Return the keys that lead to a language as paper shows them; empty if there is no choice."""
    return ", ".join(keys_to(script, language)) if len(script.line.languages) > 1 else ""


def last_page(context: Context[Opening]) -> int:
    """Return the number of the last page, from 0."""
    return len(pages(context.script, context.place)) - 1


class LanguageMenuKind(NodeKind[Opening]):
    """What a call does at the opening in the phase LANGUAGES."""

    phases = frozenset({LANGUAGES})
    offers_texts = False

    def last_step(self, context: Context[Opening]) -> int:
        return last_page(context)

    def is_valid(self, context: Context[Opening]) -> bool:
        return context.script.line.has_language_menu

    def may(self, context: Context[Opening]) -> Iterator[Spoken]:
        """Say the names, each in its own voice; then how to hear more of them, and a person."""
        for key, code in _keyed(context):
            yield context.choice("language.name", key, language=code)
        language = menu_language(context)
        if last_page(context):
            yield context.choice("to.languages", "6", language=language)
        yield context.choice("to.person", "0", language=language)

    def verb(self, context: Context[Opening]) -> Verb:
        """Wait for a key; at the usual pace only for a moment on all pages but the last."""
        waits = context.place.slow or context.place.step == last_page(context)
        return super().verb(context) if waits else Gather(PAGE_SECONDS)

    def key(self, context: Context[Opening], pressed: str) -> Next | None:
        """Choose a language, go to the next page (6), or go back (*)."""
        place = context.place.reset_attempts()
        if pressed == "6":
            return Next(place._replace(step=(place.step + 1) % (last_page(context) + 1)))
        if pressed == "*":
            return Next(place.origin() if place.back else place._replace(phase="", step=0))
        code = dict(_keyed(context)).get(pressed)
        return chosen(context, code) if code else None

    def silence(self, context: Context[Opening]) -> Next:
        """Go on to the next page; after the last one ring a person. A single page is said twice.

        A caller who came here by 6 goes back to where they were.
        """
        place, last = context.place, last_page(context)
        if place.step < last:
            return Next(place._replace(step=place.step + 1))
        if place.back:
            return Next(place.origin())
        if place.tries or last:
            return after_silence(context)
        return Next(place._replace(step=0, tries=1))

    def grammar(self, _: Context[Opening]) -> None:
        """Take keys alone: the carrier recognises one language, and not that of a name."""


def _keyed(context: Context[Opening]) -> Iterator[tuple[str, str]]:
    page = pages(context.script, context.place)[context.place.step]
    yield from ((str(i), code) for i, code in enumerate(page, 1))


def chosen(context: Context[Opening], language: str) -> Next:
    """Go to the welcome in a language, or back to where 6 was pressed.

    In a language that the opening does not offer, 911 has not been said yet.
    """
    script, place = context.script, context.place
    if script.line.is_bridge(language):
        return Next(context.go(script.graph.person)._replace(language=language, first=True))
    unwarned = language not in script.line.opening_languages
    warning = (Cue(context.node.warn, must=True),) if unwarned else ()
    origin = place.origin() if place.back and not script.line.is_bridge(place.language) else None
    if origin is None or origin.node == script.graph.start:
        welcome = context.go(context.node.then)._replace(language=language, first=True)
        return Next(welcome, warning)
    changed = Cue("language.changed")
    return Next(origin._replace(language=language), (*warning, changed))
