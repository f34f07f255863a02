"""A tiny line for the phone to call: fixed documents by path, and a record of what it was asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug import Request, Response

from ivr.phone.call import Call
from ivr.phone.transport import Answer, WsgiTransport
from ivr.phone.twiml.verbs import Refused
from tests.caller import Caller
from tests.lines import TOKEN

URL = "https://line.example.org/voice"


@dataclass(frozen=True)
class Asked:
    """A request as it came over the wire; `url` is the raw one, which is what is signed."""

    method: str
    url: str
    path: str
    form: dict[str, str]
    query: dict[str, str]
    cookies: dict[str, str]
    signature: str


class TinyLine:
    """A WSGI application. A document is the verbs of a Response, or an Answer sent as it is.

    Every answer sets a cookie that counts them.
    """

    def __init__(self, voice: str | Answer, **documents: str | Answer) -> None:
        self.documents = {"voice": voice, **documents}
        self.asked: list[Asked] = []

    @property
    def last(self) -> Asked:
        return self.asked[-1]

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        self.asked.append(
            Asked(
                request.method,
                request.host_url.rstrip("/") + environ["RAW_URI"],
                request.path,
                request.form.to_dict(),
                request.args.to_dict(),
                dict(request.cookies),
                request.headers.get("X-Twilio-Signature", ""),
            )
        )
        document = self.documents.get(request.path[1:], Answer(404, "text/html", b"<h1>No</h1>"))
        answer = twiml(document) if isinstance(document, str) else document
        response = Response(answer.body, answer.status)
        response.content_type = answer.content_type
        if answer.location:
            response.location = answer.location
        response.autocorrect_location_header = False
        response.set_cookie("answers", str(len(self.asked)))
        return response(environ, start_response)


def twiml(verbs: str) -> Answer:
    """Return the answer that holds some verbs."""
    return Answer(200, "text/xml; charset=utf-8", f"<Response>{verbs}</Response>".encode())


def moved(location: str, status: int = 302) -> Answer:
    """Return an HTTP redirect."""
    return Answer(status, "text/plain", b"", location)


def call(line: TinyLine, token: str | None = TOKEN) -> Call:
    """Return a phone that is about to dial a tiny line."""
    return Call(WsgiTransport(line, token), URL)


def dial(voice: str | Answer, **documents: str | Answer) -> tuple[Caller, TinyLine]:
    """Return somebody who has dialled a tiny line, and the line."""
    line = TinyLine(voice, **documents)
    return Caller(call(line)).dial(), line


def refusal(voice: str | Answer, **documents: str | Answer) -> str:
    """Return why the carrier refuses what a line answers to "a call comes in"."""
    phone = call(TinyLine(voice, **documents))
    with pytest.raises(Refused) as raised:
        phone.dial()
    return str(raised.value)
