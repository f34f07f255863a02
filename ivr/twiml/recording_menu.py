"""TwiML of the recording menu, in which the agency's own people record prompts."""

from collections.abc import Iterator, Sequence

from twilio.twiml.voice_response import Gather, Hangup, Play, Record, Redirect, Say

from ivr.dialog.prompts import PAUSE
from ivr.script.model import Script
from ivr.twiml.voice import document, one_key, say_in, with_verbs

Sentence = tuple[str, str]
"""A sentence to say: its language, and its words."""

LONGEST_SECONDS = 120
"""The longest recording, in seconds."""

SILENCE_SECONDS = 5
"""Seconds of silence that end a recording."""

WAIT_SECONDS, PIN_SECONDS = 15, 20
"""Seconds to wait for a key, and for the next digit of the PIN."""


def ask(script: Script, sentences: Sequence[Sentence], action: str, play: str = "") -> bytes:
    """Return TwiML that plays a file, if given, says sentences, and takes one key (also `#`)."""
    gather = with_verbs(one_key(WAIT_SECONDS, action), *_says(script, sentences))
    return document(*([Play(play)] if play else []), gather, Hangup())


def ask_pin(script: Script, sentences: Sequence[Sentence], action: str) -> bytes:
    """Return TwiML that says sentences and takes a PIN, which `#` ends."""
    gather = Gather(input="dtmf", finish_on_key="#", timeout=PIN_SECONDS, action=action)
    return document(with_verbs(gather, *_says(script, sentences)), Hangup())


def record(script: Script, sentences: Sequence[Sentence], action: str) -> bytes:
    """Return TwiML that says sentences and records until `#` or silence."""
    verb = Record(
        action=action,
        finish_on_key="#",
        max_length=LONGEST_SECONDS,
        timeout=SILENCE_SECONDS,
        play_beep=True,
        trim="trim-silence",
    )
    # Twilio: an empty recording falls through to the next verb.
    return document(*_says(script, sentences), verb, Redirect(action))


def tell(script: Script, sentences: Sequence[Sentence], then: str = "") -> bytes:
    """Return TwiML that says sentences and continues at the URL `then`, or else hangs up."""
    return document(*_says(script, sentences), Redirect(then) if then else Hangup())


def _says(script: Script, sentences: Sequence[Sentence]) -> Iterator[Say]:
    for language, text in sentences:
        yield say_in(script, language, text.replace(PAUSE, ", "))
