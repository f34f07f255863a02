"""What a fact costs after its call was answered: made, logged, counted, written; in CPU time.

    python -m bench.facts

Whole calls are answered in this process first, without their facts. Then the recorder makes and
writes these, and the process's CPU time is divided by their number. The floor is SQLite alone:
the same number of rows, written in batches of the same size by Python's own module.
"""

import io
import logging
import logging.config
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from bench.calls import HOST, Webhook, webhooks
from bench.rivals import TOKEN
from ivr.database.engine import open_and_migrate
from ivr.settings import Settings

FACTS = 8_000
ROUNDS = 5
BATCH = 200


def main() -> None:
    """Measure and print a table."""
    costs = sorted(measure(FACTS) for _ in range(ROUNDS))
    floors = sorted(floor(FACTS) for _ in range(ROUNDS))
    fact, least = costs[ROUNDS // 2], floors[ROUNDS // 2]
    print("| a fact, all costs | µs of CPU |\n|---|---|")
    print(f"| made, logged, counted, written (median of {ROUNDS}) | {fact:.0f} |")
    print(f"| the floor: one row in SQLite | {least:.0f} |")


def measure(count: int) -> float:
    """Return the microseconds of CPU of a fact."""
    from ivr.web.calls import create_calls

    with tempfile.TemporaryDirectory() as room:
        settings = Settings(
            state=Path(room), auth_tokens=(TOKEN,), account_sid="AC" + "0" * 32, database_url=_url()
        )
        open_and_migrate(settings).dispose()
        app = create_calls(Path(room) / "pages", settings)
        recorder = app.services.telemetry.recorder
        turns: list[object] = []
        take, recorder.record_later = recorder.record_later, turns.append  # type: ignore[method-assign, assignment]
        for webhook in webhooks(count, TOKEN):
            _ask(app, webhook)
        recorder.start()
        recorder.worker.wait_for_first_run(30)  # the database is open
        began = time.process_time()
        for turn in turns:
            take(turn)
        recorder.close()
        return (time.process_time() - began) / len(turns) * 1e6


def floor(count: int) -> float:
    """Return the microseconds of CPU of a row of `steps` that SQLite alone writes."""
    with tempfile.TemporaryDirectory() as room:
        settings = Settings(state=Path(room))
        open_and_migrate(settings).dispose()
        connection = sqlite3.connect(Path(room) / "records.db", isolation_level=None)
        rows = [
            (1, "2026-11-30 12:00:00.000000", "main", "key", "1", "signs", f"{number:032d}")
            for number in range(count)
        ]
        insert = "INSERT INTO steps (call_id, moment, node, what, key, led_to, token) VALUES "
        began = time.process_time()
        for at in range(0, count, BATCH):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(f"{insert} (?, ?, ?, ?, ?, ?, ?)", rows[at : at + BATCH])
            connection.execute("COMMIT")
        took = time.process_time() - began
        connection.close()
        return took / count * 1e6


def _url() -> str:
    return os.environ.get("IVR_DATABASE_URL", "")  # noqa: TID251 the benchmark's own choice


def _ask(app: Callable[..., object], webhook: Webhook) -> None:
    url, body = urlsplit(webhook.path), webhook.body.encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": url.path,
        "QUERY_STRING": url.query,
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": HOST,
        "HTTP_X_TWILIO_SIGNATURE": webhook.signature,
        "HTTP_I_TWILIO_IDEMPOTENCY_TOKEN": webhook.token,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
    }
    statuses: list[str] = []
    app(environ, lambda status, _: statuses.append(status))
    if statuses != ["200 OK"]:
        raise SystemExit(f"a request was not answered with 200: {statuses}")


if __name__ == "__main__":
    from ivr import logs

    with tempfile.TemporaryDirectory() as metrics:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics  # noqa: TID251 as `ivr serve` sets it
        logging.config.dictConfig(logs.config(plain=False))
        with Path(os.devnull).open("w") as nowhere:
            logging.getLogger().handlers[0].setStream(nowhere)  # type: ignore[attr-defined]
            main()
