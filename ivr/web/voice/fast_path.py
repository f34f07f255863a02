"""The two requests that calls are made of, answered in front of Flask, at a fraction of its cost.

A signed POST of a form to `/voice` or a place is answered here, with what `VoiceLine` says.
Whatever is odd about a request, or goes wrong, is left to Flask, which has the same answers, the
refusals and the lifeboat. A test holds both to the same answers. So is the first request of a line
with texts, before which the carrier may have to be asked.
"""

import datetime as dt
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_to_bytes

from ivr.dialog import Event, Key, Place, Silence, Turn
from ivr.settings import Settings
from ivr.twiml import voice as twiml
from ivr.web.voice.signature import Signature
from ivr.web.voice.telemetry import REHEARSAL, TOKEN, CallTelemetry
from ivr.web.voice.webhook_form import event_of, own_number
from ivr.web.voice.webhooks import VoiceWebhooks

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("ivr.voice")

MOST_DIGITS = 5
"""Of a form's length in bytes: 99,999 is fifty times a carrier's, and more is Flask's to refuse."""

KEPT_TURNS = 4096
"""Turns that are kept, some 4 kB each: a call's are few, and the same for all callers."""

KEPT_DOCUMENTS = 4
"""Of each turn: one for each of the line's numbers, and what was played before clips changed."""

LOOKS_SECONDS = 0.1
"""How often clips are looked for: each look at the disk lets other threads go first."""

MOST_KEPT_CHARACTERS = 300
"""Of an address whose turn is kept: a place is shorter."""


Asked = tuple[str, str, Event]
"""What a request asks: path, query, and what the caller did."""


class FastPath:
    """Stands before an application, and answers calls of a line."""

    def __init__(
        self, app: "WSGIApplication", line: VoiceWebhooks, settings: Settings, watch: CallTelemetry
    ) -> None:
        self._app = app
        self._line = line
        self._watch = watch
        carrier = line.script.line.carrier
        self._is_signed = Signature(settings.auth_tokens, settings.public_url, carrier)
        self._begins = set() if line.script.line.text_me else {"/voice"}
        self._languages = {f"/voice/{code}/" for code in line.script.words}
        self._token = "HTTP_" + TOKEN.upper().replace("-", "_")
        self._of_epoch: tuple[object, dt.datetime] = (None, line.now())
        self._looked, self._clips = float("-inf"), 0
        self._kept = lru_cache(maxsize=KEPT_TURNS)(self._turn)

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Answer a call's request, or let the application answer."""
        began = time.perf_counter()
        body = b""
        if self._is_calls(environ):
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            environ["wsgi.input"] = BytesIO(body)
            try:
                document = self._document(environ, body, began)
            except Exception:
                log.exception("answered the long way")
                document = None
            if document is not None:
                told = ("Content-Length", str(len(document)))
                start("200 OK", [("Content-Type", twiml.CONTENT_TYPE), told])
                return [document]
        return self._app(environ, start)

    def _is_calls(self, environ: "WSGIEnvironment") -> bool:
        """Tell whether a request is made as a carrier makes those of a call."""
        path, length = environ.get("PATH_INFO", ""), environ.get("CONTENT_LENGTH", "")
        return (
            environ["REQUEST_METHOD"] == "POST"
            and (path in self._begins or self._is_place(path))
            and environ.get("CONTENT_TYPE", "").partition(";")[0] == FORM
            and length.isascii()
            and length.isdigit()
            and len(length) <= MOST_DIGITS
            and "HTTP_TRANSFER_ENCODING" not in environ
            and not environ.get("SCRIPT_NAME")
            and REHEARSAL not in environ
        )

    def _is_place(self, path: str) -> bool:
        begins = path[: path.find("/", 7) + 1]  # "/voice/es/"
        return begins in self._languages and path.isascii() and "//" not in path

    def _document(self, environ: "WSGIEnvironment", body: bytes, began: float) -> bytes | None:
        """Return the answer's TwiML; None where the request is not the carrier's, or not plain."""
        fields = pairs(body)
        if len(body) != int(environ["CONTENT_LENGTH"]) or not self._is_signed(environ, fields):
            return None
        form = dict(reversed(fields))  # of a repeated name the first counts
        path, query = environ["PATH_INFO"].removeprefix("/voice"), environ["QUERY_STRING"]
        values = {**_asked(query), **form, "token": environ.get(self._token, "")}
        if values.get("Rehearsal"):
            return None
        event = event_of(form) if path else Silence()
        asked = (path, query, event)
        now = self._line.now()
        answer = self._at(asked, now)
        document = self._told(answer, own_number(self._line.script, form))
        if document is not None:
            self._watch.turn_later(values, began, now, answer.here, answer.turn)
        return document

    def _told(self, answer: "_Answer", own: str | None) -> bytes | None:
        """Return an answer's TwiML, kept from before where the same clips are there."""
        if (now := time.monotonic()) > self._looked + LOOKS_SECONDS:
            self._looked, self._clips = now, self._line.clips.refresh()
        told = own, self._clips
        if told not in answer.documents:
            if len(answer.documents) >= KEPT_DOCUMENTS:
                answer.documents.clear()
            answer.documents[told] = self._line.plain(answer.here, answer.turn, own)
        return answer.documents[told]

    def _at(self, asked: Asked, now: dt.datetime) -> "_Answer":
        """Return the answer to what is asked, kept from before where it is asked again.

        The kept ones are of one epoch; its first moment stands for all.
        """
        if not _is_small(asked):
            return self._turn(asked, now)
        epoch, (before, first) = self._line.epoch(now), self._of_epoch
        if epoch != before:
            first = now
            self._of_epoch = (epoch, first)  # at once, for other threads
        return self._kept(asked, first)

    def _turn(self, asked: Asked, moment: dt.datetime) -> "_Answer":
        path, query, event = asked
        if not path:
            return _Answer(None, self._line.first(moment))
        return _Answer(*self._line.next(path[1:], _asked(query), event, moment))


@dataclass(frozen=True, slots=True)
class _Answer:
    """Where a call is, its turn, and the turn's TwiML by the line's own number and its clips."""

    here: Place | None
    turn: Turn
    documents: dict[tuple[str | None, int], bytes | None] = field(default_factory=dict)


FORM = "application/x-www-form-urlencoded"


def pairs(body: bytes) -> list[tuple[str, str]]:
    """Return the names and values of a form as Flask reads them; what is no UTF-8 is none.

    That is urllib's `parse_qsl`, at a third of its cost: most fields have nothing to decode.
    """
    try:
        fields = [field.partition("=") for field in body.decode().split("&") if field]
    except ValueError:
        return []
    return [
        (_decoded(name), _decoded(value))
        if "%" in value or "+" in value or "%" in name or "+" in name
        else (name, value)
        for name, _, value in fields
    ]


def _decoded(text: str) -> str:
    text = text.replace("+", " ")
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return unquote(text, errors="werkzeug.url_quote")


def _asked(query: str) -> dict[str, str]:
    return dict(reversed(pairs(query.encode("latin-1")))) if query else {}


def _is_small(asked: Asked) -> bool:
    """Tell whether what was asked comes again, and takes little room."""
    path, query, event = asked
    plain = isinstance(event, Silence) or (isinstance(event, Key) and len(event.keys) == 1)
    return plain and len(path) + len(query) < MOST_KEPT_CHARACTERS
