"""How easy words are to take in, measured offline: Flesch-Kincaid for English, INFLESZ for Spanish.

Both count words, sentences and syllables as a voice says them. docs/reading.md has the formulas,
their sources, and how often the syllables are wrong.
"""

import re
from collections.abc import Callable
from typing import Final

from ivr.readability import syllables

_WORD: Final = re.compile(r"\d|[^\W\d_]+(?:['’\-][^\W\d_]+)*")  # noqa: RUF001 as it is typed

_TITLES: Final = frozenset({"dr", "dra", "mr", "mrs", "ms", "sr", "sra", "srta", "st", "ud", "uds"})
"""Shortened words whose full stop ends nothing, whatever comes next."""

_STOP: Final = re.compile(
    r"""
    (?<![^\W\d_]|['’])(?P<before>(?:[^\W\d_]|['’])*+)  # the word that it may only shorten
    (?:[?!][?!.]*|(?<!\.)\.(?!\.))        # three dots are a pause, like "…"
    [\"'”’»)\]]*                          # what closes with the sentence
    (?=\s+(?P<after>\S)|\s*$)
    |
    (?<![,;:\s])\s+(?=[¿¡]+[A-ZÁÉÍÓÚÜÑ])   # the next one opens: "Espere ¿Hay peligro?"
    """,  # noqa: RUF001 quotes as they are typed
    re.VERBOSE,
)


def words(text: str) -> list[str]:
    """Return the words of a text as a voice says them, each digit a word: "24/7" are three."""
    return _WORD.findall(text)


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; what has no word is none.

    They end at . ! ? and where ¿ or ¡ opens one; a pause ("…") ends none, nor does the full stop
    of "Dr." or "a.m.", of "1.5" or of an address.
    """
    ends = [stop.end() for stop in _STOP.finditer(text) if not _shortens(stop)]
    bounds = zip([0, *ends], [*ends, len(text)], strict=True)
    return [
        spoken_words
        for start, end in bounds
        if words(spoken_words := text[start:end].strip().strip("… "))
    ]


def flesch_kincaid(text: str) -> float:
    """Return the grade of US school at which an English text is read (Kincaid et al., 1975).

    Raises ValueError for a text without words.
    """
    word, sentence = _means(text, syllables.english)
    return 0.39 * sentence + 11.8 * word - 15.59


def inflesz(text: str) -> float:
    """Return how easy a Spanish text is: over 80 very, under 40 hardly (Szigriszt Pazos, 1993).

    The bands are those of INFLESZ (Barrio-Cantalejo et al., 2008). Raises ValueError for a text
    without words.
    """
    word, sentence = _means(text, syllables.spanish)
    return 206.835 - 62.3 * word - sentence


def _shortens(stop: re.Match[str]) -> bool:
    """Tell a full stop that shortens a word from one that ends a sentence."""
    before, after = stop["before"], stop["after"]
    if not before or not after or stop[0] != f"{before}.":
        return False
    return before.lower() in _TITLES or (len(before) == 1 and after.islower())


def _means(text: str, count: Callable[[str], int]) -> tuple[float, float]:
    """Return the mean syllables of a word, and the mean words of a sentence."""
    spoken_words = words(text)
    if not spoken_words:
        raise ValueError(f"no word to measure in {text!r}")
    return sum(map(count, spoken_words)) / len(spoken_words), len(spoken_words) / len(
        sentences(text)
    )
