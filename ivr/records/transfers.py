"""The transfers of calls: derived from those steps that dial, return or accept, and stored."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields

from sqlalchemy import Connection, delete, insert, select

from ivr.database.bulk import MOMENTS, BulkStatement
from ivr.database.schema import steps, transfers
from ivr.records.facts import ACCEPTED

FAILURES = frozenset({"busy", "no-answer", "failed"})
"""Outcomes of a dialled call that nobody answered."""


@dataclass(frozen=True, slots=True)
class Ring:
    """A step that dials a destination, comes back from one, or in which a person accepts."""

    moment: dt.datetime
    what: str
    dialled: str | None
    back_from: str | None
    outcome: str | None
    talked: int | None


@dataclass(slots=True)
class Transfer:
    """A call to a destination: the columns of `transfers`. `talked` is in seconds.

    `dialled` is None while the step that dialled is missing; the last three are None until the call
    is over.
    """

    destination: str
    dialled: dt.datetime | None
    returned: dt.datetime | None = None
    outcome: str | None = None
    talked: int | None = None


def transfers_of(rings: Iterable[Ring]) -> list[Transfer]:
    """Return a call's transfers; `rings` are its steps in order of time.

    The carrier counts the seconds in which a person is asked to press 1 as talking: the two talk
    only from the moment when that person has pressed it.
    """
    transfers: list[Transfer] = []
    unfinished: dict[str, list[Transfer]] = defaultdict(list)
    accepted: dt.datetime | None = None
    for ring in rings:
        if ring.what == ACCEPTED:
            accepted = ring.moment
        if ring.back_from:
            if unfinished[ring.back_from]:
                transfer = unfinished[ring.back_from].pop()
            else:
                transfer = Transfer(ring.back_from, dialled=None)
                transfers.append(transfer)
            talked = ring.talked
            if accepted and talked is not None:
                talked = min(talked, round((ring.moment - accepted).total_seconds()))
            accepted = None
            transfer.returned, transfer.outcome, transfer.talked = ring.moment, ring.outcome, talked
        if ring.dialled:
            transfer = Transfer(ring.dialled, dialled=ring.moment)
            unfinished[ring.dialled].append(transfer)
            transfers.append(transfer)
    return transfers


def write_transfers(connection: Connection, call_ids: set[int]) -> None:
    """Derive the transfers of some calls again from all their steps; a late step changes them."""
    if not call_ids:
        return
    connection.execute(delete(transfers).where(transfers.c.call_id.in_(call_ids)))
    s = steps.c
    asked = (
        select(s.call_id, s.moment, s.what, s.dialled, s.back_from, s.outcome, s.talked)
        .where(
            s.call_id.in_(call_ids),
            s.dialled.is_not(None) | s.back_from.is_not(None) | (s.what == ACCEPTED),
        )
        .order_by(s.moment, s.id)
    )
    rings = defaultdict(list)
    for call_id, *ring in connection.execute(asked):
        rings[call_id].append(Ring(*ring))
    moment_of = MOMENTS(connection.dialect)
    rows = [
        {
            "call_id": call_id,
            "destination": transfer.destination,
            "dialled": moment_of(transfer.dialled),
            "returned": moment_of(transfer.returned),
            "outcome": transfer.outcome,
            "talked": transfer.talked,
        }
        for call_id, of_call in rings.items()
        for transfer in transfers_of(of_call)
    ]
    _ADD_TRANSFER.run(connection, rows)


def failing_destinations(connection: Connection, destinations: Iterable[str]) -> list[str]:
    """Return those destinations to which the last two finished transfers both failed."""
    failed = []
    for name in destinations:
        t = transfers.c
        last = (
            select(t.outcome)
            .where(t.destination == name, t.returned.is_not(None))
            .order_by(t.returned.desc(), t.id.desc())
            .limit(2)
        )
        outcomes = connection.execute(last).scalars().all()
        if len(outcomes) == 2 and FAILURES.issuperset(outcomes):  # noqa: PLR2004 twice in a row
            failed.append(name)
    return failed


_ADD_TRANSFER = BulkStatement(
    insert(transfers).inline(), ("call_id", *(field.name for field in fields(Transfer)))
)
