"""What the records add to an answer, whatever state their database is in.

    python bench/records.py

The same turn is answered in turn for a call that is recorded and for a rehearsal, which is not, in
one process, so that the difference holds on any machine. Figures are microseconds.
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

HERE = {"REMOTE_ADDR": "127.0.0.1"}


def main() -> None:
    """Answer the turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=2000)
    turns = parser.parse_args().turns
    logging.disable()
    table = Table("database", "not recorded", "recorded", "added", "added, p99", "times")
    table.title = f"median of {turns} turns, microseconds"
    for how in ("works", "is not there", "never answers", "is locked"):
        with tempfile.TemporaryDirectory() as room, database(how, Path(room)) as settings:
            bare, kept = (sorted(took) for took in timed(settings, turns))
        low, high = statistics.median(bare), statistics.median(kept)
        tail = kept[int(turns * 0.99)] - bare[int(turns * 0.99)]
        figures = (f"{f * 1e6:.0f}" for f in (low, high, high - low, tail))
        table.add_row(how, *figures, f"{high / low:.2f}")
    Console().print(table)


@contextmanager
def database(how: str, room: Path) -> Iterator[Settings]:
    """Prepare a database that works or does not; give a line's settings."""
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
    """Return how many seconds each answer took: of rehearsals, and of recorded calls."""
    app = create_app(settings)
    client = app.test_client()
    took: tuple[list[float], list[float]] = ([], [])
    for i in range(2 * turns):
        environ = {**HERE, **({} if i % 2 else {REHEARSAL: True})}
        form = {"CallSid": made_up_sid("CA"), "Digits": "1"}
        began = time.perf_counter()
        client.post("/voice/en/main", data=form, environ_overrides=environ)
        took[i % 2].append(time.perf_counter() - began)
        time.sleep(0.0005)  # as between the turns of calls; the writer gets its share
    app.services.telemetry.recorder.close()
    return took


if __name__ == "__main__":
    main()
