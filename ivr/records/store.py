"""Write facts of calls into the tables: each once, in any order, in any batches, however late.

Of what is stored, only the ids of calls and the tokens of steps are looked up. Every statement
checks by itself whether it may change a row.
"""

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TypedDict
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Connection,
    Date,
    and_,
    bindparam,
    case,
    exists,
    insert,
    not_,
    or_,
    select,
    update,
)

from ivr.database.bulk import MOMENTS, BulkLookup, BulkStatement, Converter
from ivr.database.schema import calls, steps
from ivr.records.facts import ACCEPTED, CallFact, EndFact, StepFact
from ivr.records.transfers import write_transfers

MAX_NAME = 80
"""Characters of the name of a node or destination that the columns hold; the rest is cut off."""


class StepRow(TypedDict):
    """A row of `steps`; `moment` is as the database's driver takes it."""

    call_id: int
    moment: object
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
    moment_of, day_of = MOMENTS(connection.dialect), _DAYS(connection.dialect)
    ordered = sorted(facts, key=attrgetter("moment"))
    rows = [
        (_row(ids[f.hashes], f, moment_of(f.moment)), f) for f in ordered if type(f) is StepFact
    ]
    added = _add_steps(connection, rows)
    begins, moves = [], {}
    for row, fact in added:
        call_id = row["call_id"]
        if fact.what == "answer" or call_id in unanswered:
            local = fact.moment.astimezone(zone)
            begins.append(
                {
                    "of_call": call_id,
                    "new_started": row["moment"],
                    "new_day": day_of(local.date()),
                    "new_hour": local.hour,
                    "new_answered": int(fact.what == "answer"),
                }
            )
        if fact.what != ACCEPTED:
            moves[call_id] = {
                "of_call": call_id,
                "new_last": row["moment"],
                "new_language": fact.language,
                "new_at": row["led_to"],
            }
    ends = [
        {"of_call": ids[fact.hashes], "new_ended": fact.status, "new_seconds": fact.seconds}
        for fact in ordered
        if isinstance(fact, EndFact)
    ]
    _BEGIN_CALL.run(connection, begins)
    _MOVE_CALL.run(connection, [*moves.values()])
    ended = _END_CALL.run(connection, ends)
    write_transfers(connection, {row["call_id"] for row, fact in added if _rings(fact)})
    return len(added) + ended


def _call_ids(
    connection: Connection, facts: Sequence[CallFact], zone: ZoneInfo
) -> tuple[Mapping[tuple[str, ...], int], set[int]]:
    """Return the id of each fact's call, and the calls whose first turn is not stored yet.

    A call without a row gets one. Most calls began today, so the other days' hashes are looked up
    only for those that are not stored under the first.
    """
    stored = _stored_calls(connection, {fact.hashes[0] for fact in facts})
    others = {name for fact in facts if fact.hashes[0] not in stored for name in fact.hashes[1:]}
    stored |= _stored_calls(connection, others)
    ids: dict[tuple[str, ...], int] = {}
    new_calls = []
    for fact in facts:
        call = next((stored[name] for name in fact.hashes if name in stored), None)
        if call is None:
            call = stored[fact.hashes[0]] = secrets.randbits(63), False
            new_calls.append(_new_call(connection, call[0], fact, zone))
        ids[fact.hashes] = call[0]
    _ADD_CALL.run(connection, new_calls)
    return ids, {call_id for call_id, is_answered in stored.values() if not is_answered}


def _stored_calls(connection: Connection, hashes: set[str]) -> dict[str, tuple[int, bool]]:
    """Return id, and whether the first turn is stored, by hash."""
    if not hashes:
        return {}
    rows = _CALLS.run(connection, [(hash_,) for hash_ in hashes])
    return {hash_: (call_id, bool(answered)) for hash_, call_id, answered in rows}


def _new_call(
    connection: Connection, call_id: int, fact: CallFact, zone: ZoneInfo
) -> dict[str, object]:
    started = fact.moment
    if isinstance(fact, EndFact):
        started -= dt.timedelta(seconds=fact.seconds or 0)
    local = started.astimezone(zone)
    moment = MOMENTS(connection.dialect)(started)
    return {
        "id": call_id,
        "hash": fact.hashes[0],
        "started": moment,
        "day": _DAYS(connection.dialect)(local.date()),
        "hour": local.hour,
        "last": moment,
    }


