"""The carrier's webhooks: a form in, TwiML out. Stateless: the place is in the URL.

No caller hears an error: whatever breaks, the answer is the lifeboat (DESIGN, rule 1).
"""

import datetime as dt
import logging
import time
from collections.abc import Callable, Hashable, Mapping

from flask import Blueprint, Response, abort, g, request
from werkzeug.exceptions import HTTPException

from ivr.dialog import (
    Dial,
    DialEnded,
    Event,
    Place,
    SendText,
    TextEnded,
    Turn,
    Unheard,
    answer,
    read_place,
    reply,
)
from ivr.script.model import Duty
from ivr.script.nodes import Agency, Menu, Text, Voicemail
from ivr.settings import Settings
from ivr.speech.clips import Clips
from ivr.twiml import voice as twiml
from ivr.web.auth import LOOPBACK_ADDRESSES
from ivr.web.voice.carrier_actions import CarrierActions
from ivr.web.voice.signature import checker
from ivr.web.voice.telemetry import CLOCK, REHEARSAL, CallTelemetry
from ivr.web.voice.webhook_form import event_of, own_number

log = logging.getLogger("ivr.voice")


class VoiceWebhooks:
    """The webhooks of one script. `/voice` starts a call; all else is found by following TwiML."""

    def __init__(
        self,
        settings: Settings,
        watch: CallTelemetry,
        clock: Callable[[], dt.datetime],
        duty: Callable[[dt.datetime], Duty | None],
        clips: Clips,
        errands: CarrierActions,
    ) -> None:
        self.script = script = errands.script
        self._clock = clock
        self._duty = duty
        self.clips = clips
        self.settings = settings
        self._watch = watch
        self._errands = errands
        self._errand_nodes = frozenset(
            name
            for name, node in script.graph.nodes.items()
            if isinstance(node, Agency | Voicemail | Text)
            or (isinstance(node, Menu) and node.alert)
        )
        self._is_signed = checker(settings.auth_tokens, settings.public_url, script.line.carrier)
        self._lifeboat = twiml.lifeboat(script, script.line.agency.number)

    def blueprint(self) -> Blueprint:
        """Return the routes. They are exact: the carrier drops Digits when it is redirected."""
        voice = Blueprint("voice", __name__)
        voice.before_request(self.only_the_carrier)
        voice.register_error_handler(Exception, self.on_error)
        both = ["GET", "POST"]
        # A number that was set up with GET is answered too; the rest of its call is POST.
        voice.add_url_rule("/voice", view_func=self.start, methods=both)
        voice.add_url_rule("/voice/", "start_slash", self.start, methods=both)
        voice.add_url_rule("/voice/status", view_func=self.status, methods=["POST"])
        voice.add_url_rule("/voice/lifeboat", "lifeboat", self.fallback, methods=both)
        voice.add_url_rule("/voice/whisper", view_func=self.whisper, methods=both)
        voice.add_url_rule("/voice/whisper/pressed", view_func=self.pressed, methods=both)
        recorded = "/voice/recorded/<language>/<int:safe>"
        voice.add_url_rule(recorded, view_func=self.recorded, methods=["POST"])
        voice.add_url_rule("/voice/sound/<seal>", "sound", self._errands.sound)
        voice.add_url_rule("/voice/<path:place>", view_func=self.turn, methods=["POST"])
        return voice

    def only_the_carrier(self) -> None:
        """Refuse what the carrier did not sign; in demo mode, what is not from this machine."""
        g.started = time.perf_counter()
        if request.endpoint in {"voice.lifeboat", "voice.sound"}:  # its address is signed by us
            return
        if self.settings.demo:
            if request.remote_addr not in LOOPBACK_ADDRESSES:
                abort(403, "the demo line answers this machine alone")
        elif not self._is_signed(request):
            self._watch.unsigned()
            abort(403, "this request does not bear the carrier's signature")
        elif request.values.get("Rehearsal"):  # `ivr twilio doctor` calls
            request.environ[REHEARSAL] = True

    def start(self) -> Response:
        """Answer "a call comes in"."""
        own, caller = own_number(self.script, request.values), request.values.get("From", "")
        texts = self._errands.can_text(caller, own, rehearsed=_is_rehearsed())
        return self._answered(None, self.first(self._now(), texts=texts))

    def turn(self, place: str) -> Response:
        """Answer what a caller did at a place."""
        event = event_of(request.form)
        return self._answered(*self.next(place, request.args, event, self._now()))

    def _now(self) -> dt.datetime:
        """Return what time it is: for a rehearsal, the time at which it is tried out."""
        tried = request.environ.get(CLOCK) if request.environ.get(REHEARSAL) else None
        return tried if isinstance(tried, dt.datetime) else self.now()

    def whisper(self) -> Response:
        """Ask who is on call, and has answered, whether they take the call."""
        body = twiml.whisper(self.script, self.settings.voice_root)
        return Response(body, content_type=twiml.CONTENT_TYPE)

    def pressed(self) -> Response:
        """Put the caller through to who pressed 1; hang up on who did not."""
        keys = request.values.get("Digits", "")
        body = twiml.pressed(keys)
        if keys == twiml.TAKES:
            self._watch.taken()
        return Response(body, content_type=twiml.CONTENT_TYPE)

    def status(self) -> Response:
        """Take a status callback; no TwiML is wanted (Twilio: 204 is a good answer)."""
        self._watch.status()
        return Response(status=204)

    def recorded(self, language: str, safe: int) -> Response:
        """Take it that a recording is there, or came to nothing; no TwiML is wanted."""
        self._watch.recorded(language, safe=bool(safe))
        return Response(status=204)

    def fallback(self) -> Response:
        """Serve the carrier's fallback URL: fixed and public, so that no lost token can stop it."""
        if not self.settings.demo and self._is_signed(request):  # others may only look at it
            self._watch.lifeboat("the carrier asked for its fallback")
        return self.lifeboat()

    def lifeboat(self) -> Response:
        """Return the fixed document for when all else failed."""
        return Response(self._lifeboat, content_type=twiml.CONTENT_TYPE)

    def on_error(self, error: Exception) -> Response | HTTPException:
        """Turn any failure into the lifeboat; a refusal stays what it is."""
        if isinstance(error, HTTPException):
            return error
        log.error("lifeboat served", exc_info=error)
        self._watch.lifeboat(type(error).__name__)
        return self.lifeboat()

    def _answered(self, here: Place | None, turn: Turn) -> Response:
        caller_id, root = own_number(self.script, request.values), self.settings.voice_root
        while True:
            sound = self._sound(turn)
            event = self._before(turn, caller_id, sound)
            if event is None:
                break
            self._watch.turn(here, turn)
            here, turn = turn.place, self._reply(turn.place, event, self._now())
        body = twiml.render(self.script, turn, root, caller_id, sound, self._clips(turn))
        self._watch.turn(here, turn)
        return Response(body, content_type=twiml.CONTENT_TYPE)

    def now(self) -> dt.datetime:
        """Return the moment by which answers are given."""
        return self._clock()

    def epoch(self, now: dt.datetime) -> Hashable:
        """Return what plain answers of a moment hang on, besides what is asked.

        As long as it is the same, so are they: hours begin with a minute, and who is there may
        change at any time.
        """
        return now.replace(second=0, microsecond=0), self._duty(now)

    def first(self, now: dt.datetime, *, texts: bool = False) -> Turn:
        """Return the first turn of a call; `texts`: whether the caller can be sent one."""
        return answer(self.script, now, texts=texts)

    def next(
        self, place: str, query: Mapping[str, str], event: Event, now: dt.datetime
    ) -> tuple[Place, Turn]:
        """Return where a call is, by its URL, and its next turn."""
        here = read_place(self.script, place, query)
        return here, self._reply(here, event, now)

    def plain(self, here: Place | None, turn: Turn, own: str | None) -> bytes | None:
        """Return a turn as TwiML, if it is one that nothing has to be done for first.

        None where somebody of the agency's own is rung or told, or a message or a text is on its
        way: that is not put off until behind the call. `own` is the line's own number.
        """
        nodes = {turn.place.node, here.node if here else ""}
        if (
            nodes & self._errand_nodes
            or turn.sound
            or (isinstance(turn.then, Dial) and own is None)
        ):
            return None
        root, clips = self.settings.voice_root, self._clips(turn)
        return twiml.render(self.script, turn, root, own, clips=clips)

    def _reply(self, here: Place, event: Event, now: dt.datetime) -> Turn:
        return reply(self.script, here, event, now, self._duty(now))

    def _sound(self, turn: Turn) -> str:
        root = self.settings.voice_root
        if not turn.sound:
            return ""
        return self._errands.sound_url(root, turn.sound, rehearsed=_is_rehearsed())

    def _before(self, turn: Turn, own: str | None, sound: str) -> Event | None:
        """Return what happens before a turn can be answered; None where it can."""
        if isinstance(turn.then, SendText):
            caller, body = request.values.get("From", ""), turn.then.body
            return TextEnded(self._errands.text(caller, own, body, rehearsed=_is_rehearsed()))
        if isinstance(turn.then, Dial) and own is None:
            # Dialled without one, the carrier would show the caller's own number (rule 8).
            log.error("no number to dial with: set agency.number in line.yaml")
            return DialEnded("failed")
        return Unheard() if turn.sound and not sound else None

    def _clips(self, turn: Turn) -> tuple[str, ...]:
        """Return the URL of a fresh clip for each of the words, "" where there is none now."""
        self.clips.refresh()
        names = map(self.clips.play, turn.must + turn.may)
        return tuple(name and self.settings.audio_root + name for name in names)


def _is_rehearsed() -> bool:
    return bool(request.environ.get(REHEARSAL))
