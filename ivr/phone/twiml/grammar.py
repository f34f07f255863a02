"""The elements of TwiML: their attributes, the rules for the values, and what they may contain.

One table, from the carrier's reference (https://www.twilio.com/docs/voice/twiml, and the page of
each verb). Names are case sensitive.
"""

from dataclasses import dataclass, field

from ivr.phone.twiml import values as v
from ivr.phone.twiml.values import Rule

MAX_NUMBERS = 10
"""Numbers that can ring at once (Twilio)."""


@dataclass(frozen=True)
class Element:
    """The attributes that an element may have, those it needs, its children, and text."""

    attributes: dict[str, Rule] = field(default_factory=dict)
    children: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    has_text: bool = False


_TO = {"action": v.URL, "method": v.METHOD}
_RECORDING = {
    "trim": v.one_of("trim-silence", "do-not-trim"),
    "recordingStatusCallback": v.URL,
    "recordingStatusCallbackMethod": v.METHOD,
    "recordingStatusCallbackEvent": v.some_of("in-progress", "completed", "absent"),
}
_CALLED = {
    "url": v.URL,
    "method": v.METHOD,
    "statusCallback": v.URL,
    "statusCallbackMethod": v.METHOD,
    "statusCallbackEvent": v.some_of("initiated", "ringing", "answered", "completed"),
    "machineDetection": v.one_of("Enable", "DetectMessageEnd"),
    "machineDetectionTimeout": v.whole(3, 60),
    "machineDetectionSpeechThreshold": v.whole(1000, 6000),
    "machineDetectionSpeechEndThreshold": v.whole(500, 5000),
    "machineDetectionSilenceTimeout": v.whole(2000, 10000),
    "amdStatusCallback": v.URL,
    "amdStatusCallbackMethod": v.METHOD,
}
_RECORD_DIAL = (
    "true false do-not-record record-from-answer record-from-ringing record-from-answer-dual"
    " record-from-ringing-dual"
)
_SAY_AS = (
    "characters spell-out cardinal number ordinal digits fraction unit date time address expletive"
    " telephone currency verbatim"
)
"""The values of <Dial record> and of <say-as interpret-as>."""

_SSML = frozenset(
    ["break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"]
)
_INLINE = _SSML - {"p"}


def _spoken(children: frozenset[str], needs: str = "", **attributes: Rule) -> Element:
    named = {name.replace("_", "-"): rule for name, rule in attributes.items()}
    return Element(named, children, frozenset(needs.split()), has_text=True)


VERBS: dict[str, Element] = {
    "Say": Element(
        {"voice": v.SOMETHING, "language": v.SOMETHING, "loop": v.LOOP}, _SSML, has_text=True
    ),
    "Play": Element({"loop": v.LOOP, "digits": v.TONES}, has_text=True),
    "Pause": Element({"length": v.POSITIVE}),
    "Gather": Element(
        {
            **_TO,
            "input": v.one_of("dtmf", "speech", "dtmf speech"),
            "timeout": v.either(v.POSITIVE, v.one_of("auto")),
            "numDigits": v.POSITIVE,
            "finishOnKey": v.ONE_KEY_OR_NONE,
            "actionOnEmptyResult": v.BOOLEAN,
            "language": v.SOMETHING,
            "hints": v.HINTS,
            "speechTimeout": v.either(v.POSITIVE, v.one_of("auto")),
            "speechModel": v.SPEECH_MODEL,
            "enhanced": v.BOOLEAN,
            "profanityFilter": v.BOOLEAN,
            "partialResultCallback": v.URL,
            "partialResultCallbackMethod": v.METHOD,
        },
        frozenset({"Say", "Play", "Pause"}),
    ),
    "Dial": Element(
        {
            **_TO,
            **_RECORDING,
            "timeout": v.whole(5, 600),
            "timeLimit": v.whole(1, 86400),
            "callerId": v.CALLER_ID,
            "answerOnBridge": v.BOOLEAN,
            "hangupOnStar": v.BOOLEAN,
            "ringTone": v.COUNTRY,
            "sequential": v.BOOLEAN,
            "record": v.one_of(*_RECORD_DIAL.split()),
            "recordingTrack": v.one_of("inbound", "outbound", "both"),
            "referUrl": v.URL,
            "referMethod": v.METHOD,
            "callReason": v.matching("at most 50 characters", r".{1,50}"),
        },
        frozenset({"Number", "Sip"}),
        has_text=True,
    ),
    "Redirect": Element({"method": v.METHOD}, has_text=True),
    "Hangup": Element(),
    "Record": Element(
        {
            **_TO,
            **_RECORDING,
            "timeout": v.whole(0, 999_999),
            "finishOnKey": v.KEYS,
            "maxLength": v.whole(1, 86400),
            "playBeep": v.BOOLEAN,
            "transcribe": v.BOOLEAN,
            "transcribeCallback": v.URL,
        }
    ),
    "Reject": Element({"reason": v.one_of("rejected", "busy")}),
}
"""The elements that a Response may hold."""

ELEMENTS: dict[str, Element] = {
    "Response": Element(children=frozenset(VERBS)),
    **VERBS,
    "Number": Element({**_CALLED, "sendDigits": v.TONES, "byoc": v.SOMETHING}, has_text=True),
    "Sip": Element({**_CALLED, "username": v.ANY, "password": v.ANY}, has_text=True),
    "break": Element({"strength": v.STRENGTH, "time": v.BREAK_TIME}),
    "emphasis": _spoken(_INLINE - {"s"}, level=v.one_of("strong", "moderate", "reduced")),
    "lang": _spoken(_SSML, "xml:lang", **{"xml:lang": v.SOMETHING}),
    "p": _spoken(_INLINE),
    "s": _spoken(_INLINE - {"s"}),
    "phoneme": _spoken(
        frozenset(), "ph", alphabet=v.one_of("ipa", "x-sampa", "x-amazon-pinyin"), ph=v.SOMETHING
    ),
    "prosody": _spoken(_SSML, volume=v.VOLUME, rate=v.RATE, pitch=v.PITCH),
    "say-as": _spoken(
        frozenset(),
        "interpret-as",
        interpret_as=v.one_of(*_SAY_AS.split()),
        format=v.SOMETHING,
    ),
    "sub": _spoken(frozenset(), "alias", alias=v.SOMETHING),
    "w": _spoken(_INLINE - {"lang", "s", "w"}, "role", role=v.SOMETHING),
}
"""Every element by its name."""
