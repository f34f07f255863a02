"""How long records are kept: hashes until a day is closed, calls for some days, totals for good."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from ivr.records import schema
from ivr.records.database import writing

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
        kept = Counter({(part, name): n for part, name, n in _totals(connection, day)})
        before_now = select(schema.totals).where(schema.totals.c.day == day)
        for row in connection.execute(before_now):
            kept[row.part, row.name] += row.count_
        connection.execute(delete(schema.totals).where(schema.totals.c.day == day))
        rows = [
            {"day": day, "part": part, "name": name, "count_": n}
            for (part, name), n in kept.items()
        ]
        connection.execute(insert(schema.totals), rows)
        gone += connection.execute(delete(calls).where(calls.c.day == day)).rowcount
    return gone


def _totals(connection: Connection, day: dt.date) -> Iterator[tuple[str, str, int]]:
    """Yield a day's totals: part, name, count."""
    calls, steps, transfers = schema.calls.c, schema.steps.c, schema.transfers.c
    of_steps = schema.steps.join(schema.calls)
    of_transfers = schema.transfers.join(schema.calls)
    outcome = transfers.destination + "/" + func.coalesce(transfers.outcome, "unknown")
    empty = steps.what.in_(("noinput", "nomatch"))
    asked = [
        ("calls", select(func.count()).select_from(schema.calls)),
        ("language", select(calls.language, func.count()).group_by(calls.language)),
        ("hour", select(calls.hour, func.count()).group_by(calls.hour)),
        ("left-at", select(calls.at, func.count()).group_by(calls.at)),
        ("transfer", select(outcome, func.count()).select_from(of_transfers).group_by(outcome)),
        (
            "node",
            select(steps.led_to, func.count(steps.call_id.distinct()))
            .select_from(of_steps)
            .group_by(steps.led_to),
        ),
        *(
            (
                what,
                select(steps.node, func.count())
                .select_from(of_steps)
                .where(empty, steps.what == what)
                .group_by(steps.node),
            )
            for what in ("noinput", "nomatch")
        ),
    ]
    for part, question in asked:
        for row in connection.execute(question.where(calls.day == day)):
            name, count = ("", row[0]) if len(row) == 1 else (str(row[0]), row[1])
            yield part, name, count
