"""TwiML of a call back: the carrier rings an operator's telephone first, then the caller.

The caller sees the line's number, never the operator's (Twilio, Dial: callerId).
"""

from twilio.twiml.voice_response import Dial, Hangup

from ivr.dialog.place import Place
from ivr.dialog.prompts import PAUSE, spoken
from ivr.script.carriers import DIALECTS
from ivr.script.model import Script
from ivr.twiml.voice import TAKES, WHISPER_SECONDS, document, one_key

RING_SECONDS = 30
"""Seconds for which each of the two telephones rings."""


def ask(script: Script, action: str) -> bytes:
    """Return TwiML that asks whoever has answered to press 1, so that no voicemail box talks.

    `action` is the whole URL that is told the key. Without one the carrier hangs up.
    """
    language = script.line.default_language
    voice = script.line.languages[language]
    words = spoken(script, Place(language, script.graph.home), "oncall.whisper")
    gather = one_key(WHISPER_SECONDS, action)
    gather.say(
        words.text.replace(PAUSE, ""),
        voice=DIALECTS[script.line.carrier].voice(voice.voice),
        language=voice.speech,
    )
    return document(gather, Hangup())


def connect(script: Script, number: str | None, keys: str) -> bytes:
    """Return TwiML that rings the caller if 1 was pressed, showing the line's number.

    `number` is None if the call back has expired. The talk lasts as long as one with the agency's
    people may.
    """
    own = script.line.agency.number
    if not (number and keys == TAKES and own):
        return document(Hangup())
    seconds = script.line.limits.talk_minutes * 60
    dial = Dial(caller_id=own, timeout=RING_SECONDS, time_limit=seconds)
    dial.number(number)
    return document(dial, Hangup())
