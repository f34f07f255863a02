"""TwiML of the recording menu: for the agency's own people, who lend the line their voice."""

from collections.abc import Sequence

from twilio.twiml.voice_response import Gather, VoiceResponse

from ivr.dialog.prompts import PAUSE
from ivr.script.model import Script

Sentence = tuple[str, str]
"""Language and words."""

LONGEST_SECONDS = 120
SILENCE_SECONDS = 5
WAIT_SECONDS = 15
PIN_SECONDS = 20


def ask(script: Script, sentences: Sequence[Sentence], action: str, play: str = "") -> bytes:
    """Return what says something (`play`: and then plays a file) and takes one key, `#` too."""
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
    """Return what says something and takes a PIN, ended by `#`."""
    gather = Gather(input="dtmf", finish_on_key="#", timeout=PIN_SECONDS, action=action)
    response = VoiceResponse()
    _say(gather, script, sentences)
    response.append(gather)
    response.hangup()
    return str(response).encode()


def record(script: Script, sentences: Sequence[Sentence], action: str) -> bytes:
    """Return what says something and records until `#` or silence."""
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
    response.redirect(action)  # nothing was said: Twilio goes on behind the verb
    return str(response).encode()


def tell(script: Script, sentences: Sequence[Sentence], then: str = "") -> bytes:
    """Return what says something and goes on at a URL; without one it hangs up."""
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
