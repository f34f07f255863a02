"""What counts as hearing something: words compared as an ear does, and whole phone numbers."""

import re
import unicodedata

NUMBER_DIGITS = 10
"""A phone number has this many digits or more; each is spoken on its own."""

_NUMBER = re.compile(rf"(?<!\S)\d(?: \d){{{NUMBER_DIGITS - 1},}}(?!\S)")
_APOSTROPHES = str.maketrans("", "", "'\u2019")


def plain(text: str) -> str:
    """Return words without case, accents, punctuation and odd space: what two ears agree on."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_APOSTROPHES))
    heard = (
        c if (kind := unicodedata.category(c)[0]) in "LN" else "" if kind == "M" else " "
        for c in letters
    )
    return " ".join("".join(heard).split())


def has_number(text: str) -> bool:
    """Tell whether a whole phone number is spoken, digit by digit, pauses between or not."""
    return _NUMBER.search(plain(text)) is not None
