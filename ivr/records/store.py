"""Write facts of calls into the tables: each once, in any order, in any batches, however late.

Nothing is loaded first except the ids of calls: each statement checks by itself what it may add or
change.
"""

import datetime as dt
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BindParameter,
    Connection,
    bindparam,
    case,
    delete,
    exists,
    insert,
    not_,
    or_,
    select,
    update,
)

from ivr.database.schema import calls, steps, transfers
from ivr.records.facts import ACCEPTED, CallFact, EndFact, StepFact
from ivr.records.transfers import Ring, transfers_of

MAX_NAME = 80
"""Characters of the name of a node or destination that the columns hold; the rest is cut off."""

FAILURES = frozenset({"busy", "no-answer", "failed"})
"""Outcomes of a dialled call that nobody answered."""


@dataclass(frozen=True, slots=True)
class CallRow:
    """A row of `calls`; a new one holds what its first fact says."""

    id: int
    hash: str
    started: dt.datetime
    answered: int
    day: dt.date
    hour: int
    last: dt.datetime


@dataclass(frozen=True, slots=True)
class StepRow:
    """A row of `steps`, and the language, which its call has."""

    call_id: int
    moment: dt.datetime
    node: str
    what: str
    key: str
    led_to: str
    dialled: str | None
    back_from: str | None
    outcome: str | None
    talked: int | None
    token: str | None
    mark: str | None


def write(connection: Connection, facts: Sequence[CallFact], zone: ZoneInfo) -> int:
    """Add facts to the tables; return how many were new. `zone` is the line's time zone.

    The transaction must be one of `ivr.database.engine.writing`. Raises SQLAlchemyError.
    """
    ids, unanswered = _call_ids(connection, facts, zone)
    ordered = sorted(facts, key=lambda fact: fact.moment)
    step_facts = [(ids[fact.hashes], fact) for fact in ordered if isinstance(fact, StepFact)]
    ends = [(ids[fact.hashes], fact) for fact in ordered if isinstance(fact, EndFact)]
    added = _run(connection, _ADD_STEP, [_parameters(_row(*pair)) for pair in step_facts])
    begins = [
        _begin(call_id, fact.moment, zone) | {"new_what": fact.what}
        for call_id, fact in step_facts
        if fact.what == "answer" or call_id in unanswered
    ]
    _run(connection, _BEGIN_CALL, begins)
    moves = [
        {
            "new_call_id": call_id,
            "new_moment": fact.moment,
            "new_language": fact.language,
            "new_at": fact.led_to[:MAX_NAME],
        }
        for call_id, fact in step_facts
        if fact.what != ACCEPTED
    ]
    _run(connection, _MOVE_CALL, moves)
    added += _run(
        connection,
        _END_CALL,
        [{"new_call_id": i, "new_ended": f.status, "new_seconds": f.seconds} for i, f in ends],
    )
    _write_transfers(connection, {call_id for call_id, fact in step_facts if _rings(fact)})
    return added


def failing(connection: Connection, destinations: Iterable[str]) -> list[str]:
    """Return those destinations to which the last two finished transfers both failed."""
    failed = []
    for name in destinations:
        t = transfers.c
        last = (
            select(t.outcome)
            .where(t.destination == name, t.returned.is_not(None))
            .order_by(t.returned.desc())
            .limit(2)
        )
        outcomes = connection.execute(last).scalars().all()
        if len(outcomes) == 2 and FAILURES.issuperset(outcomes):  # noqa: PLR2004 twice in a row
            failed.append(name)
    return failed


def _call_ids(
    connection: Connection, facts: Sequence[CallFact], zone: ZoneInfo
) -> tuple[Mapping[tuple[str, ...], int], set[int]]:
    """Return the id of each fact's call, and the calls whose first turn is not stored yet.

    A call without a row gets one. Most calls began today, so the other days' hashes are looked up
    only for those that are not found by the first.
    """
    stored = _stored_calls(connection, {fact.hashes[0] for fact in facts})
    others = {name for fact in facts if fact.hashes[0] not in stored for name in fact.hashes[1:]}
    stored |= _stored_calls(connection, others)
    ids: dict[tuple[str, ...], int] = {}
    new_calls = []
    for fact in facts:
        call = next((stored[name] for name in fact.hashes if name in stored), None)
        if call is None:
            row = _new_call(fact, zone)
            new_calls.append(_parameters(row, prefix=""))
            call = stored[row.hash] = row.id, False
        ids[fact.hashes] = call[0]
    _run(connection, insert(calls), new_calls)
    return ids, {call_id for call_id, is_answered in stored.values() if not is_answered}


def _stored_calls(connection: Connection, hashes: set[str]) -> dict[str, tuple[int, bool]]:
    """Return id, and whether the first turn is stored, by hash."""
    if not hashes:
        return {}
    asked = select(calls.c.hash, calls.c.id, calls.c.answered).where(calls.c.hash.in_(hashes))
    return {row.hash: (row.id, bool(row.answered)) for row in connection.execute(asked)}


