"""From words to the key they stand for, or to nothing: a doubtful match is never a transfer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.utils import default_process

from ivr.dialog.context import Context
from ivr.dialog.node_kind import Manner, Phrase
from ivr.dialog.nodes import kind_at
from ivr.dialog.place import Place
from ivr.dialog.universals import SPOKEN
from ivr.script.model import Script
from ivr.script.system_prompts import (
    CHILD,
    CONFIRM,
    EMERGENCY,
    FILLER,
    GREETING,
    JOINER,
    NEGATION,
    REFUSE,
    REFUSED_911,
    SOMEONE,
    TALK,
    WANTED_911,
)
from ivr.text import without_accents

MIN_CONFIDENCE = 0.45
"""The carrier's confidence (0 to 1) below which words are ignored. Above, it proves little
(https://www.twilio.com/docs/voice/twiml/gather)."""

MIN_SIMILARITY = 88
"""How similar (0 to 100) words must be to a phrase."""

MIN_WHOLE_SIMILARITY = 94
"""How similar words must be to ring somebody: "I do not want a person" must ring nobody."""

MIN_COVERED = 0.5
"""The part of the words with a meaning that a phrase within them must be."""

MAX_EMERGENCY_WORDS = 6
"""The most words with a meaning among which 911 is a wish, and not talk about it."""

MAX_ANSWER_WORDS = 5
"""The most words of an answer that begins with yes."""

MIN_LEAD = 6
"""How far the best meaning must be ahead of the second."""

IDENTICAL = 100.0

MAX_HINTS, MAX_HINT = 500, 100
"""How many hints, and of how many characters, the carrier takes
(https://www.twilio.com/docs/voice/twiml/gather)."""

_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Phrases with their meanings, those that the whole of the words must be, and that of 911.

    Places at which the same may be said share one. On a phone a meaning is a key, and `dials` are
    the keys that ring somebody. `unhinted` are phrases that the carrier is not asked to expect.
    """

    phrases: tuple[Phrase, ...] = ()
    dials: frozenset[str] = frozenset()
    emergency: str = ""
    unhinted: tuple[Phrase, ...] = ()


class _Utterance(NamedTuple):
    """What was said: all of it, the part that has a meaning, its words, and those that negate it.

    What means the same is one word: 911, however it was recognized, the child, whoever it is, and a
    person to talk to. What is said several times over counts once. `asks_911` says that somebody
    wants it, and does not talk of it.
    """

    text: str
    content: str
    words: frozenset[str]
    negations: frozenset[str]
    asks_911: bool

    @classmethod
    def of(cls, script: Script, language: str, sentences: tuple[str, ...]) -> "_Utterance":
        """Return what sentences in plain letters say."""
        spelled = [_spelled(script, language, sentence) for sentence in sentences]
        # Up to three words that are said several times over count once.
        text = re.sub(r"\b(\w+(?: \w+){0,2})(?: \1\b)+", r"\1", " ".join(spelled))
        content = _content(script, language, text) or text
        negations = frozenset(text.split()) & frozenset(_longest_first(script, language, NEGATION))
        words = frozenset(content.split())
        return cls(text, content, words, negations, _asks_911(script, language, spelled))


def _spelled(script: Script, language: str, text: str) -> str:
    """Return a text in which what means the same is one word: 911, the child, a person, to talk."""
    for code in script.words:
        text = _any_of(script, code, EMERGENCY).sub(EMERGENCY, text)
    for name, word in _ONE_WORD.items():
        text = _any_of(script, language, name).sub(word, text)
    return text


@lru_cache(maxsize=256)
def _any_of(script: Script, language: str, name: str) -> "re.Pattern[str]":
    """Return a pattern of all phrases of a name; it matches nothing without any."""
    phrases = "|".join(map(re.escape, _longest_first(script, language, name)))
    return re.compile(rf"\b(?:{phrases})\b" if phrases else r"(?!)")


_ONE_WORD = {CHILD: "thechild", TALK: "totalk", SOMEONE: "aperson"}
"""Name under `speech:` → the word that stands for all of its phrases; no phrase has it."""


def _content(script: Script, language: str, text: str) -> str:
    """Return the words of a text that have a meaning."""
    content = f" {text} "
    for filler in _longest_first(script, language, FILLER):
        while f" {filler} " in content:  # the same word twice shares a space
            content = content.replace(f" {filler} ", " ")
    return content.strip()


def _asks_911(script: Script, language: str, sentences: Sequence[str]) -> bool:
    """Return whether 911 is asked for: in few words, or at either end of more, and not refused.

    A sentence of many words with 911 in it is talk about it. A negation of something else does not
    count: "he is not breathing, call 911".
    """
    if not any(EMERGENCY in sentence.split() for sentence in sentences):
        return False
    refused = _of_all_languages(script, REFUSED_911)
    if any(f" {phrase} " in f" {sentence} " for phrase in refused for sentence in sentences):
        return False
    wanted = tuple(f" {phrase}" for phrase in _of_all_languages(script, WANTED_911))
    return any(
        len(_content(script, language, sentence).split()) <= MAX_EMERGENCY_WORDS
        or sentence.startswith(f"{EMERGENCY} ")
        or f" {sentence}".endswith(wanted)
        for sentence in sentences
        if EMERGENCY in sentence.split()
    )


@lru_cache(maxsize=64)
def _of_all_languages(script: Script, name: str) -> tuple[str, ...]:
    """Return the phrases of a name in all languages of the line."""
    return tuple(
        _spelled(script, code, _plain(phrase))
        for code, words in script.words.items()
        for phrase in words.speech.get(name, ())
    )


@lru_cache(maxsize=256)
def _longest_first(script: Script, language: str, name: str) -> tuple[str, ...]:
    """Return the phrases of a meaning in plain letters, the longest first."""
    phrases = script.words[language].speech.get(name, ())
    return tuple(sorted(map(_plain, phrases), key=len, reverse=True))


@lru_cache(maxsize=8192)
def _phrase(script: Script, language: str, phrase: str) -> _Utterance:
    """Return what a phrase of the script says. Its phrases are few, and are compared often."""
    return _Utterance.of(script, language, (_plain(phrase),))


def is_doubtful(confidence: float) -> bool:
    """Return whether the carrier doubts its words. Some carriers do not tell, and send 0."""
    return 0 < confidence < MIN_CONFIDENCE


def understand(script: Script, place: Place, words: str, confidence: float) -> str | None:
    """Return the key that words mean at a place, or None if that is in doubt.

    Accents, case and words without a meaning ("um", "please") do not count. A key that rings
    somebody, a digit, yes and no need the whole utterance to match, and no negation; for others it
    is enough that a phrase is half of the words.
    """
    sentences = _sentences(words)
    if not sentences or is_doubtful(confidence):
        return None
    vocabulary = _vocabulary(script, _spot(place))
    meaning = _matched(script, place.language, vocabulary, sentences)
    return meaning or _agreed(script, place.language, vocabulary, sentences)


def _spot(place: Place) -> Place:
    """Return all of a place that decides what may be said there."""
    return Place(place.language, place.node, place.step, place.phase)


def _sentences(words: str) -> tuple[str, ...]:
    """Return the parts of what was said between the carrier's marks, in plain letters."""
    plain = tuple(filter(None, map(_plain, re.split(r"[.,;:!?¡¿…]+(?=\s|$)", words))))
    whole = _plain(words)
    is_cut = EMERGENCY in whole.split() and not any(EMERGENCY in part.split() for part in plain)
    return (whole,) if is_cut else plain  # "9, 1, 1"


def _agreed(
    script: Script, language: str, vocabulary: Vocabulary, sentences: tuple[str, ...]
) -> str | None:
    """Return what each of several sentences means by itself, if that is the same for all."""
    joiners = _any_of(script, language, JOINER)
    parts = [part.strip() for sentence in sentences for part in joiners.split(sentence)]
    if len(parts) == 1 or not all(parts):
        return None
    meanings = {_matched(script, language, vocabulary, (part,)) for part in parts}
    return meanings.pop() if len(meanings) == 1 else None


def match(script: Script, language: str, vocabulary: Vocabulary, words: str) -> str | None:
    """Return the meaning of words in a vocabulary, or None if that is in doubt."""
    return _matched(script, language, vocabulary, _sentences(words))


@lru_cache(maxsize=8192)
def _matched(
    script: Script, language: str, vocabulary: Vocabulary, sentences: tuple[str, ...]
) -> str | None:
    spoken = _Utterance.of(script, language, sentences)
    if spoken.asks_911 and vocabulary.emergency:
        return vocabulary.emergency
    digits = _digit_names(script, language)
    scores: dict[str, float] = {}
    for phrase in (*vocabulary.phrases, *vocabulary.unhinted):
        key = phrase.meaning
        wanted = _phrase(script, language, phrase.words)
        # "one" within a sentence is seldom a key.
        whole = phrase.manner != "part" or key in vocabulary.dials or phrase.words in digits
        if whole and spoken.negations - wanted.negations:
            continue
        if phrase.manner == "exact":
            score = IDENTICAL if spoken.text == wanted.text else 0
        elif phrase.manner == "whole" and _begins(spoken, wanted):
            score = MIN_SIMILARITY
        else:
            score = _similarity(spoken, wanted, whole=whole)
        scores[key] = max(scores.get(key, 0), score)
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    (meaning, best), (_, second) = (*ranked, ("", 0.0), ("", 0.0))[:2]
    # The best meaning must stand out: word for word, or well ahead of the second.
    is_sure = best - second >= MIN_LEAD or (best == IDENTICAL and second < best)
    return meaning if best >= MIN_SIMILARITY and is_sure else None


def _begins(spoken: _Utterance, wanted: _Utterance) -> bool:
    """Return whether a yes of one word begins a short answer: "yes, she does that a lot".

    A "no" does not answer by itself: in Spanish it begins sentences, as "no puedo hablar".
    """
    words = spoken.text.split()
    is_short = 1 < len(words) <= MAX_ANSWER_WORDS
    is_one_word = " " not in wanted.text
    is_yes = not wanted.negations and not spoken.negations
    return is_short and is_one_word and is_yes and words[0] == wanted.text


def hints(script: Script, place: Place) -> tuple[str, ...]:
    """Return the phrases to expect at a place, for the carrier's speech recognition.

    They go to the carrier in one text with commas, so no hint has a comma.
    """
    return _hints(script, _spot(place))


@lru_cache(maxsize=2048)
def _hints(script: Script, place: Place) -> tuple[str, ...]:
    phrases = _vocabulary(script, place).phrases
    without_commas = (phrase.words.replace(",", " ") for phrase in phrases)
    short = (p for p in without_commas if len(p) <= MAX_HINT and not p.isdigit())
    return tuple(dict.fromkeys(short))[:MAX_HINTS]


@lru_cache(maxsize=2048)
def _vocabulary(script: Script, place: Place) -> Vocabulary:
    """Return what may be said at a place: at each, and by the grammar of its kind of node."""
    grammar = kind_at(script, place).grammar(Context(script, place))
    if grammar is None:  # keys alone, but for words that come all the same
        return Vocabulary(emergency=SPOKEN[EMERGENCY])
    everywhere = {**{digit: digit for digit in _DIGITS}, **SPOKEN}
    meanings = {name: key for name, key in everywhere.items() if key not in grammar.without}
    meanings |= grammar.meanings
    speech = script.words[place.language].speech
    phrases = [
        Phrase(phrase, key, _MANNERS.get(name, "part"))
        for name, key in meanings.items()
        if key
        for phrase in speech.get(name, ())
    ]
    phrases += [Phrase(digit, digit) for digit in _DIGITS if digit not in grammar.without]
    every = tuple(dict.fromkeys((*phrases, *grammar.phrases)))
    emergency = SPOKEN[EMERGENCY] if SPOKEN[EMERGENCY] not in grammar.without else ""
    if emergency:
        every = (*every, Phrase(EMERGENCY, emergency))
    dials = grammar.dials | {"0", SPOKEN[EMERGENCY]}
    return _shared(every, dials, emergency, grammar.unhinted)


@lru_cache(maxsize=2048)
def _shared(
    phrases: tuple[Phrase, ...],
    dials: frozenset[str],
    emergency: str,
    unhinted: tuple[Phrase, ...],
) -> Vocabulary:
    """Return the vocabulary of these phrases, the same object for each place that has them."""
    return Vocabulary(phrases, dials, emergency, unhinted)


_MANNERS: Mapping[str, Manner] = {
    "yes": "whole",
    "no": "whole",
    GREETING: "exact",
    CONFIRM: "exact",
    REFUSE: "exact",
}
"""How the phrases of a name must be said, where it matters."""


@lru_cache(maxsize=64)
def _digit_names(script: Script, language: str) -> frozenset[str]:
    """Return all names of digits: "1", "one"."""
    speech = script.words[language].speech
    return frozenset(_DIGITS).union(*(speech.get(digit, ()) for digit in _DIGITS))


def _similarity(spoken: _Utterance, wanted: _Utterance, *, whole: bool) -> float:
    similarity = max(
        fuzz.ratio(spoken.text, wanted.text), fuzz.ratio(spoken.content, wanted.content)
    )
    if whole:
        return similarity if similarity >= MIN_WHOLE_SIMILARITY else 0
    if not wanted.words.issubset(spoken.words):
        return similarity
    # The more of the words a phrase covers, the surer it is: "signs" gives way to "warning signs".
    words = spoken.content.split()
    covered = sum(word in wanted.words for word in words) / len(words)
    if covered < MIN_COVERED:
        return similarity
    return max(similarity, MIN_SIMILARITY + (IDENTICAL - MIN_SIMILARITY) * covered)


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    """Return a text in lower case, without accents or punctuation: "¿Español?" → "espanol".

    911 is one word, as in "9-1-1" and "9 1 1".
    """
    letters = default_process(without_accents(text.replace("'", "").replace("\u2019", "")))
    return re.sub(r"\b9 ?1 ?1\b", EMERGENCY, " ".join(letters.split()))
