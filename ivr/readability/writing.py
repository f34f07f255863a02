"""Words and characters of any script, by Unicode, as a voice says them.

Scripts such as Chinese, Thai or Khmer put no spaces between words, so their characters are counted.
A vowel mark belongs to its letter, as in Hindi, Burmese or Arabic (Unicode Standard Annex 29,
https://www.unicode.org/reports/tr29/).
"""

import re
import unicodedata
from functools import cache
from itertools import groupby
from typing import Final

_WITHOUT_SPACES: Final = (
    r"\u0e00-\u0eff"  # Thai, Lao
    r"\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"  # Burmese
    r"\u1780-\u17ff"  # Khmer
    r"\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff"  # Japanese syllables, Bopomofo
    r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
)
"""The scripts without spaces between words, as the inside of a class."""

_LATIN: Final = re.compile(r"\d|[^\W\d_]+(?:['’\-][^\W\d_]+)*")  # noqa: RUF001 as it is typed
_BEYOND: Final = re.compile(r"[^\x00-\u02ff\u2000-\u200b\u200e-\u20cf\u2100-\u2bff]")
"""Beyond Latin letters, punctuation and symbols: what may be a mark, or of a script without spaces.
Only then the patterns for these are needed, which take long to make.
"""


def words(text: str) -> list[str]:
    """Return the words of a text as a voice says them, without those of scripts without spaces.

    Each digit is a word: "24/7" has three.
    """
    pattern = _patterns()[0] if _BEYOND.search(text) else _LATIN
    return pattern.findall(text)


def characters(text: str) -> list[str]:
    """Return the characters of scripts without spaces in a text, each with its marks."""
    return _patterns()[1].findall(text) if _BEYOND.search(text) else []


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of a word of any script, and of a character of those without spaces."""
    marks = _marks()
    letter = rf"(?:(?![{_WITHOUT_SPACES}])[^\W\d_][{marks}]*)"
    word = re.compile(rf"\d|{letter}+(?:['’\-]{letter}+)*")  # noqa: RUF001 as it is typed
    return word, re.compile(rf"(?=[^\W\d_])(?![{marks}])[{_WITHOUT_SPACES}][{marks}]*")


def _marks() -> str:
    """Return the vowel marks and accents that join the letter before, as the inside of a class."""
    codes = (c for c in range(0x300, 0x10000) if unicodedata.category(chr(c)) in {"Mn", "Mc"})
    runs = groupby(enumerate(codes), lambda pair: pair[1] - pair[0])
    ends = ([code for _, code in run] for _, run in runs)
    ranges = "".join(f"\\u{run[0]:04x}-\\u{run[-1]:04x}" for run in ends)
    return rf"{ranges}\u200c\u200d"


def is_right_to_left(text: str) -> bool:
    """Return whether a text begins with a letter of a script that is written to the left."""
    strong = (unicodedata.bidirectional(c) for c in text)
    return next((kind in {"R", "AL"} for kind in strong if kind in {"L", "R", "AL"}), False)