def _row(call_id: int, fact: StepFact, moment: object) -> StepRow:
    return {
        "call_id": call_id,
        "moment": moment,
        "node": fact.node[:MAX_NAME],
        "what": fact.what,
        "key": fact.key,
        "led_to": fact.led_to[:MAX_NAME],
        "dialled": fact.dialled and fact.dialled[:MAX_NAME],
        "back_from": fact.back_from and fact.back_from[:MAX_NAME],
        "outcome": fact.outcome,
        "talked": fact.talked,
        "token": fact.token,
        "mark": fact.mark,
    }


def _add_steps(
    connection: Connection, rows: Sequence[tuple[StepRow, StepFact]]
) -> list[tuple[StepRow, StepFact]]:
    """Add the steps that are not stored yet; return these, in order of time."""
    tokens = [(row["call_id"], row["token"]) for row, _ in rows if row["token"]]
    seen = _stored_tokens(connection, tokens)
    with_token = []
    for row, fact in rows:
        name = row["call_id"], row["token"]
        if row["token"] and name not in seen:
            seen.add(name)
            with_token.append((row, fact))
    _ADD_STEP.run(connection, [row for row, _ in with_token])
    with_mark = [
        (row, fact)
        for row, fact in rows
        if not row["token"]
        and _ADD_MARKED.run(connection, [{f"new_{name}": v for name, v in row.items()}])
    ]
    return sorted([*with_token, *with_mark], key=lambda pair: pair[1].moment)


def _stored_tokens(
    connection: Connection, tokens: Sequence[tuple[int, str | None]]
) -> set[tuple[int, str | None]]:
    return {(row[0], row[1]) for row in _TOKENS.run(connection, tokens)} if tokens else set()


def _rings(fact: StepFact) -> bool:
    """Return whether a fact changes its call's transfers."""
    return bool(fact.dialled or fact.back_from or fact.what == ACCEPTED)


_DAYS = Converter(Date())

_CALLS = BulkLookup((calls.c.hash, calls.c.id, calls.c.answered), (calls.c.hash,))
_TOKENS = BulkLookup((steps.c.call_id, steps.c.token), (steps.c.call_id, steps.c.token))
_ADD_CALL = BulkStatement(
    insert(calls).inline().values(answered=0, language="", at="", counted=0),
    ("id", "hash", "started", "day", "hour", "last"),
)
_ADD_STEP = BulkStatement(insert(steps).inline(), [*StepRow.__annotations__])

_new = {column.name: bindparam(f"new_{column.name}", type_=column.type) for column in steps.c}
_stored, _between = steps.alias("stored"), steps.alias("between_both")
_is_between = and_(
    _between.c.call_id == _new["call_id"],
    or_(
        (_between.c.moment > _stored.c.moment) & (_between.c.moment < _new["moment"]),
        (_between.c.moment < _stored.c.moment) & (_between.c.moment > _new["moment"]),
    ),
)
_is_stored = exists().where(
    _stored.c.call_id == _new["call_id"],
    _stored.c.mark == _new["mark"],
    or_(_new["what"] == "answer", not_(exists().where(_is_between))),
)
_ADD_MARKED = BulkStatement(
    insert(steps)
    .inline()
    .from_select(
        list(StepRow.__annotations__),
        select(*(_new[name] for name in StepRow.__annotations__)).where(not_(_is_stored)),
    )
)
"""Adds a step, unless the step before or after it in time has the same mark."""

_of_call = update(calls).where(calls.c.id == bindparam("of_call", type_=calls.c.id.type))

_BEGIN_CALL = BulkStatement(
    _of_call.where(
        or_(
            bindparam("new_answered") == 1,
            (calls.c.answered == 0) & (calls.c.started > bindparam("new_started")),
        )
    ).values(
        started=bindparam("new_started"),
        day=bindparam("new_day"),
        hour=bindparam("new_hour"),
        answered=case((bindparam("new_answered") == 1, 1), else_=calls.c.answered),
    )
)
"""Sets when a call began: at its first turn, or at its earliest fact while that is not stored."""

_MOVE_CALL = BulkStatement(
    _of_call.where(or_(calls.c.last <= bindparam("new_last"), calls.c.at == "")).values(
        last=bindparam("new_last"), language=bindparam("new_language"), at=bindparam("new_at")
    )
)
"""Sets where a call is, unless a later step of it is stored."""

_END_CALL = BulkStatement(
    _of_call.where(calls.c.ended.is_(None)).values(
        ended=bindparam("new_ended"), seconds=bindparam("new_seconds")
    )
)
"""Sets how a call ended, once."""
