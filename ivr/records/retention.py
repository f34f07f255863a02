"""How long records are kept: hashes for two days, calls for keep_days, daily totals for good."""

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, delete, insert, select, update

from ivr.database import schema
from ivr.database.engine import writing
from ivr.records.reports.aggregates import counts_by_day

OPEN_DAYS = 2
"""Days for which late facts can still be added to a day's calls; then their hashes are erased."""


def apply(engine: Engine, zone: ZoneInfo, keep_days: int, now: dt.datetime | None = None) -> int:
    """Erase the hashes of closed days, and replace calls older than `keep_days` by daily totals.

    Days are counted in the line's time zone, without today. Returns how many calls were removed.
    Raises SQLAlchemyError.
    """
    today = (now or dt.datetime.now(dt.UTC)).astimezone(zone).date()
    with writing(engine) as connection:
        _erase_hashes(connection, today - dt.timedelta(days=OPEN_DAYS))
        return _purge(connection, today - dt.timedelta(days=keep_days))


def _erase_hashes(connection: Connection, before: dt.date) -> None:
    calls, steps = schema.calls, schema.steps
    closed = select(calls.c.id).where(calls.c.day < before, calls.c.hash.is_not(None))
    connection.execute(
        update(steps).where(steps.c.call_id.in_(closed)).values(token=None, mark=None)
    )
    connection.execute(update(calls).where(calls.c.day < before).values(hash=None))


def _purge(connection: Connection, before: dt.date) -> int:
    calls, totals = schema.calls, schema.totals
    old = select(calls.c.day).where(calls.c.day < before).distinct().order_by(calls.c.day)
    days = connection.execute(old).scalars().all()
    if not days:
        return 0
    # A day may have totals already, if calls of it arrived late: they are part of the counts.
    counted = counts_by_day(connection, days[0], days[-1])
    rows = [
        {"day": day, "part": part, "name": name, "count_": count}
        for day in days
        for part, names in counted[day].items()
        for name, count in names.items()
    ]
    connection.execute(delete(totals).where(totals.c.day.in_(days)))
    connection.execute(insert(totals), rows)
    return connection.execute(delete(calls).where(calls.c.day.in_(days))).rowcount
