"""Words as an assistant's voice is given them: SSML for Alexa, plain sentences for others."""

import re
from collections.abc import Iterable
from html import escape

from ivr.dialog.prompts import PAUSE
from ivr.dialog.turn import Spoken

PAUSE_MS, SLOW_PAUSE_MS = 400, 700
"""Milliseconds of a pause within words, at normal and at slow pace."""

BETWEEN_MS = 500
"""Milliseconds between two prompts."""

SLOW_RATE = "80%"
"""How fast slow speech is, as SSML has it."""

MOST_CHARACTERS = 8000
"""Characters of the longest speech that Alexa takes
(https://developer.amazon.com/docs/alexa/custom-skills/request-and-response-json-reference.html)."""


def ssml(words: Iterable[Spoken]) -> str:
    """Return words as an SSML document for Alexa."""
    gap = f'<break time="{BETWEEN_MS}ms"/>'
    return f"<speak>{gap.join(map(_marked_up, words))}</speak>"


def plain(words: Iterable[Spoken]) -> str:
    """Return words as sentences without markup: a comma or the end of a sentence is a pause."""
    text = " ".join(one.text for one in words)
    text = re.sub(rf"(?<=[.?!:,])\s*{PAUSE}\s*", " ", text)
    return re.sub(rf"\s*{PAUSE}\s*", ", ", text).strip(" ,")


def _marked_up(spoken: Spoken) -> str:
    pause = SLOW_PAUSE_MS if spoken.slow else PAUSE_MS
    text = re.sub(
        rf"\s*{PAUSE}\s*", f' <break time="{pause}ms"/> ', escape(spoken.text, quote=False)
    ).strip()
    return f'<prosody rate="{SLOW_RATE}">{text}</prosody>' if spoken.slow else text
