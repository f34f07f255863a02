"""`/text-in`: a text that somebody sends to the line's number gets one fixed answer.

What they wrote is neither read, logged nor stored. The carrier itself answers STOP and HELP.
"""

from typing import cast

from flask import Blueprint, Response, abort, request

from ivr.script.model import Script
from ivr.settings import Settings
from ivr.sms.answer import answer
from ivr.twiml.message import reply
from ivr.web.demo_access import is_local
from ivr.web.voice.call_limits import CallLimits
from ivr.web.voice.refusals import Refusals
from ivr.web.voice.signature import checker
from ivr.web.voice.webhook_form import WebhookRequest

CARRIERS_OWN = "OptOutType"
"""The form field that the carrier sets where it has answered itself, as to STOP
(https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out)."""


class TextAnswers:
    """The webhook of texts to the number of one line."""

    def __init__(
        self, script: Script, settings: Settings, limits: CallLimits, refusals: Refusals
    ) -> None:
        self._answer = answer(script)
        self._limits = limits
        self._refusals = refusals
        self._is_demo = settings.demo
        self._is_signed = checker(settings.auth_tokens, settings.public_url, script.line.carrier)

    def blueprint(self) -> Blueprint:
        """Return the route, the carrier's alone."""
        texts = Blueprint("texts", __name__)
        texts.before_request(self._require_signature)
        texts.add_url_rule("/text-in", view_func=self.reply, methods=["POST"])
        return texts

    def reply(self) -> Response:
        """Answer a text, if nobody at that number got an answer today."""
        webhook = cast("WebhookRequest", request).webhook
        is_answered = (
            self._answer
            and CARRIERS_OWN not in webhook.form
            and self._limits.may_answer_text(webhook)
        )
        return Response(reply(self._answer if is_answered else ""), content_type="text/xml")

    def _require_signature(self) -> None:
        current = cast("WebhookRequest", request)
        if self._is_demo:
            if not is_local(current):
                abort(403, "the demo line answers this machine alone, and no other site's pages")
        elif not self._is_signed(current):
            self._refusals.report(current)
            abort(403, "this request does not bear the carrier's signature")
