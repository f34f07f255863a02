"""The carrier's webhooks: a form in, TwiML out. Stateless: the place is in the URL.

No caller hears an error: whatever breaks, the answer is the lifeboat (DESIGN, rule 1).
"""

import datetime as dt
import logging
import re
import time
from collections.abc import Mapping

from flask import Blueprint, Response, abort, g, request
from werkzeug.exceptions import HTTPException

from ivr import twiml
from ivr.dialog import Dial, DialEnded, Event, Key, Place, Silence, Speech, Turn, answer, reply
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.speech.clips import Clips
from ivr.web.signature import checker
from ivr.web.watch import Watch

log = logging.getLogger("ivr.voice")


class VoiceLine:
    """The webhooks of one script. `/voice` starts a call; all else is found by following TwiML."""

    def __init__(self, script: Script, settings: Settings, watch: Watch, clips: Clips) -> None:
        self.script = script
        self.clips = clips
        self.settings = settings
        self._watch = watch
        self._is_signed = checker(settings.auth_tokens, settings.public_url)
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
        voice.add_url_rule("/voice/<path:place>", view_func=self.turn, methods=["POST"])
        return voice

    def only_the_carrier(self) -> None:
        """Refuse what the carrier did not sign; in demo mode, what is not from this machine."""
        g.started = time.perf_counter()
        if request.endpoint == "voice.lifeboat":
            return
        if self.settings.demo:
            if request.remote_addr not in {"127.0.0.1", "::1"}:
                abort(403, "the demo line answers this machine alone")
        elif not self._is_signed(request):
            self._watch.unsigned()
            abort(403, "this request does not bear the carrier's signature")

    def start(self) -> Response:
        """Answer "a call comes in"."""
        return self._answered(None, answer(self.script, dt.datetime.now(dt.UTC)))

    def turn(self, place: str) -> Response:
        """Answer what a caller did at a place."""
        here = Place.read(self.script, place, request.args)
        now = dt.datetime.now(dt.UTC)
        return self._answered(here, reply(self.script, here, event_of(request.form), now))

    def status(self) -> Response:
        """Take a status callback; no TwiML is wanted (Twilio: 204 is a good answer)."""
        self._watch.status()
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
        caller_id = own_number(self.script, request.values)
        if isinstance(turn.then, Dial) and caller_id is None:
            # Dialled without one, the carrier would show the caller's own number (rule 8).
            log.error("no number to dial with: set agency.number in line.yaml")
            self._watch.turn(here, turn)
            here = turn.place
            turn = reply(self.script, here, DialEnded("failed"), dt.datetime.now(dt.UTC))
        root, clips = self.settings.voice_root, self._clips(turn)
        body = twiml.render(self.script, turn, root, caller_id, clips)
        self._watch.turn(here, turn)
        return Response(body, content_type=twiml.CONTENT_TYPE)

    def _clips(self, turn: Turn) -> tuple[str, ...]:
        """Return the URL of a fresh clip for each of the words, "" where there is none now."""
        self.clips.refresh()
        names = map(self.clips.play, turn.must + turn.may)
        return tuple(name and self.settings.audio_root + name for name in names)


def event_of(form: Mapping[str, str]) -> Event:
    """Return what a webhook's form tells: a dialled call that ended, keys, words, or silence."""
    if "DialCallStatus" in form:
        return DialEnded(form["DialCallStatus"])
    if digits := form.get("Digits", ""):
        return Key(digits)
    if words := form.get("SpeechResult", ""):
        return Speech(words, _confidence(form.get("Confidence", "")))
    return Silence()


def own_number(script: Script, form: Mapping[str, str]) -> str | None:
    """Return the number to show to whom is dialled: the line's own, never the caller's.

    line.yaml's, or the one that was called; None where neither is known, as on some SIP calls.
    """
    called = form.get("To", "")
    return script.line.agency.number or (called if _E164.fullmatch(called) else None)


_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


def _confidence(text: str) -> float:
    """Read the carrier's Confidence; where it is missing or odd, the words have to do."""
    try:
        return float(text)
    except ValueError:
        return 1.0
