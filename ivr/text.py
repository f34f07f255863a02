"""Text without what two spellings of a word may differ in."""

import unicodedata


def without_accents(text: str) -> str:
    """Return a text without combining marks: "¿Español?" becomes "¿Espanol?"."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))
