"""Spellings that can be compared, and counts in words."""

import unicodedata


def without_accents(text: str) -> str:
    """Return a text without combining marks: "¿Español?" becomes "¿Espanol?"."""
    if text.isascii():  # most texts, in a fiftieth of the time
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def count_of(count: int, noun: str) -> str:
    """Return a count with its noun: "1 error", "2 errors"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
