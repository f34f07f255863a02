"""Notes into rows: each once, in whatever order they come, and none that comes twice."""

import datetime as dt
import secrets
from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Update,
    bindparam,
    delete,
    insert,
    select,
    tuple_,
    update,
)

from ivr.records import schema
from ivr.records.notes import TAKEN, End, Note, Step

NAME = 80
"""The longest name of a node that is kept, as the columns hold it."""

FAILURES = frozenset({"busy", "no-answer", "failed"})


@dataclass(order=True, slots=True)
class _Kept:
    moment: dt.datetime
    row: dict[str, Any] = field(compare=False)
    is_new: bool = field(compare=False, default=False)


@dataclass(slots=True)
class _Call:
    """A call's row, and its steps by moment, while notes are added to it.

    Of those that are written already, only such as are looked at are known, and which of the
    `tokens` that have come now are there. Of a call whose id alone is known (Ids), the row is as
    good as empty, and `moves` is what becomes of it.
    """

    row: dict[str, Any]
    is_new: bool
    steps: list[_Kept] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    moves: list[dict[str, Any]] | None = None
    rang: bool = False


Ids = dict[str, int]
"""The ids of calls whose first turn is written, by hash: most notes change nothing that is there.

Forget them when a transaction fails, or their calls may not be there.
"""

MOST_IDS = 4096
"""That are kept: of the calls that go on, and some more."""


def write(connection: Connection, notes: Sequence[Note], zone: ZoneInfo, ids: Ids) -> int:
    """Add notes to the records and return how many of them were new.

    The transaction must be one of `database.writing`. `ids` is used and added to. Raises
    SQLAlchemyError.
    """
    known = _known(connection, notes, ids)
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


def _known(connection: Connection, notes: Sequence[Note], ids: Ids) -> dict[str, _Call]:
    """Return the calls of notes that are there, by hash. Most began today, and are found at once."""
    asked = [n for n in notes if n.hashes[0] not in ids or _changes_call(n)]
    known = _calls(connection, {note.hashes[0] for note in asked})
    others = {h for note in asked if note.hashes[0] not in known for h in note.hashes[1:]}
    known |= _calls(connection, others)
    for note in notes:
        if not any(h in known for h in note.hashes) and note.hashes[0] in ids:
            row = {"id": ids[note.hashes[0]], "answered": 1}
            known[note.hashes[0]] = _Call(row, is_new=False, moves=[])
    by_id: dict[int, _Call] = {}
    whole, ringing = set[int](), set[int]()
    tokens: list[tuple[int, str]] = []
    for note in notes:
        call = next((known[h] for h in note.hashes if h in known), None)
        if call is None or isinstance(note, End):
            continue
        name = call.row["id"]
        by_id[name] = call
        if note.token is None:
            whole.add(name)
        else:
            tokens.append((name, note.token))
            if _rings(note):
                ringing.add(name)
    t = schema.steps.c
    _add_steps(connection, by_id, t.call_id.in_(whole), whole)
    _add_steps(connection, by_id, t.call_id.in_(ringing - whole) & RINGS, ringing - whole)
    _add_tokens(connection, by_id, tokens)
    return known


RINGS = (
    schema.steps.c.dialled.is_not(None)
    | schema.steps.c.back_from.is_not(None)
    | (schema.steps.c.what == TAKEN)
)
"""The steps that a call's transfers are told by."""


def _calls(connection: Connection, hashes: set[str]) -> dict[str, _Call]:
    if not hashes:
        return {}
    rows = connection.execute(select(schema.calls).where(schema.calls.c.hash.in_(hashes)))
    return {row["hash"]: _Call(dict(row), is_new=False) for row in rows.mappings()}


def _add_steps(
    connection: Connection, by_id: dict[int, _Call], which: ColumnElement[bool], of: set[int]
) -> None:
    if not of:
        return
    kept = select(schema.steps).where(which).order_by(schema.steps.c.id)
    for row in connection.execute(kept).mappings():
        insort(by_id[row["call_id"]].steps, _Kept(row["moment"], dict(row)))


def _add_tokens(
    connection: Connection, by_id: dict[int, _Call], tokens: list[tuple[int, str]]
) -> None:
    if not tokens:
        return
    t = schema.steps.c
    there = select(t.call_id, t.token).where(tuple_(t.call_id, t.token).in_(tokens))
    for call_id, token in connection.execute(there):
        by_id[call_id].tokens.add(token)


def _changes_call(note: Note) -> bool:
    """Tell whether a note may change more of its call than where it is, or has to know that."""
    return isinstance(note, End) or note.what in {"answer", TAKEN}


def _rings(note: Step) -> bool:
    """Tell whether a note changes a call's transfers."""
    return bool(note.dialled or note.back_from or note.what == TAKEN)


def _begun(note: Note, zone: ZoneInfo) -> _Call:
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
    call = _Call(row, is_new=True)
    _starts(call, started, zone)
    return call


def _starts(call: _Call, moment: dt.datetime, zone: ZoneInfo) -> None:
    local = moment.astimezone(zone)
    call.row.update(started=moment, day=local.date(), hour=local.hour)


def _end(call: _Call, note: End) -> int:
    new = call.row["ended"] is None
    call.row.update(ended=note.status, seconds=note.seconds)
    return new


def _step(call: _Call, note: Step, zone: ZoneInfo) -> int:
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
    insort(call.steps, _Kept(note.moment, row, is_new=True))
    if note.token is not None:
        call.tokens.add(note.token)
    call.rang = call.rang or _rings(note)
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


def _is_twice(call: _Call, note: Step) -> bool:
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


def _save(connection: Connection, calls: Sequence[_Call]) -> None:
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
        connection.execute(insert(schema.transfers), [t for c in rang for t in _transfers(c)])


def _transfers(call: _Call) -> Iterator[dict[str, Any]]:
    """Yield a call's transfers, as its steps tell them now; a late step changes them.

    The carrier counts as talking that somebody is asked to press 1: it begins when they have.
    """
    open_ones: dict[str, list[dict[str, Any]]] = defaultdict(list)
    found = []
    taken: dt.datetime | None = None
    for kept in call.steps:
        step = kept.row
        if step["what"] == TAKEN:
            taken = step["moment"]
        if name := step["back_from"]:
            if open_ones[name]:
                transfer = open_ones[name].pop()
            else:
                transfer = _transfer(call, name)
                found.append(transfer)
            talked = step["talked"]
            if taken and talked is not None:
                talked = min(talked, round((step["moment"] - taken).total_seconds()))
            taken = None
            transfer.update(returned=step["moment"], outcome=step["outcome"], talked=talked)
        if step["dialled"]:
            transfer = _transfer(call, step["dialled"]) | {"dialled": step["moment"]}
            open_ones[step["dialled"]].append(transfer)
            found.append(transfer)
    yield from found


def _transfer(call: _Call, name: str) -> dict[str, Any]:
    return {
        "call_id": call.row["id"],
        "destination": name,
        "dialled": None,
        "returned": None,
        "outcome": None,
        "talked": None,
    }
