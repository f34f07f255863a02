"""A caller without mercy or knowledge: tries every key everywhere, and waits everywhere.

Independent of the checks, the dialog and the phone: it knows only TwiML's verbs and what must never
happen to a caller. It follows one example of each place, and tells the first thing that is wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

from flask import Flask
from twilio.request_validator import RequestValidator

VOICE = "http://127.0.0.1/voice"
KEYS = "0123459*"
HOTLINE = "18883737888"
NUMBERS = {"+18883737888", "+18008435678", "+18663472423"} | {
    f"+12025550{n}"
    for n in (111, 112, 121, 122, 123)  # an agency's own people
}
OUTCOMES = ("completed", "busy", "no-answer", "")


@dataclass(frozen=True)
class Heard:
    """One answer: what it does, where it leads on, whom it rings, and all digits it says."""

    verb: str
    action: str
    number: str
    digits: str


class Stranded(Exception):  # noqa: N818 what has become of the caller
    """A caller was left alone; the text tells how."""


class PersistentCaller:
    """Calls a line; `stranded` tells what happens to a caller, or nothing."""

    def __init__(self, app: Flask, token: str) -> None:
        self._line = app.test_client()
        self._signs = RequestValidator(token)
        self._ending: set[tuple[str, str]] = set()
        self._calls = count()

    def stranded(self) -> str:
        """Return how a caller is left alone, or nothing."""
        try:
            start = self._post(VOICE, {"CallStatus": "ringing"})
            waiting, seen = [start], {_spot(start.action)}
            for answer in waiting:
                self._wait(answer)
                for reply in self._all(answer):
                    if reply.action and _spot(reply.action) not in seen:
                        seen.add(_spot(reply.action))
                        waiting.append(reply)
        except (Stranded, ET.ParseError) as e:
            return f"{type(e).__name__}: {e}"
        return ""

    def _all(self, answer: Heard) -> Iterator[Heard]:
        if answer.verb == "Dial":
            yield from (self._post(answer.action, {"DialCallStatus": o}) for o in OUTCOMES)
        elif answer.verb == "Gather":
            for key in KEYS:
                reply = self._post(answer.action, {"Digits": key})
                if key == "0" and reply.number != "+" + HOTLINE:
                    raise Stranded(f"0 does not ring the hotline at {answer.action}")
                yield reply
            yield self._post(answer.action, {})

    def _wait(self, start: Heard) -> None:
        """Stay silent or press a wrong key, and let nobody answer, until the line hangs up."""
        for patience in ({}, {"Digits": "8"}):
            place, been = start, set()
            while place.verb != "Hangup" and (place.action, str(patience)) not in self._ending:
                if place.action in been:
                    raise Stranded(f"goes round without end from {start.action}")
                been.add(place.action)
                unanswered = {"DialCallStatus": "no-answer"}
                place = self._post(place.action, unanswered if place.verb == "Dial" else patience)
            self._ending |= {(action, str(patience)) for action in been}

    def _post(self, url: str, fields: dict[str, str]) -> Heard:
        # It jumps from place to place, so that each request is a call of its own to the records.
        form = {
            "CallSid": f"CA{next(self._calls):032x}",
            "From": "+12025550143",
            "To": "+12025550100",
            **fields,
        }
        headers = {"X-Twilio-Signature": self._signs.compute_signature(url, form)}
        answer = self._line.post(url, data=form, headers=headers)
        if answer.status_code != HTTPStatus.OK:
            raise Stranded(f"{answer.status_code} at {url}")
        return self._heard(url, ET.fromstring(answer.data))  # noqa: S314 our own line's

    def _heard(self, url: str, document: ET.Element) -> Heard:
        digits = "".join(c for c in "".join(document.itertext()) if c.isdigit())
        for verb in document:
            if verb.tag == "Hangup":
                if HOTLINE not in digits:
                    raise Stranded(f"hung up without the hotline's number at {url}")
                return Heard("Hangup", "", "", digits)
            if verb.tag in {"Gather", "Dial"}:
                if not verb.get("action"):
                    raise Stranded(f"the lifeboat at {url}")
                number = "".join(verb.itertext()) if verb.tag == "Dial" else ""
                if number and number not in NUMBERS:
                    raise Stranded(f"rings {number} at {url}")
                return Heard(verb.tag, urljoin(url, verb.get("action", "")), number, digits)
        raise Stranded(f"left in silence at {url}")


def _spot(url: str) -> tuple[str, str]:
    """Return what makes places differ to a caller who tries everything: the path, and the phase."""
    parts = urlsplit(url)
    phase = [field for field in parts.query.split("&") if field.startswith("at=")]
    return parts.path, "".join(phase)
