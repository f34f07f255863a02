"""The facts of a call that are recorded: a turn, or the end of the call.

Facts are made while a caller waits, so they are small and quick to make. A caller's number, words
and location never enter one; the carrier's call id enters as a hash only.
"""

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from ivr.dialog import Place, Turn
from ivr.dialog.place import DIALLING
from ivr.records.pseudonyms import Digest
from ivr.schedule.on_call import RUNGS
from ivr.script.model import EMERGENCY_NUMBER, Script
from ivr.script.nodes import Agency, Check, Transfer

STATUSES = frozenset({"completed", "busy", "no-answer", "failed", "canceled", "unknown"})
"""How a call can end: the carrier's CallStatus and DialCallStatus
(https://www.twilio.com/docs/voice/twiml/dial#dialcallstatus), and "unknown"."""

ACCEPTED = "taken"
"""`what` of the step in which the person on call presses 1 and accepts the call."""

MAX_SECONDS = 86_400
"""The longest call, in seconds: the carrier ends a call after 24 hours."""

FORM_FIELDS = ("CallSid", "DialCallSid", "DialCallDuration", "token")
"""The fields of a webhook's form from which a step is made."""


@dataclass(frozen=True, slots=True)
class StepFact:
    """A turn of a call.

    `hashes` are those of the call, by the key of the day, of the day before and of the day after.
    `log_id` is the call's id in the log. `token` is the same in each repetition of a request;
    `mark`, a hash of the call, place and event, stands in for it if the carrier sends no token.
    `talked` is in seconds.
    """

    hashes: tuple[str, str, str]
    log_id: str
    token: str | None
    mark: str | None
    moment: dt.datetime
    node: str
    what: str
    key: str
    led_to: str
    language: str
    dialled: str | None = None
    back_from: str | None = None
    outcome: str | None = None
    talked: int | None = None


@dataclass(frozen=True, slots=True)
class EndFact:
    """The end of a call, from the carrier's status callback; `seconds` is how long it took."""

    hashes: tuple[str, str, str]
    moment: dt.datetime
    status: str
    seconds: int | None


CallFact = StepFact | EndFact


def step_fact(
    digest: Digest,
    script: Script,
    place: Place | None,
    turn: Turn,
    form: Mapping[str, str],
    moment: dt.datetime | None = None,
) -> StepFact:
    """Return what is recorded of a turn.

    `place` is where the caller was, None at the start of a call. `form` is the webhook's form; the
    token by which the carrier's retries are recognised is added to it as "token". `moment` is by
    default that of the turn's first fact.
    """
    sid = form.get("CallSid", "")
    event = turn.facts[0]
    moment = moment or event.at
    is_back = place is not None and place.phase in DIALLING
    is_private = (
        is_back
        or event.kind not in {"key", "speech", "reached"}
        or _is_answer(script, place, event.detail)
    )
    dials = any(fact.kind == "dial" for fact in turn.facts)
    outcome = _outcome(event.detail)
    token, mark = _token_and_mark(digest, place, turn, form, moment.date())
    # A person who answered and did not press 1, or a voicemail box, has talked to nobody.
    has_talked = is_back and outcome in {"completed", "unknown"}
    return StepFact(
        hashes=digest.call(sid, moment.date()),
        log_id=digest.log_id(sid, moment.date()),
        token=token,
        mark=mark,
        moment=moment,
        node=place_label(place) if place else event.node,
        what="outcome" if is_back else event.kind,
        key="" if is_private else event.detail[:1],
        led_to=place_label(turn.place),
        language=turn.place.language,
        dialled=destination(script, turn.place) if dials else None,
        back_from=destination(script, place) if place and is_back else None,
        outcome=outcome if is_back else None,
        talked=seconds_of(form.get("DialCallDuration", "")) if has_talked else None,
    )


