"""The key that ties a clip to its words, and the words in the form that an engine is given."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping

from ivr.dialog.prompts import PAUSE
from ivr.dialog.turn import Spoken, Turn
from ivr.readability.writing import characters

DIGITS: Mapping[str, tuple[str, ...]] = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "es": ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
}
"""Digits as words; in other languages an engine gets figures, separated by commas."""

_ALONE = re.compile(r"(?<![\d.,])\d(?: \d)*(?![\d]|[.,]\d)")

_BREATHS: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "es": (
        (re.compile(r"\b(es no, oprima) (?=\d)"), r"\1, "),
        (re.compile(r",? ([Oo]prima) (?=\d|asterisco|numeral)"), r"... \1... "),
        (re.compile(r"\b([Cc]uelgue) y\b"), r"\1, y"),
        (re.compile(r", cuelgue\b"), ": cuelgue"),
        (re.compile(r"\bsí a (?=\d)"), "sí, a: "),
        (re.compile(r"\b([Ee]s) trata\b"), r"\1... trata"),
    )
}
"""Places that need a short pause: without one, "oprima dos" is heard as one word, "primado"."""


def wanted(turns: Iterable[Turn]) -> dict[str, Spoken]:
    """Return all that is said in turns, each once, by the key that ties a clip to its words."""
    keys: dict[Spoken, str] = {}  # a hash takes longer than a look-up, and most words recur
    utterances: dict[str, Spoken] = {}
    for turn in turns:
        for words in turn.must + turn.may:
            if words not in keys:
                keys[words] = key(words)
            utterances[keys[words]] = words
    return utterances


def key(words: Spoken) -> str:
    """Return the key of a clip of these words: a hash of language, text and pace.

    The prompt and the place are no part of it: the same words have the same clip.
    """
    return _hash([words.language, words.text, words.slow])


def name(words: Spoken, *made: str) -> str:
    """Return a clip's name: a hash of its words and of how it is `made` (engine, voice, settings).

    The name changes with any of them, so the file of a name never changes and may be cached.
    """
    return _hash([words.language, words.text, words.slow, *made])


def pieces(words: Spoken) -> tuple[str, ...]:
    """Return the parts of a text between its pauses, as an engine is given them."""
    return tuple(aloud(words.language, piece.strip()) for piece in words.text.split(PAUSE))


def aloud(language: str, text: str) -> str:
    """Return a text as an engine should read it: single digits as words, and added short pauses.

    So every engine reads "8 8 8" as three digits, and runs no words together.
    """
    own = language.partition("-")[0]
    words = DIGITS.get(own, tuple("0123456789"))
    for run_together, apart in _BREATHS.get(own, ()):
        text = run_together.sub(apart, text)
    return _ALONE.sub(lambda m: ", ".join(words[int(d)] for d in m[0].split()), text)


def dialled(text: str) -> str:
    """Return the digits of keys and telephone numbers in a text, not counts such as "17 signs"."""
    return "".join(c for run in _ALONE.findall(text) for c in run if c != " ")


def count(words: Spoken) -> int:
    """Return how many words are said; a digit counts as one."""
    return sum(any(map(str.isalnum, word)) for piece in pieces(words) for word in piece.split())


def is_prose(words: Spoken) -> bool:
    """Return whether a pace in words a minute means anything.

    It does not for few words, for numbers, and in scripts without spaces between words.
    """
    if characters(words.text):
        return False
    figures = sum(map(str.isdigit, words.text))
    return count(words) >= _ENOUGH_WORDS and figures < _FEW_FIGURES * count(words)


_ENOUGH_WORDS = 8
_FEW_FIGURES = 0.25


def _hash(parts: list[object]) -> str:
    written = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()[:20]
