"""From words to the key they stand for, or to nothing: a doubtful match is never a transfer."""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz
from rapidfuzz.utils import default_process

from ivr.dialog.place import Place
from ivr.script.model import Script
from ivr.script.nodes import Agency, Check, Emergency, Opening, Text, Transfer, Voicemail

MIN_CONFIDENCE = 0.45
"""Below this the carrier's guess is not believed. Above, it proves little (Twilio, Gather)."""

ENOUGH = 88
"""How alike (0-100) words must be to what may be said."""

ENOUGH_ALONE = 94
"""The same for words that ring somebody: "I do not want to talk to a person" rings nobody."""

DOUBT = 6
"""A second meaning closer than this makes the match doubtful."""

MAX_HINTS, MAX_HINT = 500, 100
"""How many hints, and of how many characters, the carrier takes (Twilio, Gather)."""

_EVERYWHERE = {
    "person": "0",
    "emergency": "9",
    "back": "*",
    "again": "#",
    "pace": "7",
    "language": "6",
}
_CONNECTS = frozenset("0")

WORD_FOR_WORD = 100.0

WITHIN = 88
"""How alike an utterance is at least that has all the words of what may be said, among others."""


def understand(script: Script, place: Place, words: str, confidence: float) -> str | None:
    """Return the key that the words mean at a place, or None where that is in doubt.

    Accents and case do not count. A key that rings somebody, and a digit, need the whole utterance
    to match; for others it is enough that the words are in it.
    """
    heard = _plain(words)
    if not heard or confidence < MIN_CONFIDENCE:
        return None
    return _meaning(script, Place(place.language, place.node, place.step, place.phase), heard)


@lru_cache(maxsize=8192)
def _meaning(script: Script, place: Place, heard: str) -> str | None:
    dials = _CONNECTS | _dialling_keys(script, place)
    best: dict[str, float] = {}
    digits = _digits(script, place.language)
    for phrase, key in sayable(script, place):
        # "one" within a sentence is seldom a key.
        score = _likeness(heard, _plain(phrase), whole=key in dials or phrase in digits)
        best[key] = max(best.get(key, 0), score)
    ranked = sorted(best.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < ENOUGH:
        return None
    if len(ranked) > 1 and not _is_sure(ranked[0][1], ranked[1][1]):
        return None
    return ranked[0][0]


def _is_sure(first: float, second: float) -> bool:
    """Tell whether the likeliest meaning stands out: word for word, or well before the next."""
    return first - second >= DOUBT or (first == WORD_FOR_WORD and second < first)


def hints(script: Script, place: Place) -> tuple[str, ...]:
    """Return the words to expect at a place, for the carrier's speech recognition.

    They go to the carrier in one text with commas, so none stands in a hint.
    """
    return _hints(script, place.language, place.node, place.step, place.phase)


@lru_cache(maxsize=2048)
def _hints(script: Script, *at: Any) -> tuple[str, ...]:  # noqa: ANN401 as _sayable takes it
    phrases = (phrase.replace(",", " ") for phrase, _ in _sayable(script, *at))
    told = (p for p in phrases if len(p) <= MAX_HINT and not p.isdigit())
    return tuple(dict.fromkeys(told))[:MAX_HINTS]


@lru_cache(maxsize=2048)
def _sayable(
    script: Script, language: str, node: str, step: int, phase: str
) -> tuple[tuple[str, str], ...]:
    place = Place(language, node, step=step, phase=phase)
    if isinstance(script.node(node), Voicemail | Text):  # a yes there is one by a key
        return ()
    speech = script.words[language].speech
    meanings = {**{d: d for d in "0123456789"}, **_EVERYWHERE, **_here(script, place)}
    if phase == "asked":  # only a key or a yes connects to 911 what was asked for by voice
        meanings = {name: key for name, key in meanings.items() if name not in {"9", "emergency"}}
    found = [(words, key) for name, key in meanings.items() for words in speech.get(name, ())]
    found += [(digit, digit) for digit in "0123456789" if digit != "9" or phase != "asked"]
    if isinstance(script.node(node), Opening):
        found = [(words, key) for words, key in found if key != "6"]  # each language has its key
        for i, code in enumerate(script.line.languages, 1):
            offers = script.words[code].speech.get("to.language", ())
            found += [(words, str(i)) for words in offers]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=64)
def _digits(script: Script, language: str) -> frozenset[str]:
    """Return all names of digits: "1", "one"."""
    speech = script.words[language].speech
    return frozenset("0123456789").union(*(speech.get(digit, ()) for digit in "0123456789"))


def sayable(script: Script, place: Place) -> tuple[tuple[str, str], ...]:
    """Return what may be said at a place, each with the key that it stands for."""
    return _sayable(script, place.language, place.node, place.step, place.phase)


def _here(script: Script, place: Place) -> Mapping[str, str]:
    """Return what the words of this kind of node mean here: name in `speech:` → key."""
    node = script.node(place.node)
    if isinstance(node, Check):
        return {"yes": "1", "no": "2", "unsure": "3"}
    if isinstance(node, Emergency):
        return {"yes": "9", "no": "*"}
    if isinstance(node, Transfer | Agency):
        return {"connect": "1", "yes": "1", "hear": "2", "other": "3", "next": "3"}
    offered = {c.task: key for key, c in script.choices(node).items()} if node else {}
    if place.step < len(script.steps(place.node)):
        offered = {task: key for task, key in offered.items() if key != "1"}
        offered["next"] = "1"
    return offered


def _dialling_keys(script: Script, place: Place) -> frozenset[str]:
    """Return the keys that ring somebody from here."""
    node = script.node(place.node)
    if isinstance(node, Emergency):
        return frozenset("9")
    if isinstance(node, Transfer | Agency):
        return frozenset("1")
    if node is None:
        return frozenset()
    return frozenset(key for key, c in script.choices(node).items() if c.connect)


def _likeness(heard: str, phrase: str, *, whole: bool) -> float:
    alike = fuzz.ratio(heard, phrase)
    said, sought = heard.split(), set(phrase.split())
    if whole:
        return alike if alike >= ENOUGH_ALONE else 0
    if not sought <= set(said):
        return alike
    # The more of what was said it covers, the surer: "signs" gives way to "warning signs".
    covered = sum(word in sought for word in said) / len(said)
    return max(alike, WITHIN + (WORD_FOR_WORD - WITHIN) * covered)


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    """Lower case, no accents, no punctuation: "¿Español?" → "espanol"."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return default_process(bare)
