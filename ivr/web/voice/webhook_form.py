"""One request of the carrier, decoded: the form, the URL's query, and what the caller did."""

import datetime as dt
import logging
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_to_bytes

from flask import Request
from werkzeug.utils import cached_property

from ivr.dialog import DialEnded, Event, Key, RecordingEnded, RecordingFailed, Silence, Speech
from ivr.dialog.nodes.transfer import ANSWERED, FAILED
from ivr.phone_numbers import RECORDING_SID, national_or_international
from ivr.records.facts import seconds_of
from ivr.script.model import Script

log = logging.getLogger("ivr.voice")

FORM = "application/x-www-form-urlencoded"
"""The content type of a carrier's form."""

REHEARSAL = "ivr.rehearsal"
"""The WSGI variable that marks a rehearsal: a call made by this process, which counts as none.

No HTTP request can set it: those variables begin with `HTTP_`.
"""

CLOCK = "ivr.clock"
"""The WSGI variable with the moment (aware datetime) at which a rehearsal takes place."""

TOKEN = "I-Twilio-Idempotency-Token"  # noqa: S105 a header's name
"""The header that is the same in all retries of a request (Twilio, webhooks: connection overrides).
"""

_TOKEN_VARIABLE = "HTTP_" + TOKEN.upper().replace("-", "_")

Fields = list[tuple[str, str]]
"""Names and values of a form in the order in which they came, repeated names included."""


class Webhook(NamedTuple):
    """One request of the carrier. If a name is repeated in the form, its first value counts."""

    form: dict[str, str]
    query: dict[str, str]
    """The values of the URL's query."""
    query_string: str
    token: str
    """The idempotency token; empty if the carrier sent none."""
    began: float
    """When the request came in, by `time.perf_counter()`."""
    is_rehearsal: bool
    moment: dt.datetime | None
    """When a rehearsal takes place, if it was given a time."""

    @classmethod
    def read(cls, environ: Mapping[str, Any], fields: Fields, began: float) -> "Webhook":
        """Return a request by its WSGI environment and the fields of its form."""
        form = dict(reversed(fields))
        query_string = environ.get("QUERY_STRING", "")
        query = decoded_query(query_string) if query_string else {}
        is_rehearsal = (
            REHEARSAL in environ
            or bool(form.get("Rehearsal"))  # `ivr twilio doctor` calls
            or bool(query.get("Rehearsal"))
        )
        token = environ.get(_TOKEN_VARIABLE, "")
        return cls(form, query, query_string, token, began, is_rehearsal, environ.get(CLOCK))

    @property
    def values(self) -> dict[str, str]:
        """The values of the query and the form; the carrier's form overrides our URL's query."""
        return {**self.query, **self.form} if self.query else self.form


class WebhookRequest(Request):
    """A Flask request that can be read as a webhook."""

    def __init__(self, environ: dict[str, Any], *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 Werkzeug's
        super().__init__(environ, *args, **kwargs)
        self.began = time.perf_counter()

    @cached_property
    def fields(self) -> Fields:
        """The fields of the form, as its signature covers them: those of a POST alone."""
        if self.method != "POST":
            return []
        if self.mimetype == FORM:
            return decode(self.get_data())
        return list(self.form.items(multi=True))

    @cached_property
    def webhook(self) -> Webhook:
        """The request as the carrier meant it."""
        return Webhook.read(self.environ, self.fields, self.began)


def decode(body: bytes) -> Fields:
    """Return the fields of a URL-encoded form; a body that is not UTF-8 has none.

    The same as urllib's `parse_qsl`, at a quarter of its cost: most fields have nothing to decode.
    """
    try:
        text = body.decode()
    except ValueError:
        return []
    text = text.replace("+", " ").replace("%2B", "+")  # all that most forms have to decode
    fields = [field.partition("=") for field in text.split("&") if field]
    if "%" not in text:
        return [(name, value) for name, _, value in fields]
    return [(_decoded(name), _decoded(value)) for name, _, value in fields]


def decoded_query(query_string: str) -> dict[str, str]:
    """Return the values of a URL's query; if a name is repeated, its first value counts."""
    return dict(reversed(decode(query_string.encode("latin-1"))))


def _decoded(text: str) -> str:
    if "%" not in text:
        return text
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return unquote(text, errors="werkzeug.url_quote")


def event_of(form: Mapping[str, str]) -> Event:
    """Return what the caller did: a dialled call that ended, a recording, keys, words, silence."""
    if "DialCallStatus" in form:
        # Twilio: a call that was answered but not put through is "completed", and not bridged.
        status, is_bridged = form["DialCallStatus"], form.get("DialBridged") != "false"
        if status in ANSWERED and not is_bridged:
            status = "no-answer"
        has_hung_up = form.get("CallStatus") == "completed" and status in FAILED
        talked = seconds_of(form.get("DialCallDuration", "")) or 0
        return DialEnded("canceled" if has_hung_up else status, talked)
    if form.get("RecordingStatus") == "failed":
        log.error("a message could not be recorded: the caller is led on")
        return RecordingFailed()
    if "RecordingSid" in form or "RecordingUrl" in form:
        return _recorded(form)
    if digits := form.get("Digits", ""):
        return Key(digits)
    if words := form.get("SpeechResult", ""):
        return Speech(words, _confidence(form.get("Confidence", "")))
    return Silence()


def _recorded(form: Mapping[str, str]) -> Event:
    """Return the recording that ended, by a key, by silence or because the caller hung up."""
    match = RECORDING_SID.search(form.get("RecordingSid", "") or form.get("RecordingUrl", ""))
    if match is None:
        log.error("the carrier sent a recording without its id")
        return RecordingFailed()
    seconds = seconds_of(form.get("RecordingDuration", ""))
    return RecordingEnded(match.group(), 1 if seconds is None else seconds, form.get("Digits", ""))


def own_number(script: Script, webhook: Webhook) -> str | None:
    """Return the number (E.164) to show to the person who is dialled: the line's, not the caller's.

    It is the one in line.yaml, or else the one that was called; None if neither is a number, as on
    some SIP calls. A carrier may leave out the +, or give a number as a SIP address.
    """
    if script.line.agency.number:
        return script.line.agency.number
    called = webhook.values.get("To", "")
    return called if _E164.fullmatch(called) else _number_in(called, script.line.country)


@lru_cache(maxsize=64)
def _number_in(called: str, country: str) -> str | None:
    """Return the number (E.164) that was called, if it exists in the country's numbering plan.

    Of a SIP address, only a number with its + counts: others may be extensions.
    """
    if address := _SIP.match(called):
        called = address["user"]
    elif not _DIGITS.fullmatch(called):
        return None
    try:
        return national_or_international(called, country)
    except ValueError:
        return None


_SIP = re.compile(r"sips?:(?P<user>\+[1-9][0-9]{6,14})[@;]", re.ASCII | re.IGNORECASE)

_DIGITS = re.compile(r" ?[1-9][0-9]{6,14}", re.ASCII)
"""A number without its +, which a form that was not encoded turns into a blank."""


_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


def _confidence(text: str) -> float:
    """Return the carrier's confidence in the words; 1.0 if it is missing or not a number."""
    try:
        return float(text)
    except ValueError:
        return 1.0
