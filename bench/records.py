"""Measures what the records add to an answer, with a working and a broken database; and reports.

    python bench/records.py

One process answers the same turn alternately for a recorded call and for a rehearsal, which is not
recorded, so that the difference holds on any machine. Figures are in microseconds.
"""

import argparse
import datetime as dt
import logging
import socket
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, insert

from ivr.database import schema
from ivr.database.engine import open_and_migrate, writing
from ivr.phone.parties import made_up_sid
from ivr.records import retention
from ivr.records.reports.tables import BY, reports
from ivr.settings import Settings
from ivr.web import create_app
from ivr.web.voice.webhook_form import REHEARSAL

LOOPBACK = {"REMOTE_ADDR": "127.0.0.1"}


def main() -> None:
    """Measure with each state of the database, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=2000)
    parser.add_argument("--database", default="", help="an empty one, for the year of reports")
    arguments = parser.parse_args()
    turns = arguments.turns
    logging.disable()
    Console().print(year(arguments.database))
    table = Table("database", "not recorded", "recorded", "added", "added, p99", "times")
    table.title = f"median of {turns} turns, microseconds"
    for how in ("works", "is not there", "never answers", "is locked"):
        with tempfile.TemporaryDirectory() as room, database(how, Path(room)) as settings:
            bare, recorded = (sorted(took) for took in timed(settings, turns))
        low, high = statistics.median(bare), statistics.median(recorded)
        tail = recorded[int(turns * 0.99)] - bare[int(turns * 0.99)]
        figures = (f"{f * 1e6:.0f}" for f in (low, high, high - low, tail))
        table.add_row(how, *figures, f"{high / low:.2f}")
    Console().print(table)


CALLS, DAYS = 200_000, 365
REPORT_MS = 300
"""Milliseconds within which the page of a year's reports has its figures."""


def year(url: str) -> str:
    """Store a year of calls; return how long its reports take, and the counting of all its days."""
    with tempfile.TemporaryDirectory() as room:
        engine = open_and_migrate(Settings(state=Path(room), database_url=url))
        now = dt.datetime.now(dt.UTC)
        last = now.date()
        for rows in batched(range(CALLS), 5000):
            with writing(engine) as connection:
                store_calls(connection, rows, last)
        began = time.perf_counter()
        retention.apply(engine, ZoneInfo("UTC"), 2 * DAYS, now)
        counted = time.perf_counter() - began
        with engine.begin() as connection:  # PostgreSQL does so by itself, within a minute
            connection.exec_driver_sql("ANALYZE")
        took = []
        for _ in range(5):
            began = time.perf_counter()
            with engine.connect() as connection:
                made = reports(connection, last - dt.timedelta(days=DAYS), last, BY)
            took.append((time.perf_counter() - began) * 1000)
        shown = sum(table.has_counts for table in made.values())
        milliseconds = statistics.median(took)
    return (
        f"{shown} reports of a year with {CALLS:,} calls: {milliseconds:.0f} ms (at most"
        f" {REPORT_MS}); all its days were counted once, in {counted:.0f} s"
    )


def store_calls(connection: Connection, numbers: Sequence[int], last: dt.date) -> None:
    """Store calls of a year as the recorder does: eight turns each, a transfer for every third."""
    made, turns, rung = [], [], []
    for number in numbers:
        day = last - dt.timedelta(days=number % DAYS)
        at = dt.datetime.combine(day, dt.time(number % 24), dt.UTC)
        call = {"id": number + 1, "started": at, "day": day, "hour": at.hour, "last": at}
        made.append(call | {"answered": 1, "language": ("en", "es")[number % 2], "at": "hotline"})
        for i in range(8):
            node, led_to = f"signs.{(number + i) % 40}", f"signs.{(number + i + 1) % 40}"
            turns.append({"call_id": number + 1, "moment": at, "node": node, "what": "key"})
            turns[-1] |= {"key": "1", "led_to": led_to, "token": f"{number}-{i}"}
        if number % 3 == 0:
            back = at + dt.timedelta(seconds=30 + number % 90)
            transfer = {"call_id": number + 1, "destination": "hotline", "dialled": at}
            rung.append(transfer | {"returned": back, "outcome": "completed", "talked": 20})
    for table, rows in ((schema.calls, made), (schema.steps, turns), (schema.transfers, rung)):
        connection.execute(insert(table), rows)


def batched(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """Yield runs of numbers."""
    for i in range(0, len(numbers), size):
        yield numbers[i : i + size]


@contextmanager
def database(how: str, room: Path) -> Iterator[Settings]:
    """Prepare a database in the state `how`; yield the settings of a line with it."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"postgresql://ivr@127.0.0.1:{deaf.getsockname()[1]}/x"
        if how == "is not there":
            deaf.close()
        elsewhere = how in {"is not there", "never answers"}
        settings = Settings(state=room, demo=True, database_url=url if elsewhere else "")
        held = None
        if how == "is locked":
            open_and_migrate(settings)
            held = sqlite3.connect(room / "records.db", isolation_level=None)
            held.execute("BEGIN EXCLUSIVE")
        yield settings
        if held:
            held.close()


def timed(settings: Settings, turns: int) -> tuple[list[float], list[float]]:
    """Return the seconds of each answer: of rehearsals, and of recorded calls."""
    app = create_app(settings)
    client = app.test_client()
    took: tuple[list[float], list[float]] = ([], [])
    for i in range(2 * turns):
        environ = {**LOOPBACK, **({} if i % 2 else {REHEARSAL: True})}
        form = {"CallSid": made_up_sid("CA"), "Digits": "1"}
        began = time.perf_counter()
        client.post("/voice/en/main", data=form, environ_overrides=environ)
        took[i % 2].append(time.perf_counter() - began)
        time.sleep(0.0005)  # as between the turns of calls; the writer gets its share
    app.services.telemetry.recorder.close()
    return took


if __name__ == "__main__":
    main()
