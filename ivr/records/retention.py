"""How long records are kept: hashes until a day is closed, calls for some days, totals for good."""

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, delete, insert, select, update

from ivr.database import schema
from ivr.database.engine import writing
from ivr.records.reports.aggregates import counts

OPEN_DAYS = 2
"""A day's calls can still be added to for so long; then their hashes are erased."""


def tend(engine: Engine, zone: ZoneInfo, days: int, now: dt.datetime | None = None) -> int:
    """Erase the hashes of closed days, total and purge calls older than `days`; return how many.

    `days` is counted in the line's time zone, today not among them. Raises SQLAlchemyError.
    """
    today = (now or dt.datetime.now(dt.UTC)).astimezone(zone).date()
    with writing(engine) as connection:
        _close(connection, today - dt.timedelta(days=OPEN_DAYS))
        return _purge(connection, today - dt.timedelta(days=days))


def _close(connection: Connection, before: dt.date) -> None:
    calls, steps = schema.calls, schema.steps
    closed = select(calls.c.id).where(calls.c.day < before, calls.c.hash.is_not(None))
    connection.execute(
        update(steps).where(steps.c.call_id.in_(closed)).values(token=None, mark=None)
    )
    connection.execute(update(calls).where(calls.c.day < before).values(hash=None))


def _purge(connection: Connection, before: dt.date) -> int:
    calls = schema.calls
    old = select(calls.c.day).where(calls.c.day < before).distinct().order_by(calls.c.day)
    gone = 0
    for day in connection.execute(old).scalars().all():
        kept = counts(connection, day, day)  # with a total of the day that may be there already
        connection.execute(delete(schema.totals).where(schema.totals.c.day == day))
        rows = [
            {"day": day, "part": part, "name": name, "count_": count}
            for part, named in kept.items()
            for name, count in named.items()
        ]
        connection.execute(insert(schema.totals), rows)
        gone += connection.execute(delete(calls).where(calls.c.day == day)).rowcount
    return gone
