"""The opening: the first words of a call, which warn of danger and offer the languages."""

from collections.abc import Iterator
from dataclasses import replace

from ivr.dialog.context import Context, Cue, Next
from ivr.dialog.node_kind import Grammar, NodeKind
from ivr.dialog.place import Place
from ivr.dialog.turn import Spoken
from ivr.dialog.universals import languages, next_language
from ivr.script.nodes import Opening


def _must(context: Context[Opening]) -> Iterator[Spoken]:
    """Say "hang up and dial 911" in every language, once."""
    if not context.place.tries:
        for language in languages(context):
            yield context.spoken(context.node.warn, language=language)


def _may(context: Context[Opening]) -> Iterator[Spoken]:
    for i, language in enumerate(context.script.line.languages, 1):
        yield context.choice("to.language", str(i), language=language)


def _key(context: Context[Opening], key: str) -> Next | None:
    codes = list(context.script.line.languages)
    if key == "6":
        following = next_language(context.script, context.place.language)
        return Next(_welcome(context, following), (Cue("language.changed"),))
    if key in {str(i + 1) for i in range(len(codes))}:
        return Next(_welcome(context, codes[int(key) - 1]))
    return None


def _silence(context: Context[Opening]) -> Next:
    """Go to the main menu in the default language; the others are offered there in theirs."""
    welcome = _welcome(context, context.place.language)
    return Next(replace(welcome, unsure=context.unsure, tries=1), context.cues("noinput.1"))


def _welcome(context: Context[Opening], language: str) -> Place:
    return replace(context.go(context.node.then), language=language, first=True)


def _grammar(context: Context[Opening]) -> Grammar:
    """Take each language's own words for itself: it has its key here, and 6 leads to no other."""
    phrases = tuple(
        (phrase, str(i))
        for i, code in enumerate(context.script.line.languages, 1)
        for phrase in context.script.words[code].speech.get("to.language", ())
    )
    return Grammar(phrases=phrases, without=frozenset("6"))


OPENING: NodeKind[Opening] = NodeKind(
    must=_must,
    may=_may,
    key=_key,
    silence=_silence,
    grammar=_grammar,
    offers_texts=False,
)
