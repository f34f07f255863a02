"""The records are never in a caller's way, and little is lost whatever happens."""

import datetime as dt
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from ivr import metrics
from ivr.database import schema
from ivr.database.engine import Database, open_and_migrate
from ivr.dialog import Key
from ivr.phone.parties import made_up_sid
from ivr.phone.transport import HttpTransport
from ivr.records import recorder
from ivr.records.day_keys import DayKeys
from ivr.records.pseudonyms import Digest
from ivr.records.recorder import Recorder
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import SHIPPED, TOKEN
from tests.records.test_store import MIDNIGHT, ZONE, notes_of
from tests.serving import IVR, environment, free_port, until

DEMO = {"REMOTE_ADDR": "127.0.0.1"}
SECRET = "s" * 32
SERVED = {"TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_ACCOUNT_SID": "AC" + "0" * 32}


def quiet(kind: str, text: str) -> None:
    """Take no alert anywhere."""


def deaf_port() -> socket.socket:
    """Return a port that takes connections and never says a word."""
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(50)
    return s


@pytest.mark.slow
@pytest.mark.parametrize("how", ["is not there", "never answers", "is locked"])
def test_no_database_changes_an_answer(how: str, state: Path) -> None:
    url, held = "", None
    if how == "is locked":
        open_and_migrate(Settings(state=state))
        held = sqlite3.connect(state / "records.db", isolation_level=None)
        held.execute("BEGIN EXCLUSIVE")
    else:
        held = deaf_port()
        url = f"postgresql://ivr@127.0.0.1:{held.getsockname()[1]}/x"
        if how == "is not there":
            held.close()
    app = create_app(Settings(state=state, demo=True, database_url=url))
    untroubled = create_app(Settings(state=state / "other", demo=True))
    for act in ("1", "0", "x", ""):
        answers = []
        for line in (app, untroubled):
            form = {"CallSid": made_up_sid("CA"), "Digits": act}
            asked = line.test_client().post("/voice/en/main", data=form, environ_overrides=DEMO)
            answers.append((asked.status_code, asked.data))
        assert answers[0] == answers[1]
    for line in (app, untroubled):
        line.services.telemetry.recorder.close()
    held.close()


def test_beyond_the_bound_facts_are_dropped_counted_and_told(
    state: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(recorder, "MAX_WAITING", 10)
    monkeypatch.setattr(recorder, "LAST_SECONDS", 0.5)
    alerts = []
    settings = Settings(state=state, database_url="postgresql://ivr@127.0.0.1:1/x")
    keeper = Recorder(Database(settings), ZONE, 90, lambda *alert: alerts.append(alert))
    before = metrics.DROPPED._value.get()
    note = notes_of("CA1", MIDNIGHT)[0]
    for _ in range(25):
        keeper.record(note)
    until(lambda: bool(alerts), state)
    keeper.close()
    assert {kind for kind, _ in alerts} == {"dropped"}
    assert sum(int(text.split()[0]) for _, text in alerts) == 25
    # Other recorders of this process count there, too, as they end.
    assert metrics.DROPPED._value.get() - before >= 25
    assert "facts of calls were dropped" in caplog.text


def test_facts_that_another_thread_makes_are_written_without_another_call(
    settings: Settings,
) -> None:
    """A request for the metrics makes facts, too, while the worker looks whether any wait."""
    made_elsewhere, go_on = threading.Event(), threading.Event()

    def make_facts(turns: list) -> list:
        if turns:
            made_elsewhere.set()
            assert go_on.wait(60)
        return turns

    keeper = Recorder(Database(settings), ZONE, 90, quiet, make_facts=make_facts)
    keeper.record_later(notes_of("CA1", dt.datetime.now(dt.UTC))[0])
    metrics_page = threading.Thread(target=keeper.catch_up)
    metrics_page.start()
    assert made_elsewhere.wait(60)
    keeper.worker.wait_for_first_run(1)
    go_on.set()
    metrics_page.join()
    until(lambda: stored_calls(settings) == 1, SHIPPED / "line.yaml")
    keeper.close()


def test_records_age_by_the_clock_of_the_line(settings: Settings) -> None:
    """A call of the line's today is whole, also if its facts come while retention is applied."""
    keeper = Recorder(Database(settings), ZONE, 90, quiet, clock=lambda: MIDNIGHT)
    first, *others = notes_of("CA1", MIDNIGHT, Key("1"), Key("2"))
    keeper.record(first)
    assert keeper.worker.wait_for_first_run(60)
    for fact in others:
        keeper.record(fact)
    keeper.close()
    with open_and_migrate(settings).connect() as connection:
        assert len(connection.execute(select(schema.calls)).all()) == 1
        assert len(connection.execute(select(schema.steps)).all()) == 3


def test_calls_interrupt_the_worker_soon_and_each_other_as_usual(settings: Settings) -> None:
    usual, while_writing = sys.getswitchinterval(), []

    def make_facts(turns: list) -> list:
        while_writing.append(sys.getswitchinterval())
        return turns

    keeper = Recorder(Database(settings), ZONE, 90, quiet, make_facts=make_facts)
    keeper.record_later(notes_of("CA1", dt.datetime.now(dt.UTC))[0])
    keeper.close()
    assert min(while_writing) == max(while_writing) == pytest.approx(recorder.TURN_SECONDS)
    assert sys.getswitchinterval() == usual > recorder.TURN_SECONDS


def stored_calls(settings: Settings) -> int:
    with open_and_migrate(settings).connect() as connection:
        return len(connection.execute(select(schema.calls)).all())


@pytest.mark.parametrize("failure", [SystemExit, MemoryError, OSError])
def test_facts_are_written_though_the_worker_failed_and_the_operators_are_alerted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, failure: type[BaseException]
) -> None:
    """As where even a metric cannot be counted on a full disk."""
    alerts = []
    keeper = Recorder(Database(settings), ZONE, 90, lambda *alert: alerts.append(alert))
    with monkeypatch.context() as broken:
        broken.setattr(metrics.WAITING, "set", raising(failure))
        keeper.record(notes_of("CA1", dt.datetime.now(dt.UTC))[0])
        until(lambda: bool(alerts), SHIPPED / "line.yaml")
        assert keeper.trouble == f"it failed with {failure.__name__}"
    keeper.record(notes_of("CA2", dt.datetime.now(dt.UTC))[0])
    until(lambda: not keeper.trouble, SHIPPED / "line.yaml")
    keeper.close()
    assert alerts == [("worker", "the worker records failed and is restarted; see the log")]
    with open_and_migrate(settings).connect() as connection:
        assert len(connection.execute(select(schema.calls)).all()) == 2


