"""What of a turn is worth keeping: made on the call path, so small and quick, and nobody's name.

A caller's number, words and place never enter; the carrier's call id only as a hash.
"""

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ivr.dialog import Place, Turn
from ivr.dialog.place import DIALLING
from ivr.records.pseudonyms import Digest
from ivr.schedule.on_call import RUNGS
from ivr.script.model import EMERGENCY_NUMBER, Script
from ivr.script.nodes import Agency, Check, Transfer

STATUSES = frozenset({"completed", "busy", "no-answer", "failed", "canceled", "unknown"})
"""How a call can end, as the carrier says (Twilio, CallStatus and DialCallStatus)."""

TAKEN = "taken"
"""What it is called that who is on call has pressed 1, and has the call."""

MOST_SECONDS = 86_400
"""No call is longer than the carrier's limit of 24 hours."""


FIELDS = ("CallSid", "DialCallSid", "DialCallDuration", "token")
"""What a step is made of, of a request's form."""


@dataclass(frozen=True, slots=True)
class Step:
    """A turn of a call, as it is recorded.

    `hashes` are the call's, by the key of the day, the day before and the day after; `token` tells
    a request that comes again; so does `mark`, where there is no token: the call, place and event.
    """

    hashes: tuple[str, str, str]
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
class End:
    """A call that has ended, as the carrier's status callback tells."""

    hashes: tuple[str, str, str]
    moment: dt.datetime
    status: str
    seconds: int | None


Note = Step | End


def step(
    digest: Digest,
    script: Script,
    here: Place | None,
    turn: Turn,
    request: Mapping[str, str],
    moment: dt.datetime | None = None,
) -> Step:
    """Return what is kept of a turn; `here` is where the caller was, None as the call begins.

    `moment` is when it was, unless its facts tell.

    `request` is the carrier's form; the token that tells its retries is added as "token".
    """
    sid = request.get("CallSid", "")
    fact = turn.facts[0]
    moment = moment or fact.at
    back = here is not None and here.phase in DIALLING
    private = back or fact.kind not in {"key", "speech"} or _private(script, here, fact.detail)
    dialled = any(f.kind == "dial" for f in turn.facts)
    outcome = _status(fact.detail)
    token, mark = _told_apart(digest, here, turn, request)
    talked = back and outcome in {"completed", "unknown"}
    return Step(
        hashes=digest.call(sid, moment.date()),
        token=token,
        mark=mark,
        moment=moment,
        node=spot(here) if here else fact.node,
        what="outcome" if back else fact.kind,
        key="" if private else fact.detail[:1],
        led_to=spot(turn.place),
        language=turn.place.language,
        dialled=destination(script, turn.place) if dialled else None,
        back_from=destination(script, here) if here and back else None,
        outcome=outcome if back else None,
        # Who answered and did not press 1, as a voicemail, has talked to nobody.
        talked=_seconds(request.get("DialCallDuration", "")) if talked else None,
    )


def taken(digest: Digest, request: Mapping[str, str], moment: dt.datetime) -> Step:
    """Return that who is on call pressed 1: from then on the two talk. By the carrier's form.

    Where the caller was is what is known of the call (ivr.records.store).
    """
    parent, token = request["ParentCallSid"], request.get("token", "")
    return Step(
        hashes=digest.call(parent, moment.date()),
        token=digest.other(parent, token, TAKEN) if token else None,
        mark=digest.other(parent, TAKEN, request.get("CallSid", "")),
        moment=moment,
        node="",
        what=TAKEN,
        key="",
        led_to="",
        language="",
    )


def end(digest: Digest, request: Mapping[str, str], moment: dt.datetime) -> End | None:
    """Return how a call ended, or None where a status callback tells that it goes on."""
    status = request.get("CallStatus", "")
    if status not in STATUSES - {"unknown"} or request.get("ParentCallSid"):
        return None
    sid = request.get("CallSid", "")
    seconds = _seconds(request.get("CallDuration", ""))
    return End(digest.call(sid, moment.date()), moment, status, seconds)


def spot(place: Place) -> str:
    """Return where a place is within the script: "signs.2", no more."""
    return f"{place.node}.{place.step}" if place.step else place.node


def destination(script: Script, place: Place) -> str:
    """Return whom a place dials: a destination of line.yaml, the agency's own people, or 911.

    Those on call are told by their turn, "on-call.1", never by name.
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


def _private(script: Script, here: Place | None, key: str) -> bool:
    """Tell whether a key is an answer in a guided check, which is the caller's own affair."""
    return here is not None and isinstance(script.node(here.node), Check) and key in {*"12345"}


def _told_apart(
    digest: Digest, here: Place | None, turn: Turn, request: Mapping[str, str]
) -> tuple[str | None, str | None]:
    """Return a step's token and mark: one of the two, by which it is known as it comes again."""
    sid = request.get("CallSid", "")
    if token := request.get("token"):
        return digest.other(sid, token, turn.facts[0].kind), None
    if mark := _mark(digest, sid, request.get("DialCallSid", ""), here, turn):
        return None, mark
    # A batch may be written, and its end not heard: then it is written again.
    return secrets.token_hex(16), None


def _mark(digest: Digest, sid: str, leg: str, here: Place | None, turn: Turn) -> str | None:
    """Return what the same request would bear again; None where the caller may well repeat it.

    `leg` is the dialled call that ended, if one did: two that failed alike are two, though what
    the caller did between them may still be on its way from another worker.

    A caller whom the turn led elsewhere cannot do the same at the same place next, so a second
    one in a row is the carrier's. Where the place stays the same it may be the caller.
    """
    if here is None:
        return digest.other(sid, "answer")
    if here == turn.place:
        return None
    fact = turn.facts[0]
    return digest.other(sid, leg, replace(here, yes=0).url(), fact.kind, fact.detail)


def _status(text: str) -> str:
    """Return how a dialled call ended; "answered" is a conference's word for "completed"."""
    text = "completed" if text == "answered" else text
    return text if text in STATUSES else "unknown"


def _seconds(text: str) -> int | None:
    if not text.isascii() or not text.isdigit() or len(text) > len(str(MOST_SECONDS)):
        return None
    return min(int(text), MOST_SECONDS)