def _new_call(fact: CallFact, zone: ZoneInfo) -> CallRow:
    started = fact.moment
    if isinstance(fact, EndFact):
        started -= dt.timedelta(seconds=fact.seconds or 0)
    local = started.astimezone(zone)
    return CallRow(
        id=secrets.randbits(63),
        hash=fact.hashes[0],
        started=started,
        answered=0,
        day=local.date(),
        hour=local.hour,
        last=started,
    )


def _begin(call_id: int, moment: dt.datetime, zone: ZoneInfo) -> dict[str, object]:
    local = moment.astimezone(zone)
    return {
        "new_call_id": call_id,
        "new_moment": moment,
        "new_day": local.date(),
        "new_hour": local.hour,
    }


def _row(call_id: int, fact: StepFact) -> StepRow:
    return StepRow(
        call_id=call_id,
        moment=fact.moment,
        node=fact.node[:MAX_NAME],
        what=fact.what,
        key=fact.key,
        led_to=fact.led_to[:MAX_NAME],
        dialled=fact.dialled and fact.dialled[:MAX_NAME],
        back_from=fact.back_from and fact.back_from[:MAX_NAME],
        outcome=fact.outcome,
        talked=fact.talked,
        token=fact.token,
        mark=fact.mark,
    )


def _parameters(row: CallRow | StepRow, prefix: str = "new_") -> dict[str, object]:
    return {prefix + field.name: getattr(row, field.name) for field in fields(row)}


def _run(connection: Connection, statement: Any, rows: list[dict[str, object]]) -> int:  # noqa: ANN401 an insert or update
    """Run a statement once for each row; return how many rows of the table it changed."""
    return connection.execute(statement, rows).rowcount if rows else 0


def _rings(fact: StepFact) -> bool:
    """Return whether a fact changes its call's transfers."""
    return bool(fact.dialled or fact.back_from or fact.what == ACCEPTED)


def _write_transfers(connection: Connection, call_ids: set[int]) -> None:
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
    rows = [
        {"call_id": call_id, **asdict(transfer)}
        for call_id, of_call in rings.items()
        for transfer in transfers_of(of_call)
    ]
    _run(connection, insert(transfers), rows)


# ── The statements; a parameter "new_x" is the fact's value for the column x ───────────────────


def _new(name: str) -> BindParameter[Any]:
    """Return the parameter for a column of `steps` or `calls`, or for a step's call."""
    column = steps.c.get(name)
    return bindparam(f"new_{name}", type_=(calls.c[name] if column is None else column).type)


_NEW_CALL_ID = bindparam("new_call_id", type_=calls.c.id.type)
_STORED, _BETWEEN = steps.alias("stored"), steps.alias("between_both")

_NOTHING_BETWEEN = not_(
    exists().where(
        _BETWEEN.c.call_id == _NEW_CALL_ID,
        or_(
            (_BETWEEN.c.moment > _STORED.c.moment) & (_BETWEEN.c.moment < _new("moment")),
            (_BETWEEN.c.moment < _STORED.c.moment) & (_BETWEEN.c.moment > _new("moment")),
        ),
    )
)
_HAS_TOKEN = exists().where(_STORED.c.call_id == _NEW_CALL_ID, _STORED.c.token == _new("token"))
_HAS_MARK = exists().where(
    _STORED.c.call_id == _NEW_CALL_ID,
    _STORED.c.mark == _new("mark"),
    or_(_new("what") == "answer", _NOTHING_BETWEEN),
)
_STEP_COLUMNS = [field.name for field in fields(StepRow)]

_ADD_STEP = (
    insert(steps)
    .from_select(
        _STEP_COLUMNS,
        select(
            *(_NEW_CALL_ID if name == "call_id" else _new(name) for name in _STEP_COLUMNS)
        ).where(not_(_HAS_TOKEN), or_(_new("mark").is_(None), not_(_HAS_MARK))),
    )
    .execution_options(preserve_rowcount=True)
)
"""Adds a step unless it is stored: by its token, or else next to a step with the same mark."""

_STEP_IS_STORED = exists().where(steps.c.call_id == _NEW_CALL_ID, steps.c.moment == _new("moment"))
"""False for a repeated request, which came later and was not added."""

_BEGIN_CALL = (
    update(calls)
    .where(
        calls.c.id == _NEW_CALL_ID,
        or_(
            (_new("what") == "answer") & _STEP_IS_STORED,
            (calls.c.answered == 0) & (calls.c.started > _new("moment")),
        ),
    )
    .values(
        started=_new("moment"),
        day=_new("day"),
        hour=_new("hour"),
        answered=case((_new("what") == "answer", 1), else_=calls.c.answered),
    )
)
"""Sets when a call began: at its first turn, or at its earliest fact while that is not stored."""

_MOVE_CALL = (
    update(calls)
    .where(
        calls.c.id == _NEW_CALL_ID,
        or_(calls.c.last <= _new("moment"), calls.c.at == ""),
        _STEP_IS_STORED,
    )
    .values(last=_new("moment"), language=_new("language"), at=_new("at"))
)
"""Sets where a call is, unless a later step of it is stored."""

_END_CALL = (
    update(calls)
    .where(calls.c.id == _NEW_CALL_ID, calls.c.ended.is_(None))
    .values(ended=_new("ended"), seconds=_new("seconds"))
)
"""Sets how a call ended, once."""
