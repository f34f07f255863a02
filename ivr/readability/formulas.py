"""Readability formulas: Flesch-Kincaid for English, INFLESZ for Spanish.

Both count words, sentences and syllables as a voice says them. docs/reading.md has the formulas,
their sources, and how often the syllable counters are wrong.
"""

import re
from collections.abc import Callable
from typing import Final

from ivr.readability import syllables
from ivr.readability.writing import characters, words

_TITLES: Final = frozenset({"dr", "dra", "mr", "mrs", "ms", "sr", "sra", "srta", "st", "ud", "uds"})
"""Abbreviations, in lower case, whose full stop never ends a sentence."""

_STOP: Final = re.compile(
    r"""
    (?<![^\W\d_]|['’])(?P<before>(?:[^\W\d_]|['’])*+)  # the word before, perhaps abbreviated
    (?:[?!][?!.]*|(?<!\.)\.(?!\.))        # three dots are a pause, like "…"
    [\"'”’»)\]]*                          # closing quotes and brackets
    (?=\s+(?P<after>\S)|\s*$)
    |
    [。！？｡।॥။።፧؟۔។៕]+[\"'”’»」』）)\]]*  # the full stops of other scripts
    |
    (?<![,;:\s])\s+(?=[¿¡]+[A-ZÁÉÍÓÚÜÑ])   # before an opening mark: "Espere ¿Hay peligro?"
    """,  # noqa: RUF001 quotes as they are typed
    re.VERBOSE,
)


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, without those that have no words.

    A sentence ends at . ! or ? and before an opening ¿ or ¡. It does not end at a pause ("…"), nor
    at the full stop of an abbreviation ("Dr.", "a.m."), a decimal ("1.5") or a web address.
    """
    ends = [stop.end() for stop in _STOP.finditer(text) if not _shortens(stop)]
    bounds = zip([0, *ends], [*ends, len(text)], strict=True)
    parts = (text[start:end].strip().strip("… ") for start, end in bounds)
    return [part for part in parts if words(part) or characters(part)]


def flesch_kincaid(text: str) -> float:
    """Return the US school grade of an English text (Kincaid et al., 1975); lower is easier.

    Raises ValueError for a text without words.
    """
    word, sentence = _means(text, syllables.english)
    return 0.39 * sentence + 11.8 * word - 15.59


def inflesz(text: str) -> float:
    """Return the perspicuity of a Spanish text (Szigriszt Pazos, 1993); higher is easier.

    By the INFLESZ scale, over 80 is very easy and under 40 very difficult (Barrio-Cantalejo et al.,
    2008). Raises ValueError for a text without words.
    """
    word, sentence = _means(text, syllables.spanish)
    return 206.835 - 62.3 * word - sentence


def _shortens(stop: re.Match[str]) -> bool:
    """Return whether a full stop marks an abbreviation, and does not end a sentence."""
    before, after = stop["before"], stop["after"]
    if not before or not after or stop[0] != f"{before}.":
        return False
    return before.lower() in _TITLES or (len(before) == 1 and after.islower())


def _means(text: str, count: Callable[[str], int]) -> tuple[float, float]:
    """Return the mean syllables of a word, and the mean words of a sentence."""
    spoken_words = words(text)
    if not spoken_words:
        raise ValueError(f"there is no word to measure in {text!r}")
    words_a_sentence = len(spoken_words) / len(sentences(text))
    return sum(map(count, spoken_words)) / len(spoken_words), words_a_sentence
