"""The calls that notes belong to, as far as the records know them: no more than is needed."""

import datetime as dt
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, tuple_

from ivr.database import schema
from ivr.records.facts import TAKEN, End, Note, Step


@dataclass(order=True, slots=True)
class Kept:
    moment: dt.datetime
    row: dict[str, Any] = field(compare=False)
    is_new: bool = field(compare=False, default=False)


@dataclass(slots=True)
class Call:
    """A call's row, and its steps by moment, while notes are added to it.

    Of those that are written already, only such as are looked at are known, and which of the
    `tokens` that have come now are there. Of a call whose id alone is known (Ids), the row is as
    good as empty, and `moves` is what becomes of it.
    """

    row: dict[str, Any]
    is_new: bool
    steps: list[Kept] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    moves: list[dict[str, Any]] | None = None
    rang: bool = False


Ids = dict[str, int]
"""The ids of calls whose first turn is written, by hash: most notes change nothing that is there.

Forget them when a transaction fails, or their calls may not be there.
"""

MOST_IDS = 4096
"""That are kept: of the calls that go on, and some more."""


def known_calls(connection: Connection, notes: Sequence[Note], ids: Ids) -> dict[str, Call]:
    """Return the calls of notes that are there, by hash. Most began today."""
    asked = [n for n in notes if n.hashes[0] not in ids or _changes_call(n)]
    known = _calls(connection, {note.hashes[0] for note in asked})
    others = {h for note in asked if note.hashes[0] not in known for h in note.hashes[1:]}
    known |= _calls(connection, others)
    for note in notes:
        if not any(h in known for h in note.hashes) and note.hashes[0] in ids:
            row = {"id": ids[note.hashes[0]], "answered": 1}
            known[note.hashes[0]] = Call(row, is_new=False, moves=[])
    by_id: dict[int, Call] = {}
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
            if rings(note):
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


def _calls(connection: Connection, hashes: set[str]) -> dict[str, Call]:
    if not hashes:
        return {}
    rows = connection.execute(select(schema.calls).where(schema.calls.c.hash.in_(hashes)))
    return {row["hash"]: Call(dict(row), is_new=False) for row in rows.mappings()}


def _add_steps(
    connection: Connection, by_id: dict[int, Call], which: ColumnElement[bool], of: set[int]
) -> None:
    if not of:
        return
    kept = select(schema.steps).where(which).order_by(schema.steps.c.id)
    for row in connection.execute(kept).mappings():
        insort(by_id[row["call_id"]].steps, Kept(row["moment"], dict(row)))


def _add_tokens(
    connection: Connection, by_id: dict[int, Call], tokens: list[tuple[int, str]]
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


def rings(note: Step) -> bool:
    """Tell whether a note changes a call's transfers."""
    return bool(note.dialled or note.back_from or note.what == TAKEN)
