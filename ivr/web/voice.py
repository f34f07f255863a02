"""The carrier's webhooks: a form in, TwiML out. Stateless: the place is in the URL.

No caller hears an error: whatever breaks, the answer is the lifeboat (DESIGN, rule 1).
"""

import datetime as dt
import logging
import re
import time
from collections.abc import Callable, Hashable, Mapping

from flask import Blueprint, Response, abort, g, request
from werkzeug.exceptions import HTTPException

from ivr import twiml
from ivr.dialog import Dial, DialEnded, Event, Key, Place, Silence, Speech, Turn, answer, reply
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.web.signature import checker
from ivr.web.watch import Watch

log = logging.getLogger("ivr.voice")

Tell = Callable[[Place | None, Turn], None]
"""Takes a turn that was answered, and where the caller was."""


class VoiceLine:
    """The webhooks of one script. `/voice` starts a call; all else is found by following TwiML."""

    def __init__(self, script: Script, settings: Settings, watch: Watch) -> None:
        self.script = script
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
        return self._answered(None, self.first(self.now()))

    def turn(self, place: str) -> Response:
        """Answer what a caller did at a place."""
        event = event_of(request.form)
        return self._answered(*self.next(place, request.args, event, self.now()))

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
        body = self.document(here, turn, request.values, self._watch.turn)
        return Response(body, content_type=twiml.CONTENT_TYPE)

    def now(self) -> dt.datetime:
        """Return the moment by which answers are given."""
        return dt.datetime.now(dt.UTC)

    def epoch(self, now: dt.datetime) -> Hashable:
        """Return what all answers of a moment hang on, besides what is asked: its minute.

        As long as it is the same, so are they; hours begin with a minute.
        """
        return now.replace(second=0, microsecond=0)

    def first(self, now: dt.datetime) -> Turn:
        """Return the first turn of a call."""
        return answer(self.script, now)

    def next(
        self, place: str, query: Mapping[str, str], event: Event, now: dt.datetime
    ) -> tuple[Place, Turn]:
        """Return where a call is, by its URL, and its next turn."""
        here = Place.read(self.script, place, query)
        return here, reply(self.script, here, event, now)

    def document(
        self, here: Place | None, turn: Turn, form: Mapping[str, str], tell: Tell
    ) -> bytes:
        """Return a turn as TwiML, and tell of it."""
        caller_id = own_number(self.script, form)
        if isinstance(turn.then, Dial) and caller_id is None:
            # Dialled without one, the carrier would show the caller's own number (rule 8).
            log.error("no number to dial with: set agency.number in line.yaml")
            tell(here, turn)
            here = turn.place
            turn = reply(self.script, here, DialEnded("failed"), self.now())
        body = twiml.render(self.script, turn, self.settings.voice_root, caller_id)
        tell(here, turn)
        return body


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
