"""Words and characters of any script, by Unicode, as a voice says them.

Scripts such as Chinese, Thai or Khmer put no spaces between words, so their characters are counted.
A vowel mark belongs to its letter, as in Hindi, Burmese or Arabic (Unicode Standard Annex 29,
https://www.unicode.org/reports/tr29/).
"""

import re
import unicodedata
from itertools import groupby
from typing import Final


def _marks() -> str:
    """Return the vowel marks and accents that join the letter before, as the inside of a class."""
    codes = (c for c in range(0x300, 0x10000) if unicodedata.category(chr(c)) in {"Mn", "Mc"})
    runs = groupby(enumerate(codes), lambda pair: pair[1] - pair[0])
    ends = ([code for _, code in run] for _, run in runs)
    ranges = "".join(f"\\u{run[0]:04x}-\\u{run[-1]:04x}" for run in ends)
    return rf"{ranges}\u200c\u200d"


MARKS: Final = _marks()
"""All of them, as the inside of a class."""

WITHOUT_SPACES: Final = (
    r"\u0e00-\u0eff"  # Thai, Lao
    r"\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"  # Burmese
    r"\u1780-\u17ff"  # Khmer
    r"\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff"  # Japanese syllables, Bopomofo
    r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
)
"""The scripts without spaces between words, as the inside of a class."""

_LATIN: Final = re.compile(r"\d|[^\W\d_]+(?:['’\-][^\W\d_]+)*")  # noqa: RUF001 as it is typed
_BEYOND: Final = re.compile(f"[{MARKS}{WITHOUT_SPACES}]")
_CHARACTER: Final = re.compile(rf"(?=[^\W\d_])(?![{MARKS}])[{WITHOUT_SPACES}][{MARKS}]*")
_LETTER: Final = rf"(?:(?![{WITHOUT_SPACES}])[^\W\d_][{MARKS}]*)"
_WORD: Final = re.compile(rf"\d|{_LETTER}+(?:['’\-]{_LETTER}+)*")  # noqa: RUF001 as it is typed


def words(text: str) -> list[str]:
    """Return the words of a text as a voice says them, without those of scripts without spaces.

    Each digit is a word: "24/7" has three.
    """
    pattern = _WORD if _BEYOND.search(text) else _LATIN
    return pattern.findall(text)


def characters(text: str) -> list[str]:
    """Return the characters of scripts without spaces in a text, each with its marks."""
    return _CHARACTER.findall(text) if _BEYOND.search(text) else []


def is_right_to_left(text: str) -> bool:
    """Return whether a text begins with a letter of a script that is written to the left."""
    strong = (unicodedata.bidirectional(c) for c in text)
    return next((kind in {"R", "AL"} for kind in strong if kind in {"L", "R", "AL"}), False)
