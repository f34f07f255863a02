"""How long records are kept: hashes and exact times two days, calls keep_days, totals for good.

A day is closed after two days: nothing can be added to its calls any more, and they are counted
into the day's totals.
"""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    bindparam,
    delete,
    extract,
    insert,
    or_,
    select,
    update,
)

from ivr.database import schema
from ivr.database.engine import writing
from ivr.records.reports.aggregates import PARTS, SECONDS, counts_by_day, seconds_of_open_calls

OPEN_DAYS = 2
"""Days for which late facts can still be added to a day's calls; then their hashes are erased."""

CALLS_AT_ONCE = 500
"""Calls that are closed with one set of statements."""

SLOT = dt.timedelta(minutes=5)
"""To which moments are rounded down once a day is closed: the carrier's log has exact times."""

STEP_SECONDS = 10
"""To which the time until a person answers is rounded once a day is closed."""

RANGE_SECONDS = 30
"""To which the length of calls and talks is rounded once a day is closed."""


def apply(engine: Engine, zone: ZoneInfo, keep_days: int, now: dt.datetime) -> int:
    """Erase hashes and exact times of closed days; remove calls older than `keep_days`.

    Days are counted in the line's time zone, without today. Returns how many calls were removed.
    Raises SQLAlchemyError.
    """
    today = now.astimezone(zone).date()
    closed, old = (today - dt.timedelta(days=days) for days in (OPEN_DAYS, keep_days))
    with writing(engine) as connection:
        _close_days(connection, closed)
    while _count_a_day(engine, max(closed, old)):
        pass
    with writing(engine) as connection:
        counted = schema.calls.c.counted == 1
        return connection.execute(
            delete(schema.calls).where(schema.calls.c.day < old, counted)
        ).rowcount


def _close_days(connection: Connection, before: dt.date) -> None:
    """Erase hashes, tokens and exact times of calls before a day, in portions of CALLS_AT_ONCE."""
    c = schema.calls.c
    # The last two: calls that an older version of this program closed still have exact times.
    is_exact = or_(c.hash.is_not(None), extract("second", c.started) != 0)
    asked = select(c.id, c.started, c.seconds).where(c.day < before, is_exact).limit(CALLS_AT_ONCE)
    while closing := connection.execute(asked).all():
        starts = {call_id: started for call_id, started, _ in closing}
        _coarsen_transfers(connection, starts)
        rows = [
            {
                "of_call": call_id,
                "slot": slot_of(started),
                "length": _rounded(seconds, RANGE_SECONDS),
            }
            for call_id, started, seconds in closing
        ]
        connection.execute(_CLOSE_STEPS, [{k: row[k] for k in ("of_call", "slot")} for row in rows])
        connection.execute(_CLOSE_CALL, rows)


def _coarsen_transfers(connection: Connection, starts: dict[int, dt.datetime]) -> None:
    """Move the transfers of calls to their call's slot, and round how long each step took."""
    t = schema.transfers.c
    columns = (t.id, t.call_id, t.dialled, t.returned, t.talked)
    exact = connection.execute(select(*columns).where(t.call_id.in_(starts))).all()
    rows = [_coarse_transfer(starts[row.call_id], row) for row in exact]
    if rows:
        connection.execute(_CLOSE_TRANSFER, rows)


def _coarse_transfer(started: dt.datetime, row: Row[Any, Any, Any, Any, Any]) -> dict[str, object]:
    """Return the rounded values of a transfer.

    The time until the person answered, which reports show, is what lies between the start of the
    call and the end of the transfer without the talk: so these still fit together.
    """
    talked = _rounded(row.talked, RANGE_SECONDS)

    def moved(moment: dt.datetime | None, talk: int = 0, exact_talk: int = 0) -> object:
        if moment is None:
            return None
        wait = round((moment - started).total_seconds()) - exact_talk
        seconds = (_rounded(max(wait, 0), STEP_SECONDS) or 0) + talk
        return slot_of(started) + dt.timedelta(seconds=seconds)

    return {
        "of_transfer": row.id,
        "new_dialled": moved(row.dialled),
        "new_returned": moved(row.returned, talked or 0, row.talked or 0),
        "new_talked": talked,
    }


def slot_of(moment: dt.datetime) -> dt.datetime:
    """Return the beginning of the SLOT in which a moment (aware) is."""
    return moment - (moment - dt.datetime.min.replace(tzinfo=dt.UTC)) % SLOT


def _rounded(seconds: int | None, step: int) -> int | None:
    """Return seconds rounded to the nearest step; None stays None."""
    return None if seconds is None else (seconds + step // 2) // step * step


_of_call = bindparam("of_call", type_=schema.calls.c.id.type)
_slot = bindparam("slot", type_=schema.calls.c.started.type)

_CLOSE_CALL = (
    update(schema.calls)
    .where(schema.calls.c.id == _of_call)
    .values(hash=None, started=_slot, last=_slot, seconds=bindparam("length"))
)
_CLOSE_STEPS = (
    update(schema.steps)
    .where(schema.steps.c.call_id == _of_call)
    .values(token=None, mark=None, moment=_slot, talked=None)
)
_CLOSE_TRANSFER = (
    update(schema.transfers)
    .where(schema.transfers.c.id == bindparam("of_transfer", type_=schema.transfers.c.id.type))
    .values(
        dialled=bindparam("new_dialled"),
        returned=bindparam("new_returned"),
        talked=bindparam("new_talked"),
    )
)


def _count_a_day(engine: Engine, before: dt.date) -> bool:
    """Count the calls of one day before another into its totals; return whether there were any.

    Each day has a transaction of its own, so that facts of calls wait for no more than that.
    """
    c, totals = schema.calls.c, schema.totals
    with writing(engine) as connection:
        asked = select(c.day).where(c.counted == 0, c.day < before).order_by(c.day).limit(1)
        day = connection.execute(asked).scalar()
        if day is None:
            return False
        # A day may have totals already, if calls of it arrived late: they are part of the counts.
        counts = counts_by_day(connection, day, day, (*PARTS, SECONDS))[day]
        for destination, waits in seconds_of_open_calls(connection, day, day).items():
            names = (f"{destination}/{_rounded(round(wait), STEP_SECONDS)}" for wait in waits)
            counts[SECONDS].update(names)
        rows = [
            {"day": day, "part": part, "name": name, "count_": count}
            for part, names_of_part in counts.items()
            for name, count in names_of_part.items()
        ]
        connection.execute(delete(totals).where(totals.c.day == day))
        connection.execute(insert(totals), rows)
        connection.execute(update(schema.calls).where(c.day == day).values(counted=1))
        return True
