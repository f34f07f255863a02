"""What the carrier's form tells: what the caller did, and whose number the line has."""

import logging
import re
from collections.abc import Mapping

from flask import Request
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.utils import cached_property

from ivr.dialog import DialEnded, Event, Key, Recorded, Silence, Speech
from ivr.dialog.place import RECORDING
from ivr.records.facts import seconds_of
from ivr.script.model import Script

log = logging.getLogger("ivr.voice")


class WebhookRequest(Request):
    """A request in whose `values` the form, which is the carrier's, goes before our URL's query.

    Only where Werkzeug takes a form for what the request tells: not of a GET, whose signature
    covers the URL alone.
    """

    @cached_property
    def values(self) -> "CombinedMultiDict[str, str]":
        """The form's values and the query's; of a repeated name the first counts."""
        return CombinedMultiDict(reversed(super().values.dicts))


def event_of(form: Mapping[str, str]) -> Event:
    """Return what a webhook's form tells: a dialled call that ended, keys, words, or silence."""
    if "DialCallStatus" in form:
        # Twilio: who answered and was not put through counts as completed, but not as bridged.
        declined = form.get("DialBridged") == "false" and form["DialCallStatus"] == "completed"
        return DialEnded("no-answer" if declined else form["DialCallStatus"])
    if "RecordingSid" in form or "RecordingUrl" in form:
        return _recorded(form)
    if digits := form.get("Digits", ""):
        return Key(digits)
    if words := form.get("SpeechResult", ""):
        return Speech(words, _confidence(form.get("Confidence", "")))
    return Silence()


def _recorded(form: Mapping[str, str]) -> Event:
    """Return what a webhook tells of a recording: it ended by a key, by silence, or a hang-up."""
    told = form.get("RecordingSid", "") or form.get("RecordingUrl", "")
    found = RECORDING.search(told)
    if found is None:
        log.error("the carrier told of a recording without its name")
        return Silence()
    seconds = seconds_of(form.get("RecordingDuration", ""))
    return Recorded(found.group(), 1 if seconds is None else seconds, form.get("Digits", ""))


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
