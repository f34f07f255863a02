"""Text made comparable: words without case, accents and punctuation, and spoken phone numbers."""

import re
import unicodedata

NUMBER_DIGITS = 10
"""The fewest digits of a whole phone number; each digit is spoken on its own."""

_NUMBER = re.compile(rf"(?<!\S)\d(?: \d){{{NUMBER_DIGITS - 1},}}(?!\S)")
_APOSTROPHES = str.maketrans("", "", "'\u2019")


def plain(text: str) -> str:
    """Return a text without case, accents, punctuation and extra space, to compare it."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_APOSTROPHES))
    characters = (
        c if (kind := unicodedata.category(c)[0]) in "LN" else "" if kind == "M" else " "
        for c in letters
    )
    return " ".join("".join(characters).split())


def has_number(text: str) -> bool:
    """Return whether a whole phone number is spoken, digit by digit, with or without pauses."""
    return _NUMBER.search(plain(text)) is not None
