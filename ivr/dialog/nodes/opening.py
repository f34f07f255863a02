"""The opening: the first words of a call.

It warns of danger, and offers a person and the languages. A caller who does nothing stays here, in
all languages, until the hotline is rung.
"""

from collections.abc import Iterator

from ivr.dialog.context import Context, Cue, Next
from ivr.dialog.node_kind import Grammar, NodeKind, Phrase
from ivr.dialog.place import MAX_TRIES, Place
from ivr.dialog.turn import Spoken
from ivr.dialog.universals import languages, next_language
from ivr.script.nodes import Opening
from ivr.script.system_prompts import EMERGENCY, GREETING


def _must(context: Context[Opening]) -> Iterator[Spoken]:
    """Say "hang up and dial 911" in every language, once."""
    if not context.place.tries:
        for language in languages(context):
            yield context.spoken(context.node.warn, language=language)


def _may(context: Context[Opening]) -> Iterator[Spoken]:
    """Offer a person, then the languages, in every language.

    After a silence a caller hears only one of the two, so that a person rings soon.
    """
    codes = context.script.line.languages
    if context.place.tries < MAX_TRIES:
        for language in languages(context):
            yield context.choice("to.person", "0", language=language)
    if context.place.tries != 1:
        for i, language in enumerate(codes, 1):
            yield context.choice("to.language", str(i), language=language)
    if _announces(context):
        yield from context.announcement


def _announces(context: Context[Opening]) -> bool:
    """Return whether a caller has been silent once: others hear it on the way in."""
    return context.place.tries == 1


def _key(context: Context[Opening], key: str) -> Next | None:
    codes = list(context.script.line.languages)
    if key == "6":
        following = next_language(context.script, context.place.language)
        return Next(_welcome(context, following), (Cue("language.changed"),))
    if key in {str(i + 1) for i in range(len(codes))}:
        return Next(_welcome(context, codes[int(key) - 1]))
    return None


def _welcome(context: Context[Opening], language: str) -> Place:
    return context.go(context.node.then)._replace(language=language, first=True)


def _grammar(context: Context[Opening]) -> Grammar:
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
        for i, code in enumerate(context.script.line.languages, 1)
        for phrase in context.script.words[code].speech.get("to.language", ())
    )
    return Grammar(phrases=phrases, without=frozenset("6"), unhinted=others)


def _unmatched(context: Context[Opening]) -> Next:
    """Offer a person after words that mean nothing, and the languages after others.

    They never lead further than a second silence does: talk in the room rings nobody.
    """
    place = context.place
    listens_again = place._replace(tries=2 if place.tries == 1 else 1, again=False)
    return Next(listens_again, context.cues("nomatch.1"))


OPENING: NodeKind[Opening] = NodeKind(
    must=_must,
    may=_may,
    announces=_announces,
    key=_key,
    grammar=_grammar,
    unmatched=_unmatched,
    offers_texts=False,
)
