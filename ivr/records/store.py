"""Notes into rows: each once, in whatever order they come, and none that comes twice."""

import datetime as dt
import secrets
from bisect import insort
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Connection,
    Update,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from ivr.database import schema
from ivr.records.facts import TAKEN, End, Note, Step
from ivr.records.preload import MOST_IDS, Call, Ids, Kept, known_calls, rings
from ivr.records.transfers import transfers

NAME = 80
"""The longest name of a node that is kept, as the columns hold it."""

FAILURES = frozenset({"busy", "no-answer", "failed"})


def write(connection: Connection, notes: Sequence[Note], zone: ZoneInfo, ids: Ids) -> int:
    """Add notes to the records and return how many of them were new.

    The transaction must be one of `database.writing`. `ids` is used and added to. Raises
    SQLAlchemyError.
    """
    known = known_calls(connection, notes, ids)
    added = 0
    for note in notes:
        call = next((known[h] for h in note.hashes if h in known), None)
        if call is None:
            call = known[note.hashes[0]] = _begun(note, zone)
        added += _end(call, note) if isinstance(note, End) else _step(call, note, zone)
        if call.row["answered"]:
            ids[note.hashes[0]] = call.row["id"]
    for old in [*islice(ids, max(len(ids) - MOST_IDS, 0))]:
        del ids[old]
    _save(connection, list({id(c): c for c in known.values()}.values()))
    return added


def failing(connection: Connection, destinations: Iterable[str]) -> list[str]:
    """Return those destinations to which the last two finished transfers both failed."""
    found = []
    for name in destinations:
        t = schema.transfers.c
        last = (
            select(t.outcome)
            .where(t.destination == name, t.returned.is_not(None))
            .order_by(t.returned.desc())
            .limit(2)
        )
        outcomes = connection.execute(last).scalars().all()
        if len(outcomes) == 2 and FAILURES.issuperset(outcomes):  # noqa: PLR2004 twice in a row
            found.append(name)
    return found


def _begun(note: Note, zone: ZoneInfo) -> Call:
    started = note.moment
    if isinstance(note, End):
        started -= dt.timedelta(seconds=note.seconds or 0)
    row: dict[str, Any] = {
        "id": secrets.randbits(63),
        "hash": note.hashes[0],
        "answered": 0,
        "last": started,
        "language": "",
        "at": "",
        "seconds": None,
        "ended": None,
    }
    call = Call(row, is_new=True)
    _starts(call, started, zone)
    return call


def _starts(call: Call, moment: dt.datetime, zone: ZoneInfo) -> None:
    local = moment.astimezone(zone)
    call.row.update(started=moment, day=local.date(), hour=local.hour)


def _end(call: Call, note: End) -> int:
    new = call.row["ended"] is None
    call.row.update(ended=note.status, seconds=note.seconds)
    return new


def _step(call: Call, note: Step, zone: ZoneInfo) -> int:
    if _is_twice(call, note):
        return 0
    # What happens on the other side happens where the caller waits.
    here = call.row["at"] if note.what == TAKEN else ""
    row = {
        "call_id": call.row["id"],
        "moment": note.moment,
        "node": here or note.node[:NAME],
        "what": note.what,
        "key": note.key,
        "led_to": here or note.led_to[:NAME],
        "dialled": note.dialled and note.dialled[:NAME],
        "back_from": note.back_from and note.back_from[:NAME],
        "outcome": note.outcome,
        "talked": note.talked,
        "token": note.token,
        "mark": note.mark,
    }
    insort(call.steps, Kept(note.moment, row, is_new=True))
    if note.token is not None:
        call.tokens.add(note.token)
    call.rang = call.rang or rings(note)
    if note.what == "answer" or (not call.row["answered"] and note.moment < call.row["started"]):
        _starts(call, note.moment, zone)
    if note.what == "answer":
        call.row["answered"] = 1
    moved = {"last": note.moment, "language": note.language, "at": note.led_to[:NAME]}
    if call.moves is not None:
        call.moves.append({"_id": call.row["id"], **{f"_{k}": v for k, v in moved.items()}})
    elif note.what != TAKEN and (note.moment >= call.row["last"] or not call.row["at"]):
        call.row.update(moved)
    return 1


def _is_twice(call: Call, note: Step) -> bool:
    """Tell whether a note is there: by its token, else by a neighbour in time with its mark."""
    if note.token is not None:
        return note.token in call.tokens
    if note.mark is None:
        return False
    if note.what == "answer":
        return any(step.row["mark"] == note.mark for step in call.steps)
    after = next((i for i, s in enumerate(call.steps) if s.moment > note.moment), len(call.steps))
    neighbours = call.steps[max(after - 1, 0) : after + 1]
    return any(step.row["mark"] == note.mark for step in neighbours)


SAME = frozenset({"id", "hash"})


def _changed(*names: str) -> Update:
    """Return what changes so much of the call "_id" to the values "_name"."""
    values: dict[str, Any] = {name: bindparam(f"_{name}") for name in names}
    return update(schema.calls).where(schema.calls.c.id == bindparam("_id")).values(values)


def _save(connection: Connection, calls: Sequence[Call]) -> None:
    new = [c.row for c in calls if c.is_new]
    looked_at = [c for c in calls if not c.is_new and c.moves is None]
    moves = [move for c in calls for move in c.moves or ()]
    if new:
        connection.execute(insert(schema.calls), new)
    if looked_at:
        rows = [{f"_{k}": v for k, v in c.row.items()} for c in looked_at]
        connection.execute(_changed(*(c.name for c in schema.calls.c if c.name not in SAME)), rows)
    if moves:
        moved = _changed("last", "language", "at")
        connection.execute(moved.where(schema.calls.c.last <= bindparam("_last")), moves)
    added = [s.row for c in calls for s in c.steps if s.is_new]
    if added:
        connection.execute(insert(schema.steps), added)
    rang = [c for c in calls if c.rang]
    if rang:
        again = delete(schema.transfers).where(
            schema.transfers.c.call_id.in_([c.row["id"] for c in rang])
        )
        connection.execute(again)
        if found := [t for c in rang for t in transfers(c)]:
            connection.execute(insert(schema.transfers), found)
