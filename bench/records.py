"""Measures what the records add to the time of an answer, with a working and a broken database.

    python bench/records.py

One process answers the same turn alternately for a recorded call and for a rehearsal, which is not
recorded, so that the difference holds on any machine. Figures are in microseconds.
"""

import argparse
import logging
import socket
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ivr.database.engine import open_and_migrate
from ivr.phone.parties import made_up_sid
from ivr.settings import Settings
from ivr.web import create_app
from ivr.web.voice.webhook_form import REHEARSAL

LOOPBACK = {"REMOTE_ADDR": "127.0.0.1"}


def main() -> None:
    """Measure with each state of the database, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=2000)
    turns = parser.parse_args().turns
    logging.disable()
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
