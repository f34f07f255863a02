"""Turns rendered as TwiML, the carrier's XML.

If there is a fresh clip of some words, it is played; else the carrier's voice says them.

What must be heard goes before `<Gather>`, where no key cuts it short; everything else goes inside
it (Twilio: a key pressed during nested audio stops it). Pauses are SSML breaks, since not every
carrier takes `<Pause>` inside `<Gather>`.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

from twilio.twiml import TwiML
from twilio.twiml.voice_response import Dial as DialVerb
from twilio.twiml.voice_response import Gather as GatherVerb
from twilio.twiml.voice_response import Hangup, Play, Redirect, Say, VoiceResponse
from twilio.twiml.voice_response import Record as RecordVerb

from ivr.dialog.place import Place
from ivr.dialog.prompts import PAUSE, destination_name, spoken, spoken_number
from ivr.dialog.turn import RING_SECONDS, Dial, Gather, HangUp, Record, SendText, Spoken, Turn
from ivr.script.carriers import DIALECTS
from ivr.script.model import Script
from ivr.script.nodes import Agency

V = TypeVar("V", bound=TwiML)

CONTENT_TYPE = "text/xml; charset=utf-8"

PAUSE_MS, SLOW_PAUSE_MS = 500, 800
"""The length of "…" in a prompt; between options 0.5 to 1 s (docs/requirements.md)."""

BETWEEN_MS, SLOW_BETWEEN_MS = 600, 1000
TAKES, BLOCKS = "1", "5"
"""The keys with which the person on call takes a call, and blocks its caller."""

WHISPER_SECONDS, BLOCK_WHISPER_SECONDS = 5, 2
"""Seconds to wait for a key after the 5-second question, and after the 8-second one with a block.

Both take ten seconds in all, as the ladder of people on call counts on."""

SLOW_RATE = "80%"
"""Slow speech is at 85 % of the usual rate or less (docs/requirements.md, R6)."""


@dataclass(frozen=True, slots=True)
class Urls:
    """What the URLs of a turn are made of.

    `root` is the path below which places are found, as "/voice/"; `state` is added to the query of
    each URL; `caller` is the hash of the caller, by which the person on call can block them.
    """

    root: str
    state: str = ""
    caller: str = ""


def render(
    script: Script,
    turn: Turn,
    urls: Urls,
    caller_id: str | None,
    sound: str = "",
    clips: tuple[str, ...] = (),
) -> bytes:
    """Return the TwiML of a turn.

    `caller_id` is the line's own number (E.164), which the called person sees; `sound` the URL of
    the turn's sound; `clips` the URLs of all utterances, `must` then `may`: "" if the carrier's
    voice says one, or no URLs at all. Raises ValueError for a number that is not in the script,
    since only its numbers are dialled (docs/architecture.md, rule 7), for a text message, which no
    verb sends, and for words without a clip in a language that no voice speaks.
    """
    utterances = turn.must + turn.may
    verbs = [
        # A clip includes the silence around it.
        Play(clip) if clip else _say(script, words)
        for words, clip in zip(utterances, clips or ("",) * len(utterances), strict=True)
    ]
    must, may = verbs[: len(turn.must)], verbs[len(turn.must) :]
    action = with_query(urls.root + turn.place.url(), urls.state)
    # Silence falls through to it where actionOnEmptyResult is not known, and an empty recording.
    again = Redirect(action, method="POST")
    match turn.verb:
        case Gather() as gather:
            return document(*must, _gather(script, turn, gather, action, sound, may), again)
        case Dial() as dial:
            return document(*must, _dial(script, turn.place, dial, action, caller_id, urls))
        case Record() as record:
            return document(*must, _record(turn, record, action, urls), again)
        case SendText():
            raise ValueError("a text message is sent before a turn is answered")
        case HangUp():
            return document(*must, Hangup())


def document(*verbs: TwiML) -> bytes:
    """Return the document that consists of some verbs."""
    return str(with_verbs(VoiceResponse(), *verbs)).encode()


def with_verbs(outer: V, *verbs: TwiML) -> V:
    """Return a verb, or a document, after putting others into it."""
    for verb in verbs:
        outer.append(verb)
    return outer


def one_key(seconds: int, action: str, **more: Any) -> GatherVerb:  # noqa: ANN401 the verb's attributes
    """Return the verb that takes one key; every key arrives, `*` and `#` too (finishOnKey="")."""
    taken = {"input": "dtmf", "num_digits": 1, "finish_on_key": "", **more}
    return GatherVerb(timeout=seconds, action=action, **taken)


def lifeboat(script: Script, caller_id: str | None = None) -> bytes:
    """Return the fixed document for any failure (docs/architecture.md, rule 1).

    It says to dial 911 in danger, says the hotline's number and connects to it. It names no URL
    of ours, and never dials 911.
    """
    number = script.hotline.number or ""
    first, last = [], []
    for language in script.line.opening_languages:
        text = script.text(language, "lifeboat").format_map(
            {
                "name": destination_name(script, language, script.graph.person),
                "number": spoken_number(number),
                "agency": script.line.agency.name[language],
            }
        )
        text = text.replace("911", spoken_number("911"))
        first.append(_say(script, Spoken(language, text, "lifeboat")))
        words = Spoken(language, spoken_number(number), "lifeboat", slow=True)
        last.append(_say(script, words))
    dial = DialVerb(timeout=RING_SECONDS, caller_id=caller_id)
    dial.number(number)
    # The call failed or has ended: the number once more, then the carrier ends the call.
    return document(*first, dial, *last)


def _gather(
    script: Script, turn: Turn, gather: Gather, action: str, sound: str, verbs: list[Say | Play]
) -> GatherVerb:
    """Take one key or some words."""
    recognition = script.line.languages[turn.place.language].recognition
    dialect = DIALECTS[script.line.carrier]
    words = {
        "input": "dtmf speech",
        "hints": ",".join(gather.hints),
        "language": recognition,
        "speech_timeout": dialect.speech_timeout,
    }
    gather_verb = one_key(
        gather.timeout,
        action,
        method="POST",
        action_on_empty_result=True if dialect.empty_result else None,
        **(words if gather.hints else {}),
    )
    return with_verbs(gather_verb, *([Play(sound)] if sound else []), *verbs)


def _record(turn: Turn, record: Record, action: str, urls: Urls) -> RecordVerb:
    """Record until any key is pressed. The status callback reports it too, if a request is lost."""
    place = turn.place
    return RecordVerb(
        action=action,
        method="POST",
        max_length=record.longest,
        timeout=record.silence,
        finish_on_key="0123456789*#",
        play_beep=True,
        recording_status_callback=with_query(
            f"{urls.root}recorded/{place.language}/{int(place.safe)}", urls.state
        ),
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
    )


def whisper(
    script: Script, root: str, caller: str = "", language: str = "", number: str = ""
) -> bytes:
    """Return the TwiML for the person on call who has answered: press 1 to accept the call.

    If `caller`, the hash of the caller, is given, 5 blocks them for a day. `language` is the
    caller's, and `number` the one that was rung: who answers it hears the first of their own.

    Only that person hears it, not the caller. If nothing is pressed, as by a voicemail box, the
    line hangs up and rings the next person.
    """
    listener = _language_of(script, language, number)
    dialect = DIALECTS[script.line.carrier]
    gather = one_key(
        BLOCK_WHISPER_SECONDS if caller else WHISPER_SECONDS,
        with_query(f"{root}whisper/pressed", f"caller={caller}" if caller else ""),
        method="POST",
        action_on_empty_result=True if dialect.empty_result else None,
    )
    place = Place(listener, script.graph.home)
    gather.append(_say(script, spoken(script, place, "oncall.whisper")))
    entry = script.line.languages.get(language)
    called = entry.called.get(listener, "") if entry and language != listener else ""
    if called:
        gather.append(_say(script, spoken(script, place, "oncall.language", called=called)))
    if caller:
        gather.append(_say(script, spoken(script, place, "oncall.block")))
    return document(gather, Hangup())


def _language_of(script: Script, caller: str, number: str) -> str:
    """Return in which language whoever answers a number is spoken to: the caller's, if it can."""
    spoken_there, silent = script.line.spoken_by(number), script.line.recorded_languages
    theirs = [code for code in spoken_there if code in script.words and code not in silent]
    return next(iter(sorted(theirs, key=lambda c: c != caller)), script.line.default_language)


