"""TwiML of the recording menu, in which the agency's own people record prompts."""

from collections.abc import Sequence

from twilio.twiml.voice_response import Gather, VoiceResponse

from ivr.dialog.prompts import PAUSE
from ivr.script.model import Script

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
    gather = Gather(
        input="dtmf", num_digits=1, finish_on_key="", timeout=WAIT_SECONDS, action=action
    )
    response = VoiceResponse()
    if play:
        response.play(play)
    _say(gather, script, sentences)
    response.append(gather)
    response.hangup()
    return str(response).encode()


def ask_pin(script: Script, sentences: Sequence[Sentence], action: str) -> bytes:
    """Return TwiML that says sentences and takes a PIN, which `#` ends."""
    gather = Gather(input="dtmf", finish_on_key="#", timeout=PIN_SECONDS, action=action)
    response = VoiceResponse()
    _say(gather, script, sentences)
    response.append(gather)
    response.hangup()
    return str(response).encode()


def record(script: Script, sentences: Sequence[Sentence], action: str) -> bytes:
    """Return TwiML that says sentences and records until `#` or silence."""
    response = VoiceResponse()
    _say(response, script, sentences)
    response.record(
        action=action,
        finish_on_key="#",
        max_length=LONGEST_SECONDS,
        timeout=SILENCE_SECONDS,
        play_beep=True,
        trim="trim-silence",
    )
    response.redirect(action)  # Twilio: an empty recording falls through to the next verb
    return str(response).encode()


def tell(script: Script, sentences: Sequence[Sentence], then: str = "") -> bytes:
    """Return TwiML that says sentences and continues at the URL `then`, or else hangs up."""
    response = VoiceResponse()
    _say(response, script, sentences)
    if then:
        response.redirect(then)
    else:
        response.hangup()
    return str(response).encode()


def _say(verb: VoiceResponse | Gather, script: Script, sentences: Sequence[Sentence]) -> None:
    for language, text in sentences:
        voice = script.line.languages[language]
        spoken = text.replace(PAUSE, ", ")
        verb.say(spoken, voice=voice.voice, language=voice.speech)
