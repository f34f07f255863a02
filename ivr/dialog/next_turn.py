"""What happens next: from a place and an event to the next place and its turn."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ivr.dialog.build_turn import help_turn, turn
from ivr.dialog.context import ANY_DUTY, Context, Next
from ivr.dialog.events import (
    DialEnded,
    Event,
    Key,
    PlaybackFailed,
    RecordingEnded,
    RecordingFailed,
    Silence,
    Speech,
    TextEnded,
)
from ivr.dialog.nodes import kind_at
from ivr.dialog.nodes.transfer import ask_if_reached, is_reached_answer
from ivr.dialog.place import DIALLING, MAX_TRIES, Place
from ivr.dialog.speech_match import is_doubtful, understand
from ivr.dialog.turn import Dial, Fact, SendText, Turn
from ivr.dialog.universals import after_silence, emergency, person, ring_unasked, universal
from ivr.schedule.duty import Duty
from ivr.script.model import Script

NOMATCH = "?"
"""What stands for keys and words that mean nothing at a place (VoiceXML's nomatch)."""

HANGUP = "hangup"
"""The key that stands for a caller who ends a recording by hanging up."""


def answer(script: Script, moment: dt.datetime, *, texts: bool = False) -> Turn:
    """Return the first turn of a call: hang up and dial 911 if in danger, then the language.

    `texts` says whether the caller's telephone can be sent a text message.
    """
    offered = texts and script.graph.text is not None and script.line.text_me
    place = Place(script.line.default_language, script.graph.start, texts=offered)
    return turn(script, place).with_facts((Fact("answer", place.node, "", moment),))


def reply(
    script: Script, place: Place, event: Event, moment: dt.datetime, duty: Duty | None = None
) -> Turn:
    """Return the next turn: what the line does about an event at a place.

    The place must be valid in the script, as `read_place` makes sure. The same arguments give the
    same turn. `moment` timestamps the facts, and selects the duty unless `duty` is given.
    Announcements are only included if `duty` is given.
    """
    context: Context[Any] = Context(script, place)
    key, detail = _key(context, event)
    if key == "#" and place.repeated and place.phase not in DIALLING:
        following = Next(place.reset_attempts()._replace(no_language=False))
        new = help_turn(script, following.place, duty or ANY_DUTY)
    else:
        following = _following(context, event, key, moment)
        new = _turn(script, following, moment, duty)
    what = "nomatch" if following.nomatch or key == NOMATCH else _FACT_KINDS[type(event)]
    if is_reached_answer(place, key):
        what = "reached"
    facts = [Fact(what, place.node, key if what == "reached" else detail, moment)]
    left = _left(place, event) if isinstance(event, RecordingEnded) else following.recordings
    facts += [Fact(kind, place.node, recording, moment) for kind, recording in left]
    if isinstance(new.verb, Dial):
        facts.append(Fact("dial", new.place.node, "", moment))
    return new.with_facts(tuple(facts))


def _turn(script: Script, following: Next, moment: dt.datetime, duty: Duty | None) -> Turn:
    """Return the turn at the next place, with the message to be played or the text to be sent."""
    place = following.place
    kind = kind_at(script, place)
    if kind.depends_on_duty:
        duty = duty or script.schedule.duty(moment)
        place = kind.arrive(Context(script, place, duty), moment)
    new = turn(script, place, following.cues, duty or ANY_DUTY)
    if following.text:
        return replace(new, must=(), may=(), verb=SendText(following.text))
    return replace(new, sound=following.sound) if following.sound else new


def _key(context: Context[Any], event: Event) -> tuple[str, str]:
    """Return the key that an event stands for ("" for none), and the detail of its fact."""
    match event:
        case Key(keys):
            return (keys, keys) if len(keys) == 1 and keys in "0123456789*#" else (NOMATCH, "")
        case Speech(words, confidence):
            key = understand(context.script, context.place, words, confidence)
            return (key or NOMATCH, key or "")
        case DialEnded(status=status) | TextEnded(status=status):
            return "", status
        case Silence() | RecordingEnded() | RecordingFailed() | PlaybackFailed():
            return "", ""


_FACT_KINDS: Mapping[type[Event], str] = {
    Silence: "noinput",
    DialEnded: "outcome",
    Speech: "speech",
    Key: "key",
    RecordingEnded: "recorded",
    RecordingFailed: "unrecorded",
    PlaybackFailed: "unheard",
    TextEnded: "text",
}


def _left(place: Place, event: RecordingEnded) -> tuple[tuple[str, str], ...]:
    """Return the facts about a recorded message, which stays even if the script has changed."""
    if not event.seconds:
        return ()
    replaced = (("deleted", place.recording),) if place.recording else ()
    kept_by_hangup = (("kept", event.recording),) if event.key == HANGUP else ()
    return (*replaced, ("left", event.recording), *kept_by_hangup)


def _following(context: Context[Any], event: Event, key: str, moment: dt.datetime) -> Next:
    """Return where an event leads, by what the line was doing: dialling, recording or listening."""
    kind = kind_at(context.script, context.place)
    if isinstance(event, DialEnded) or context.place.phase in DIALLING:
        status = event.status if isinstance(event, DialEnded) else ""
        return ask_if_reached(context, event, kind.dial_ended(context, status, moment))
    match event:
        case TextEnded(status):
            return kind.text_ended(context, status)
        case RecordingEnded(_, seconds, "0" | "9" as ended_by) if seconds:
            return person(context) if ended_by == "0" else emergency(context)
        case RecordingEnded() | RecordingFailed() | PlaybackFailed():
            return kind.recording_ended(context, event)
        case Silence() if context.place.phase == "record":
            return kind.recording_ended(context, event)
        case Silence():
            return kind.silence(context) or _escalate(context, "noinput")
        case Key() | Speech():
            return _pressed(context, event, key)


def _pressed(context: Context[Any], event: Key | Speech, key: str) -> Next:
    """Return where a key leads, or words that stand for one.

    The node is asked first, then the keys that work everywhere; all others are wrong keys.
    """
    script, place = context.script, context.place
    kind = kind_at(script, place)
    # Any key but 0 that leads somewhere settles the language.
    sure = Context(script, place._replace(no_language=False)) if place.no_language else context
    following = kind.key(sure, key)
    if following is None and (key != "8" or kind.offers_texts):
        following = universal(context if key == "0" else sure, key)
    if following is None and isinstance(event, Speech):
        clear = not is_doubtful(event.confidence)
        following = kind.unmatched(context, clear) or _listen_again(context, clear=clear)
        return following._replace(nomatch=True)
    if following is None:
        return _escalate(context, "nomatch")._replace(nomatch=True)
    if isinstance(event, Speech) and following.place.node == script.graph.emergency != place.node:
        # Asked for in words, 911 takes a key or a yes (docs/architecture.md, rule 6).
        asked = "asked" if script.line.emergency.bridge else ""
        return following._replace(place=sure.divert(script.graph.emergency, asked))
    return following


def _listen_again(context: Context[Any], *, clear: bool) -> Next:
    """Stay, after words that mean nothing here: talk in the room must never ring anybody.

    It counts as the first silence at most, so that no more is said than then. Words that were clear
    are answered with a kind message; doubtful ones may be a television's.
    """
    tries = max(context.place.tries, 1)
    place = context.place._replace(tries=tries, repeated=False, first=False)
    return Next(place, context.cues("nomatch.1") if clear else ())


def _escalate(context: Context[Any], kind: str) -> Next:
    """Say two kind messages, then ring the hotline, once; then say the numbers (rule 4)."""
    place, script = context.place, context.script
    if place.tries < MAX_TRIES:
        tried = place._replace(tries=place.tries + 1, repeated=False, first=False)
        return Next(tried, context.cues(f"{kind}.{tried.tries}"))
    if kind == "noinput":
        return after_silence(context)
    following = ring_unasked(context)
    rings = following.place.node != script.graph.goodbye
    return following._replace(cues=context.cues("nomatch.3") if rings else ())