def test_readyz_names_a_worker_that_is_down_until_it_works_again(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(Settings(state=state, demo=True))
    keeper = app.services.telemetry.recorder

    def ready() -> str:
        return app.test_client().get("/readyz").text

    with monkeypatch.context() as broken:
        broken.setattr(metrics.WAITING, "set", raising(OSError))
        keeper.record(notes_of("CA1", dt.datetime.now(dt.UTC))[0])
        until(lambda: "worker records: it failed with OSError" in ready())
    until(lambda: ready() == "ok\nscript: ok\nrecords: ok\n")
    keeper.close()


def raising(failure: type[BaseException]) -> Callable[[float], None]:
    def fail(value: float) -> None:
        raise failure

    return fail


def test_a_fact_that_the_database_never_takes_does_not_block_the_others(
    settings: Settings, state: Path
) -> None:
    keeper = Recorder(Database(settings), ZONE, 90, quiet)
    good = [notes_of(f"CA{i}", dt.datetime.now(dt.UTC))[0] for i in range(3)]
    for note in (good[0], replace(good[1], language=None, hashes=("x",) * 3), good[2]):
        keeper.record(note)
    keeper.close()
    with open_and_migrate(settings).connect() as connection:
        assert len(connection.execute(select(schema.calls)).all()) == 2


def test_a_line_that_is_killed_keeps_what_was_written_while_it_was_called(
    serve, prompts, settings
) -> None:
    env = {**SERVED, "IVR_SECRET_KEY": SECRET, "IVR_DATABASE_URL": settings.database_url}
    env["IVR_DAY_KEYS"] = str(settings.day_keys)
    line = HttpTransport(TOKEN)
    digest, today = Digest(SECRET.encode(), DayKeys(settings.day_keys)), dt.datetime.now(dt.UTC)
    sids: list[str] = []

    def written() -> int:
        with open_and_migrate(settings).connect() as connection:
            hashes = set(connection.execute(select(schema.calls.c.hash)).scalars())
        return sum(bool(hashes & set(digest.call(sid, today.date()))) for sid in sids)

    with serve(prompts, "--workers", "1", **env) as (url, log):
        worker = int(re.findall(r"with PID:? (\d+)", log.read_text())[0])

        def call_until_the_first_are_written() -> bool:
            for _ in range(10):  # dozens of new calls a second: more than any agency has
                sids.append(made_up_sid("CA"))
                line.request("POST", f"{url}/voice", [("CallSid", sids[-1])])
            return written() >= 50

        until(call_until_the_first_are_written, log)
        os.kill(worker, signal.SIGKILL)
        line.close()
        until(lambda: alive(url), log)
    assert written() >= 50
    assert recorder.GATHER_SECONDS < 1


def alive(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


@pytest.mark.slow
def test_a_newer_schema_is_not_served(prompts: Path, state: Path) -> None:
    open_and_migrate(Settings(state=state))
    with sqlite3.connect(state / "records.db") as records:
        records.execute("UPDATE alembic_version SET version_num = '9999'")
    records.close()
    command = [*IVR, "serve", "--port", str(free_port()), "--prompts", str(prompts)]
    env = environment(state, **SERVED)
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=40)
    assert done.returncode == 1
    assert "records.db are of a newer ivr (schema 9999" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_dead_database_keeps_no_line_from_starting(serve, prompts) -> None:
    env = {**SERVED, "IVR_DATABASE_URL": "postgresql://ivr:hush@127.0.0.1:1/x"}
    with serve(prompts, "--workers", "1", **env) as (url, log), requests.Session() as web:
        line = HttpTransport(TOKEN)
        assert line.request("POST", f"{url}/voice", [("CallSid", made_up_sid("CA"))]).status == 200
        line.close()
        until(lambda: "facts wait" in web.get(f"{url}/readyz", timeout=5).text, log)
        assert web.get(f"{url}/readyz", timeout=5).status_code == 200
    assert "hush" not in log.read_text()
