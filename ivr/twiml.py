"""From a turn to TwiML, the carrier's XML: the one door to the carrier's verbs.

Where there is a fresh clip of some words it is played, else the carrier's voice says them.

What must be heard stands before `<Gather>`, where no key cuts it short; all else stands inside it
(Twilio: a key pressed during nested audio stops it). Pauses are SSML breaks, since not every
carrier takes `<Pause>` inside `<Gather>`.
"""

from functools import lru_cache

from twilio.twiml.voice_response import Dial as DialVerb
from twilio.twiml.voice_response import Gather, Play, Say, VoiceResponse

from ivr.dialog.saying import RING_SECONDS
from ivr.dialog.turn import Dial, HangUp, Listen, Spoken, Turn
from ivr.dialog.wording import PAUSE, destination_name, spoken_number
from ivr.script.model import Script
from ivr.script.nodes import Transfer

CONTENT_TYPE = "text/xml; charset=utf-8"

PAUSE_MS, SLOW_PAUSE_MS = 500, 800
"""The length of "…" in a prompt; between options 0.5 to 1 s (human-factors.md, 1.5)."""

BETWEEN_MS, SLOW_BETWEEN_MS = 600, 1000
SLOW_RATE = "80%"
"""Slow speech is at 85 % of the usual rate or less (human-factors.md, R6)."""


@lru_cache(maxsize=8192)
def render(
    script: Script, turn: Turn, root: str, caller_id: str | None, clips: tuple[str, ...] = ()
) -> bytes:
    """Return the TwiML of a turn.

    `root` is the path below which places are found, as "/voice/"; `caller_id` the line's own
    number, E.164, shown to whom is dialled; `clips` the URLs of what is said, `must` then `may`,
    "" for what the carrier's voice says, or none at all. Raises ValueError for a number that the
    script does not have: only its numbers are ever dialled (DESIGN, rule 7).
    """
    response = VoiceResponse()
    said = turn.must + turn.may
    heard = [_heard(script, *one) for one in zip(said, clips or ("",) * len(said), strict=True)]
    for verb in heard[: len(turn.must)]:
        response.append(verb)
    action = root + turn.place.url()
    match turn.then:
        case Listen() as listen:
            response.append(_gather(script, turn, listen, action, heard[len(turn.must) :]))
            # Where actionOnEmptyResult is not known, silence falls through to this.
            response.redirect(action, method="POST")
        case Dial(number, timeout):
            response.append(_dial(script, number, timeout, action, caller_id))
        case HangUp():
            response.hangup()
    return str(response).encode()


def lifeboat(script: Script, caller_id: str | None = None) -> bytes:
    """Return the fixed document for when all else failed (DESIGN, rule 1), in every language.

    It says to dial 911 in danger, says the hotline's number and connects to it. It names no URL
    of ours, and never dials 911.
    """
    person = script.graph.nodes[script.graph.person]
    if not isinstance(person, Transfer):
        raise TypeError("the script's person is no transfer")
    number = script.line.destinations[person.destination].number or ""
    response = VoiceResponse()
    for language in script.line.languages:
        text = script.text(language, "lifeboat").format_map(
            {
                "name": destination_name(script, language, script.graph.person),
                "number": spoken_number(number),
                "agency": script.line.agency.name[language],
            }
        )
        said = Spoken(language, text.replace("911", spoken_number("911")), "lifeboat")
        response.append(_say(script, said))
    dial = DialVerb(timeout=RING_SECONDS, caller_id=caller_id)
    dial.number(number)
    response.append(dial)
    # The call failed or has ended: the number once more, then the carrier ends the call.
    for language in script.line.languages:
        response.append(
            _say(script, Spoken(language, spoken_number(number), "lifeboat", slow=True))
        )
    return str(response).encode()


def _gather(
    script: Script, turn: Turn, listen: Listen, action: str, heard: list[Say | Play]
) -> Gather:
    """Take one key or some words; every key arrives, `*` and `#` too (finishOnKey="")."""
    speech = script.line.languages[turn.place.language].speech
    words = {"hints": ",".join(listen.hints), "language": speech, "speech_timeout": "auto"}
    gather = Gather(
        input="dtmf speech" if listen.hints else "dtmf",
        num_digits=1,
        finish_on_key="",
        timeout=listen.timeout,
        action=action,
        method="POST",
        action_on_empty_result=True,
        **(words if listen.hints else {}),
    )
    for verb in heard:
        gather.append(verb)
    return gather


def _dial(
    script: Script, number: str, timeout: int, action: str, caller_id: str | None
) -> DialVerb:
    if number not in script.numbers:
        raise ValueError("the script does not have this number")
    dial = DialVerb(action=action, method="POST", timeout=timeout, caller_id=caller_id)
    dial.number(number)
    return dial


def _heard(script: Script, words: Spoken, clip: str) -> Say | Play:
    """Return the verb that lets words be heard. A clip holds the silence around it."""
    return Play(clip) if clip else _say(script, words)


def _say(script: Script, words: Spoken) -> Say:
    voice = script.line.languages[words.language]
    say = Say(voice=voice.voice, language=voice.speech)
    within = say.prosody(rate=SLOW_RATE) if words.slow else say
    pieces = [piece.strip() for piece in words.text.split(PAUSE)]
    pause = SLOW_PAUSE_MS if words.slow else PAUSE_MS
    for i, piece in enumerate(pieces):
        if i:
            within.break_(time=f"{pause}ms")
        if piece:
            within.append(piece)
    within.break_(time=f"{SLOW_BETWEEN_MS if words.slow else BETWEEN_MS}ms")
    return say