def accepted_fact(digest: Digest, form: Mapping[str, str], moment: dt.datetime) -> StepFact:
    """Return the fact that the person on call pressed 1; `form` is the webhook's form.

    The two talk from that moment on. The fact does not move the caller, so it has no place.
    """
    parent, token, day = form["ParentCallSid"], form.get("token", ""), moment.date()
    return StepFact(
        hashes=digest.call(parent, day),
        log_id=digest.log_id(parent, day),
        token=digest.event(day, parent, token, ACCEPTED) if token else None,
        mark=digest.event(day, parent, ACCEPTED, form.get("CallSid", "")),
        moment=moment,
        node="",
        what=ACCEPTED,
        key="",
        led_to="",
        language="",
    )


def end_fact(digest: Digest, form: Mapping[str, str], moment: dt.datetime) -> EndFact | None:
    """Return how a call ended; None if the status callback says that the call goes on."""
    status = form.get("CallStatus", "")
    if status not in STATUSES - {"unknown"} or form.get("ParentCallSid"):
        return None
    sid = form.get("CallSid", "")
    seconds = seconds_of(form.get("CallDuration", ""))
    return EndFact(digest.call(sid, moment.date()), moment, status, seconds)


def place_label(place: Place) -> str:
    """Return node and step of a place, as "signs.2", and nothing else of it."""
    return f"{place.node}.{place.step}" if place.step else place.node


def destination(script: Script, place: Place) -> str:
    """Return whom a place dials: a destination of line.yaml, the agency's own people, or 911.

    A person on call is recorded by position, as "on-call.1", never by name.
    """
    node = script.node(place.node)
    if isinstance(node, Agency):
        return f"on-call.{place.step + 1}" if place.phase == "call" else "office"
    return node.destination if isinstance(node, Transfer) else EMERGENCY_NUMBER


def destinations(script: Script) -> list[str]:
    """Return every name that `destination` can return for a script."""
    line = script.line
    names = [name for name, to in line.destinations.items() if to.number]
    if line.office.numbers:
        names.append("office")
    if line.on_call:
        names.extend(f"on-call.{turn}" for turn in range(1, RUNGS + 1))
    return [*names, EMERGENCY_NUMBER]


def seconds_of(text: str) -> int | None:
    """Read a duration of the carrier in seconds, at most MAX_SECONDS; None if it is no number."""
    if not text.isascii() or not text.isdigit():
        return None
    return min(int(text[:9]), MAX_SECONDS)


def _is_answer(script: Script, place: Place | None, key: str) -> bool:
    """Return whether a key answers a question of a guided check, which is not recorded."""
    return place is not None and isinstance(script.node(place.node), Check) and key in {*"12345"}


def _token_and_mark(
    digest: Digest, place: Place | None, turn: Turn, form: Mapping[str, str], day: dt.date
) -> tuple[str | None, str | None]:
    """Return a step's token and mark, one of them None: they recognise a repeated request.

    One that is repeated after midnight (UTC) is not recognised: by then the key has changed.
    """
    sid = form.get("CallSid", "")
    if token := form.get("token"):
        return digest.event(day, sid, token, turn.facts[0].kind), None
    if mark := _mark(digest, day, sid, form.get("DialCallSid", ""), place, turn):
        return None, mark
    # A batch may be written although no confirmation arrives; then it is written again.
    return secrets.token_hex(16), None


def _mark(
    digest: Digest, day: dt.date, sid: str, leg: str, place: Place | None, turn: Turn
) -> str | None:
    """Return a hash that a repetition of the same request would have, too.

    None if the turn leaves the caller at the same place: there the same event may well be the
    caller's own second one. If the turn led the caller elsewhere, the same event at the same place
    next in time must be the carrier's repetition.

    `leg` is the dialled call that ended, if one did. It tells two calls apart that ended alike,
    although what the caller did between them may still be on its way from another worker.
    """
    if place is None:
        return digest.event(day, sid, "answer")
    if place == turn.place:
        return None
    event = turn.facts[0]
    return digest.event(day, sid, leg, place._replace(yes=0).url(), event.kind, event.detail)


def _outcome(text: str) -> str:
    """Return how a dialled call ended; "answered" is a conference's word for "completed"."""
    text = "completed" if text == "answered" else text
    return text if text in STATUSES else "unknown"