def pressed(keys: str) -> bytes:
    """Return the TwiML after the person on call pressed keys: 1 puts the caller through."""
    return document() if keys == TAKES else document(Hangup())


def _dial(
    script: Script, place: Place, dial: Dial, action: str, caller_id: str | None, urls: Urls
) -> DialVerb:
    """Ring numbers. A talk with the agency's people may last only so long."""
    if not script.numbers.issuperset(dial.numbers):
        raise ValueError("the script does not have this number")
    is_agency = isinstance(script.node(place.node), Agency)
    verb = DialVerb(
        action=action,
        method="POST",
        timeout=dial.timeout,
        time_limit=script.line.limits.talk_minutes * 60 if is_agency else None,
        caller_id=caller_id,
    )
    blocks = f"caller={urls.caller}&" if urls.caller else ""
    whisper = f"{urls.root}whisper?{blocks}language={place.language}" if dial.asked else None
    for number in dial.numbers:
        verb.number(number, url=whisper, method="POST" if whisper else None)
    return verb


def with_query(url: str, query: str) -> str:
    """Return a URL with something added to its query."""
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url


def say_in(script: Script, language: str, text: str = "") -> Say:
    """Return a verb with the voice of a language, by the carrier's own name for it."""
    voice = script.line.languages[language]
    name = DIALECTS[script.line.carrier].voice(voice.voice)
    return Say(text, voice=name, language=voice.speech)


def _say(script: Script, words: Spoken) -> Say:
    if script.line.languages[words.language].recorded:
        raise ValueError(f'no voice of the carrier speaks "{words.language}": play a clip')
    say = say_in(script, words.language)
    within = say.prosody(rate=SLOW_RATE) if words.slow else say
    pieces = [piece.strip() for piece in words.text.split(PAUSE)]
    pause = SLOW_PAUSE_MS if words.slow else PAUSE_MS
    for i, piece in enumerate(pieces):
        if i:
            within.break_(time=f"{pause}ms")
        if piece:
            within.append(f"{piece} ")  # the blank keeps words apart where breaks are ignored
    within.break_(time=f"{SLOW_BETWEEN_MS if words.slow else BETWEEN_MS}ms")
    return say
