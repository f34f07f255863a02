"""`/text-in`: a text that somebody sends to the line's number gets one fixed answer.

What they wrote is neither read, logged nor stored. The carrier itself answers STOP and HELP.
"""

from typing import cast

from flask import Response, request

from ivr.sms.answer import answer
from ivr.twiml.message import reply
from ivr.web.routes import Routes, post
from ivr.web.voice.webhook_form import WebhookRequest
from ivr.web.voice.webhooks import VoiceWebhooks

CARRIERS_OWN = "OptOutType"
"""The form field that the carrier sets where it has answered itself, as to STOP
(https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out)."""


class TextAnswers(Routes, name="texts"):
    """The webhook of texts to the number of one line."""

    def __init__(self, webhooks: VoiceWebhooks) -> None:
        self._webhooks = webhooks
        self._answer = answer(webhooks.script)

    def require(self) -> None:
        """Abort a request that the carrier did not sign."""
        self._webhooks.require_signature()

    @post("/text-in")
    def reply(self) -> Response:
        """Answer a text, if nobody at that number got an answer today."""
        webhook = cast("WebhookRequest", request).webhook
        is_answered = (
            self._answer
            and CARRIERS_OWN not in webhook.form
            and self._webhooks.limits.may_answer_text(webhook)
        )
        return Response(reply(self._answer if is_answered else ""), content_type="text/xml")
