"""How a caller leaves a message.

The caller hears that it is recorded, says yes by a key, and by another key whether it is safe to
call back. They say their number themselves: none is stored. A recorded message stays, even if the
caller hangs up, unless they delete it. Only keys are taken, since words would be part of the
message.
"""

from collections.abc import Iterator
from dataclasses import replace

from ivr.dialog.context import Context, Cue, Next
from ivr.dialog.events import Event, PlaybackFailed, RecordingEnded, RecordingFailed
from ivr.dialog.node_kind import NodeKind, Verb
from ivr.dialog.turn import Gather, Record, Spoken
from ivr.dialog.universals import back, ways_out
from ivr.script.nodes import Voicemail

LONGEST_SECONDS = 180
"""The longest message."""

SILENCE_SECONDS, SLOW_SILENCE_SECONDS = 10, 20
"""Seconds of silence after which a message has ended, at normal and at slow pace: a relay operator
waits while the caller types (docs/relay.md)."""

BEGIN_SECONDS = 1
"""Seconds before the tone, in which a key still counts."""

_WITH_RECORDING = frozenset({"begin", "record", "review"})
"""The phases in which there may be a message: in the first two, one that is replaced."""

_REVIEW = {
    "1": "voicemail.keep",
    "2": "voicemail.urgent",
    "3": "voicemail.hear",
    "4": "voicemail.again",
    "5": "voicemail.delete",
}


class VoicemailKind(NodeKind[Voicemail]):
    phases = _WITH_RECORDING | {"", "safe"}
    recording_phases = _WITH_RECORDING

    def is_valid(self, context: Context[Voicemail]) -> bool:
        return context.place.phase != "review" or bool(context.place.recording)

    def may(self, context: Context[Voicemail]) -> Iterator[Spoken]:
        match context.place.phase:
            case "safe":
                yield context.spoken("voicemail.safe")
                yield context.choice("voicemail.safe-yes", "1")
                yield context.choice("voicemail.safe-no", "2")
            case "begin":
                is_safe = context.place.safe
                yield context.spoken("voicemail.begin" if is_safe else "voicemail.begin-only")
                yield context.choice("voicemail.start", "1")
            case "review":
                if not context.place.tries:
                    yield context.spoken("voicemail.done")
                for key, task in _REVIEW.items():
                    yield context.choice(task, key)
                yield context.choice("to.back", "*")  # with five choices, there is no time for more
                return
            case _:
                if not context.place.tries:
                    yield from map(context.spoken, context.node.say)
                    settings = context.script.line.voicemail
                    days = str(settings.keep_days) if settings else ""
                    yield context.spoken("voicemail.recorded", days=days)
                yield context.choice("voicemail.record", "1")
        yield from ways_out(context)

    def verb(self, context: Context[Voicemail]) -> Verb:
        match context.place.phase:
            case "record":
                slow = context.place.slow
                return Record(LONGEST_SECONDS, SLOW_SILENCE_SECONDS if slow else SILENCE_SECONDS)
            case "begin":
                return Gather(BEGIN_SECONDS)
            case _:
                return super().verb(context)

    def key(self, context: Context[Voicemail], key: str) -> Next | None:
        place = context.place.reset_attempts()
        match place.phase, key:
            case "", "1":
                return Next(place._replace(phase="safe"))
            case "safe", "1" | "2":
                return Next(place._replace(phase="begin", safe=key == "1"))
            case "begin", "1":
                return _record(context)
            case "review", _:
                return _review(context, key)
            case _:
                return None

    def silence(self, context: Context[Voicemail]) -> Next | None:
        return _record(context) if context.place.phase == "begin" else None

    def recording_ended(self, context: Context[Voicemail], event: Event) -> Next:
        """Let the caller review the message. If nothing was recorded, an earlier message stays."""
        place = context.place.reset_attempts()
        match event:
            case PlaybackFailed():
                return Next(place, (Cue("voicemail.unheard"),))
            case RecordingFailed():
                return _lead_on(context)
            case RecordingEnded(recording, seconds) if seconds:
                return Next(place._replace(phase="review", recording=recording))
            case _:
                phase = "review" if place.recording else ""
                return Next(place._replace(phase=phase), (Cue("voicemail.empty"),))

    def grammar(self, _: Context[Voicemail]) -> None:
        """Take keys alone: words would be part of the message."""


def _review(context: Context[Voicemail], key: str) -> Next | None:
    """Keep (1), mark as urgent (2), play (3), replace (4) or delete (5) the message."""
    place = context.place.reset_attempts()
    home = context.go(context.script.graph.home)
    match key:
        case "1":
            cue = Cue("voicemail.kept", must=True)
            return Next(home, (cue,), recordings=(("kept", place.recording),))
        case "2":
            cue = Cue("voicemail.kept-urgent", must=True)
            return Next(home, (cue,), recordings=(("urgent", place.recording),))
        case "3":
            return Next(place, sound=place.recording)
        case "4":
            return Next(place._replace(phase="begin"))
        case "5":
            cue = Cue("voicemail.deleted", must=True)
            deleted = (("deleted", place.recording),)
            return Next(place._replace(phase="", recording=""), (cue,), recordings=deleted)
        case "*":
            origin, cues = back(context)
            return Next(origin, (Cue("voicemail.kept", must=True), *cues))
        case _:
            return None


def _record(context: Context[Voicemail]) -> Next:
    return Next(context.place.reset_attempts()._replace(phase="record"))


def _lead_on(context: Context[Voicemail]) -> Next:
    """Offer the hotline, since no message can be left now; one that was left before is kept."""
    earlier = (Cue("voicemail.kept", must=True),) if context.place.recording else ()
    rest = replace(context, place=context.place.at_rest())
    hotline = rest.divert(context.script.graph.person)
    return Next(hotline, (Cue("voicemail.limited", must=True), *earlier))
