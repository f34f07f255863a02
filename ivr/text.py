"""Text in a form in which different spellings of a word can be compared."""

import unicodedata


def without_accents(text: str) -> str:
    """Return a text without combining marks: "¿Español?" becomes "¿Espanol?"."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))
