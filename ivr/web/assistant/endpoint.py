"""`POST /assistant/alexa`: a request of Alexa's in, words out.

Nothing is answered that Alexa has not signed for this skill. Whatever fails then, the caller hears
911 and a number. What is counted holds no id of a user or a device.
"""

import datetime as dt
import logging
import threading
from collections.abc import Callable
from typing import Any

from flask import Response, abort, jsonify, request
from pydantic import ValidationError

from ivr.logs import Throttle
from ivr.schedule.duty import Duty
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.skill import alexa as skill
from ivr.skill.package import PATH
from ivr.web.assistant.signature import SIGNATURE_HEADER, URL_HEADER, Certificates, ForgedError
from ivr.web.assistant.telemetry import SessionTelemetry
from ivr.web.demo_access import is_local
from ivr.web.routes import Routes, post

log = logging.getLogger("ivr.assistant")

MOST_AT_ONCE = 4
"""Requests of a process that are answered at a time, so that pages always have threads."""

WAIT_SECONDS = 1.0
"""How long a request waits for its turn."""


class AlexaEndpoint(Routes, name="assistant"):
    """The Alexa skill of one script; without `assistant: alexa:` in line.yaml it is not there."""

    def __init__(
        self,
        script: Script,
        settings: Settings,
        certificates: Certificates | None,
        duty: Callable[[dt.datetime], Duty | None],
        telemetry: SessionTelemetry,
        clock: Callable[[], dt.datetime],
    ) -> None:
        assistant = script.line.assistant
        self._alexa = assistant.alexa if assistant else None
        self._script = script.on_speaker
        self._is_demo = settings.demo
        self._certificates = certificates or (Certificates() if self._alexa else None)
        self._duty = duty
        self._telemetry = telemetry
        self._clock = clock
        self._turns = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._log_throttle = Throttle()

    @post(PATH)
    def alexa(self) -> Response:
        """Answer a request of Alexa's; refuse any other with 400, as Alexa asks."""
        if self._alexa is None:
            abort(404)
        if not self._turns.acquire(timeout=WAIT_SECONDS):
            abort(503)
        try:
            return jsonify(self._answer(self._checked()))
        finally:
            self._turns.release()

    def _checked(self) -> skill.Envelope:
        """Return the request, once it has been shown to be Alexa's and for this skill."""
        if (request.content_length or 0) > skill.MAX_BYTES:
            abort(413)
        body, now = request.get_data(), self._clock()
        try:
            self._check_signed(body, now)
            envelope = skill.Envelope.model_validate_json(body)
            self._check_meant(envelope, now)
        except ForgedError as e:
            self._refuse(str(e))
        except ValidationError:
            self._refuse("it is no request of Alexa's")
        return envelope

    def _check_signed(self, body: bytes, now: dt.datetime) -> None:
        if self._is_demo:
            if not is_local(request):
                raise ForgedError("the demo answers this machine alone")
        elif self._certificates:
            url = request.headers.get(URL_HEADER, "")
            signature = request.headers.get(SIGNATURE_HEADER, "")
            self._certificates.check(url, signature, body, now)

    def _check_meant(self, envelope: skill.Envelope, now: dt.datetime) -> None:
        if self._is_demo:
            return
        if self._alexa is None or envelope.skill_id != self._alexa.skill_id:
            raise ForgedError("it is for another skill than assistant: alexa: skill_id: names")
        if not envelope.is_fresh(now):
            raise ForgedError(f"it is more than {skill.FRESH_SECONDS} seconds old, or ahead")

    def _answer(self, envelope: skill.Envelope) -> dict[str, Any]:
        language = skill.language_of(self._script, envelope.locale)
        try:
            if envelope.is_end:
                self._telemetry.ended(envelope.reason)
                return skill.NOTHING_SAID
            moment = self._clock()
            duty = self._duty(moment) or self._script.schedule.duty(moment)
            answer = skill.answered(self._script, envelope, duty)
            before = None if envelope.begins else skill.place_of(self._script, envelope)
            self._telemetry.answered("alexa", before, answer)
            return skill.document(answer)
        except Exception:
            log.exception("an assistant's request could not be answered as it should")
            return skill.lifeboat(self._script, language)

    def _refuse(self, why: str) -> None:
        """Answer 400, and log why, once a minute."""
        self._telemetry.refused()
        if self._log_throttle.count():
            log.warning("a request to %s was refused: %s", PATH, why)
        abort(400)
