"""The opening: the first words of a call.

It warns of danger, and offers a person and the languages. A caller who does nothing stays here, in
the languages that it offers, until the hotline is rung. If there are more languages, one key leads
to the menu of all others.
"""

from collections.abc import Iterator

from ivr.dialog import language_menu
from ivr.dialog.context import Context, Cue, Next
from ivr.dialog.node_kind import Grammar, NodeKind, Phrase
from ivr.dialog.place import LANGUAGES, MAX_TRIES, Place
from ivr.dialog.turn import Spoken
from ivr.dialog.universals import languages, next_language
from ivr.script.nodes import Opening
from ivr.script.system_prompts import EMERGENCY, GREETING

NAMED = 3
"""How many of the other languages are named before the key that leads to all of them."""


class OpeningKind(NodeKind[Opening]):
    phases = frozenset({"", LANGUAGES})
    offers_texts = False

    def is_valid(self, context: Context[Opening]) -> bool:
        return not context.script.line.is_bridge(context.place.language)

    def must(self, context: Context[Opening]) -> Iterator[Spoken]:
        """Say "hang up and dial 911" in every language that is offered here, once."""
        if not context.place.tries:
            for language in languages(context):
                yield context.spoken(context.node.warn, language=language)

    def may(self, context: Context[Opening]) -> Iterator[Spoken]:
        """Offer a person, then the languages, in every language that is offered here.

        After a silence a caller hears only one of the two, so that a person rings soon. If there
        are other languages, these come first then, since their speakers have understood nothing.
        """
        line = context.script.line
        tries, others = context.place.tries, line.other_languages
        if tries == 0 or (tries == MAX_TRIES if others else tries < MAX_TRIES):
            for language in languages(context):
                yield context.choice("to.person", "0", language=language)
        if tries == 0 or (tries == MAX_TRIES and not others):
            for i, language in enumerate(line.opening_languages, 1):
                yield context.choice("to.language", str(i), language=language)
        if tries < MAX_TRIES:
            yield from _others(context)
        if self.announces(context):
            yield from context.announcement

    def announces(self, context: Context[Opening]) -> bool:
        """Return whether a caller has been silent once: others hear it on the way in."""
        return context.place.tries == 1

    def key(self, context: Context[Opening], key: str) -> Next | None:
        line = context.script.line
        codes = line.opening_languages
        if len(line.other_languages) == 1 and key == _others_key(context):
            return language_menu.chosen(context, line.other_languages[0])
        leads_to_menu = {"6", _others_key(context)} if line.other_languages else {"6"}
        if line.has_language_menu and key in leads_to_menu:
            return Next(context.place.reset_attempts()._replace(phase=LANGUAGES))
        if key == "6":
            following = next_language(context.script, context.place.language)
            return Next(_welcome(context, following), (Cue("language.changed"),))
        if key in {str(i + 1) for i in range(len(codes))}:
            return Next(_welcome(context, codes[int(key) - 1]))
        return None

    def unmatched(self, context: Context[Opening], clear: bool) -> Next | None:
        """Offer a person after words that mean nothing, and the languages after others.

        They never lead further than a second silence does: talk in the room rings nobody. Doubtful
        words may be a television's, and get no answer.
        """
        place = context.place
        listens_again = place._replace(tries=2 if place.tries == 1 else 1, repeated=False)
        return Next(listens_again, context.cues("nomatch.1") if clear else ())

    def grammar(self, context: Context[Opening]) -> Grammar:
        """Take each language's own words for itself: it has its key here, and 6 leads to no other.

        Help and 911 are understood in all languages, since the caller's is not known yet.
        """
        language, words = context.place.language, context.script.words
        names = (("person", "0"), (GREETING, "0"), ("emergency", "9"), (EMERGENCY, "9"))
        others = tuple(
            Phrase(phrase, key, "whole")
            for code in words
            for name, key in names
            if code != language
            for phrase in words[code].speech.get(name, ())
        )
        phrases = tuple(
            Phrase(phrase, str(i))
            for i, code in enumerate(context.script.line.opening_languages, 1)
            for phrase in context.script.words[code].speech.get("to.language", ())
        )
        return Grammar(phrases=phrases, without=frozenset("6"), unhinted=others)


def _others(context: Context[Opening]) -> Iterator[Spoken]:
    """Offer the other languages with one key: one by its name, several together.

    Some are named where there is time: after a silence, or if one language alone was said before.
    """
    line, key = context.script.line, _others_key(context)
    if len(line.other_languages) == 1:
        yield context.choice("language.name", key, language=line.other_languages[0])
    elif line.other_languages:
        if context.place.tries or len(line.opening_languages) == 1:
            for code in line.other_languages[:NAMED]:
                yield context.spoken("language.name", language=code)
        yield context.choice("to.languages", key)


def _others_key(context: Context[Opening]) -> str:
    return str(len(context.script.line.opening_languages) + 1)


def _welcome(context: Context[Opening], language: str) -> Place:
    return context.go(context.node.then)._replace(language=language, first=True)
