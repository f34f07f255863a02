"""The type of a text that callers hear: words alone, with nothing that no voice can say."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator

_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|&(?:#\d+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_PICTURE = re.compile("[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff]+")
"""Emoji, arrows and other pictures."""

_MARKS = re.compile(
    r"\{\{\s*\w*\s*\}?\}?|\}\}|\$\{\w*\}?|%\(\w+\)[sd]|%(?:\d+\$)?[sd](?!\w)|<%|\[\[\w*\]?\]?"
)
"""Marks of other programs for what is filled in: {{agency}}, ${agency}, %s, %(agency)s, %1$s."""

_REFUSED = {
    _MARKUP: '"%s" is markup, which would be read out; write words alone: the line adds the pauses'
    " itself",
    _PICTURE: 'the text has "%s", which a voice reads out or leaves out; write the text without it',
    _MARKS: '"%s" would be read out as it stands; write words, or a blank that the line fills, as'
    " {number}",
}
"""What no voice can say → what is wrong, and the remedy."""

_LINE_ENDS = frozenset("\n\r\t")


def spoken(text: str) -> str:
    """Return a text that can be said. Raises ValueError, with a remedy, for any other."""
    _refuse_marks(text)
    for run in _NOT_ASCII.findall(text):
        if meant := _meant(run):
            raise ValueError(
                f'"{run}" is "{meant}" in a wrong encoding; write "{meant}", and save the file as'
                " UTF-8"
            )
    if text.isprintable() and "\ufffd" not in text:
        return text
    for character in text:  # a control character, one without a meaning, or a lost one
        is_lost = (
            unicodedata.category(character) in {"Cc", "Co", "Cs", "Cn"} or character == "\ufffd"
        )
        if is_lost and character not in _LINE_ENDS:
            raise ValueError(
                f"the text has the character U+{ord(character):04X}, which no voice can say;"
                " write the text again without it"
            )
    return text


def _refuse_marks(text: str) -> None:
    """Raise ValueError for a text without words, and for signs that are read out or left out."""
    for pattern, mistake in _REFUSED.items():
        if match := pattern.search(text):
            raise ValueError(mistake % match[0])
    if not any(map(str.isalnum, text)):
        raise ValueError(f'"{text}" has no word that a voice can say; write some words')


def _meant(run: str) -> str:
    """Return what a run of letters was before it was read as Windows-1252; empty if it was not.

    Two letters of real text are hardly ever the bytes of one letter in UTF-8.
    """
    for encoding in ("cp1252", "latin-1"):
        try:
            return run.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return ""


SpokenText = Annotated[str, AfterValidator(spoken)]
"""Words for callers. A document with a control character in it is refused by the carrier."""
