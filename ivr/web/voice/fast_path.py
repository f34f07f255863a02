"""WSGI middleware that answers the webhooks of calls without Flask, at a fraction of its cost.

It decodes the form, checks the signature and calls `VoiceWebhooks.answer`, as the Flask view does.
Every other request goes to Flask: pages, refusals, and whatever is malformed or unsigned.
`IVR_FAST_PATH=off` turns it off. A test proves that both give the same answers.
"""

import logging
import time
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING

from ivr.twiml import voice as twiml
from ivr.web.voice.signature import Signature
from ivr.web.voice.webhook_form import FORM, Webhook, decode
from ivr.web.voice.webhooks import VoiceWebhooks

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("ivr.voice")

MAX_LENGTH_DIGITS = 5
"""Largest Content-Length answered here, as a number of digits: 99,999 bytes.

Carriers send about 2 kB; Flask rejects larger bodies.
"""


class FastPath:
    """Answers the webhooks of calls, and passes all other requests on to an application."""

    def __init__(
        self, app: "WSGIApplication", webhooks: VoiceWebhooks, is_signed: Signature
    ) -> None:
        self._app = app
        self._webhooks = webhooks
        self._is_signed = is_signed
        self._languages = {f"/voice/{code}/" for code in webhooks.script.line.languages}

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Answer a request, or let the application answer."""
        began = time.perf_counter()
        if self._is_webhook(environ):
            length = int(environ["CONTENT_LENGTH"])
            body = environ["wsgi.input"].read(length)
            try:
                fields = decode(body)
                is_signed = len(body) == length and self._is_signed(environ, fields)
                webhook = Webhook.read(environ, fields, began) if is_signed else None
            except Exception:
                log.exception("a webhook could not be decoded, and goes to Flask")
                webhook = None
            if webhook is not None:
                place = environ["PATH_INFO"][len("/voice/") :]
                document = self._webhooks.answer(place, webhook)
                size = ("Content-Length", str(len(document)))
                start("200 OK", [("Content-Type", twiml.CONTENT_TYPE), size])
                return [document]
            environ["wsgi.input"] = BytesIO(body)
        return self._app(environ, start)

    def _is_webhook(self, environ: "WSGIEnvironment") -> bool:
        """Tell whether a request has the shape of a call's webhook, signed or not."""
        path, length = environ.get("PATH_INFO", ""), environ.get("CONTENT_LENGTH", "")
        return (
            environ["REQUEST_METHOD"] == "POST"
            and (path == "/voice" or self._is_place(path))
            and environ.get("CONTENT_TYPE", "").partition(";")[0] == FORM
            and length.isascii()
            and length.isdigit()
            and len(length) <= MAX_LENGTH_DIGITS
            and "HTTP_TRANSFER_ENCODING" not in environ
            and not environ.get("SCRIPT_NAME")
        )

    def _is_place(self, path: str) -> bool:
        language = path[: path.find("/", len("/voice/")) + 1]  # "/voice/es/"
        return language in self._languages and path.isascii() and "//" not in path
