"""From words to the key they stand for, or to nothing: a doubtful match is never a transfer."""

from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.utils import default_process

from ivr.dialog.context import Context
from ivr.dialog.nodes import kind_of
from ivr.dialog.place import Place
from ivr.dialog.universals import SPOKEN
from ivr.script.model import Script
from ivr.text import without_accents

MIN_CONFIDENCE = 0.45
"""The carrier's confidence (0 to 1) below which words are ignored. Above, it proves little
(https://www.twilio.com/docs/voice/twiml/gather)."""

MIN_SIMILARITY = 88
"""How similar (0 to 100) words must be to a phrase."""

MIN_WHOLE_SIMILARITY = 94
"""How similar words must be to ring somebody: "I do not want a person" must ring nobody."""

MIN_LEAD = 6
"""How far the best meaning must be ahead of the second."""

IDENTICAL = 100.0

MAX_HINTS, MAX_HINT = 500, 100
"""How many hints, and of how many characters, the carrier takes
(https://www.twilio.com/docs/voice/twiml/gather)."""

_DIGITS = "0123456789"


class _Vocabulary(NamedTuple):
    """Phrases with their keys, and the keys that ring somebody."""

    phrases: tuple[tuple[str, str], ...] = ()
    dials: frozenset[str] = frozenset()


def understand(script: Script, place: Place, words: str, confidence: float) -> str | None:
    """Return the key that words mean at a place, or None if that is in doubt.

    Accents and case do not count. A key that rings somebody, and a digit, need the whole utterance
    to match; for others it is enough that the phrase is within the words.
    """
    utterance = _plain(words)
    if not utterance or confidence < MIN_CONFIDENCE:
        return None
    return _meaning(script, place.language, place.node, place.step, place.phase, utterance)


@lru_cache(maxsize=8192)
def _meaning(
    script: Script, language: str, node: str, step: int, phase: str, utterance: str
) -> str | None:
    vocabulary = _vocabulary(script, language, node, step, phase)
    dials = vocabulary.dials | {"0"}
    digits = _digit_names(script, language)
    scores: dict[str, float] = {}
    for phrase, key in vocabulary.phrases:
        # "one" within a sentence is seldom a key.
        whole = key in dials or phrase in digits
        score = _similarity(utterance, _plain(phrase), whole=whole)
        scores[key] = max(scores.get(key, 0), score)
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < MIN_SIMILARITY:
        return None
    if len(ranked) > 1 and not _is_sure(ranked[0][1], ranked[1][1]):
        return None
    return ranked[0][0]


def _is_sure(first: float, second: float) -> bool:
    """Return whether the best meaning stands out: word for word, or well ahead of the second."""
    return first - second >= MIN_LEAD or (first == IDENTICAL and second < first)


def hints(script: Script, place: Place) -> tuple[str, ...]:
    """Return the phrases to expect at a place, for the carrier's speech recognition.

    They go to the carrier in one text with commas, so no hint has a comma.
    """
    return _hints(script, place.language, place.node, place.step, place.phase)


@lru_cache(maxsize=2048)
def _hints(script: Script, language: str, node: str, step: int, phase: str) -> tuple[str, ...]:
    phrases = _vocabulary(script, language, node, step, phase).phrases
    without_commas = (phrase.replace(",", " ") for phrase, _ in phrases)
    short = (p for p in without_commas if len(p) <= MAX_HINT and not p.isdigit())
    return tuple(dict.fromkeys(short))[:MAX_HINTS]


@lru_cache(maxsize=2048)
def _vocabulary(script: Script, language: str, node: str, step: int, phase: str) -> _Vocabulary:
    """Return what may be said at a place: at each, and by the grammar of its kind of node."""
    place = Place(language, node, step=step, phase=phase)
    grammar = kind_of(script, node).grammar(Context(script, place))
    if grammar is None:
        return _Vocabulary()
    everywhere = {**{digit: digit for digit in _DIGITS}, **SPOKEN}
    meanings = {name: key for name, key in everywhere.items() if key not in grammar.without}
    meanings |= grammar.meanings
    speech = script.words[language].speech
    phrases = [(phrase, key) for name, key in meanings.items() for phrase in speech.get(name, ())]
    phrases += [(digit, digit) for digit in _DIGITS if digit not in grammar.without]
    return _Vocabulary(tuple(dict.fromkeys((*phrases, *grammar.phrases))), grammar.dials)


@lru_cache(maxsize=64)
def _digit_names(script: Script, language: str) -> frozenset[str]:
    """Return all names of digits: "1", "one"."""
    speech = script.words[language].speech
    return frozenset(_DIGITS).union(*(speech.get(digit, ()) for digit in _DIGITS))


def _similarity(utterance: str, phrase: str, *, whole: bool) -> float:
    similarity = fuzz.ratio(utterance, phrase)
    if whole:
        return similarity if similarity >= MIN_WHOLE_SIMILARITY else 0
    words, wanted = utterance.split(), set(phrase.split())
    if not wanted <= set(words):
        return similarity
    # The more of the words a phrase covers, the surer it is: "signs" gives way to "warning signs".
    covered = sum(word in wanted for word in words) / len(words)
    return max(similarity, MIN_SIMILARITY + (IDENTICAL - MIN_SIMILARITY) * covered)


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    """Return a text in lower case, without accents or punctuation: "¿Español?" → "espanol"."""
    return default_process(without_accents(text))
