"""The applications that the line is compared with: a constant answer, and a plain menu."""

from functools import partial

from flask import Flask, Response, abort, request
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Gather, VoiceResponse

TOKEN = "a-token-for-the-bench"  # noqa: S105 signs requests to this machine
CONSTANT = b'<?xml version="1.0" encoding="UTF-8"?><Response><Say>Hello.</Say></Response>'


def empty() -> Flask:
    """Return a Flask view that answers with constant bytes: the cost of Flask itself."""
    app = Flask(__name__)

    def view(place: str = "") -> Response:
        del place
        return Response(CONSTANT, content_type="text/xml; charset=utf-8")

    app.add_url_rule("/voice", view_func=view, methods=["POST"])
    app.add_url_rule("/voice/<path:place>", view_func=view, methods=["POST"])
    return app


SAYS = {
    "en": (
        "If you or a child are in danger now, hang up and dial 9 1 1.",
        "For English, press 1.",
        "To hear the warning signs, press 1.",
        "To learn what to do, press 2.",
        "To be connected to the hotline now, press 0.",
    ),
    "es": (
        "Si usted o un menor está en peligro, cuelgue y marque 9 1 1.",
        "Para español, oprima 2.",
        "Para las señales de alerta, oprima 1.",
        "Para saber qué hacer, oprima 2.",
        "Para hablar con una persona ahora, oprima 0.",
    ),
}


def sample() -> Flask:
    """Return a plain Flask view that checks the signature and builds a menu for each request."""
    app = Flask(__name__)
    validator = RequestValidator(TOKEN)

    def view(place: str = "en/main") -> Response:
        signature = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(request.url, request.form, signature):
            abort(403)
        language = place.partition("/")[0]
        answer = VoiceResponse()
        gather = Gather(num_digits=1, action=f"/voice/{place}", method="POST", timeout=6)
        say = partial(gather.say, voice="Polly.Joanna", language="en-US")
        for text in SAYS[language]:
            say(text)
        answer.append(gather)
        answer.redirect(f"/voice/{place}", method="POST")
        return Response(str(answer), content_type="text/xml; charset=utf-8")

    app.add_url_rule("/voice", view_func=view, methods=["POST"])
    app.add_url_rule("/voice/<path:place>", view_func=view, methods=["POST"])
    return app
