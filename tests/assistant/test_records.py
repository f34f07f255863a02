"""What is kept of a session: counts of a day, and no id of a user, a device or a session."""

import datetime as dt
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from ivr.database.engine import Database, open_and_migrate, writing
from ivr.database.schema import totals
from ivr.records import retention
from ivr.records.assistant import ENDS, NODES, SESSIONS, SessionFact
from ivr.records.reports.tables import report
from ivr.settings import Settings
from ivr.web.assistant.signature import Certificates
from tests.assistant.conftest import (
    CHAIN_URL,
    NOW,
    Amazon,
    Authority,
    Speaker,
    envelope,
    make_app,
)

DAY = dt.date(2026, 11, 24)


def test_sessions_are_counted_by_day_without_any_id(
    folder: Path, authority: Authority, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    certificates = Certificates(authority.roots, Amazon({CHAIN_URL: authority.chain}).fetch)
    app = make_app(folder, tmp_path, certificates)
    client = app.test_client()

    def post(asked: dict[str, object]) -> object:
        body = json.dumps(asked).encode()
        signed = {"SignatureCertChainUrl": CHAIN_URL, "Signature-256": authority.sign(body)}
        return client.post("/assistant/alexa", data=body, headers=signed)

    for _ in range(2):
        caller = Speaker(post).opens().means("AMAZON.YesIntent").means("GoSigns")
        caller.means("AMAZON.StopIntent")
    Speaker(post, "es-US").opens()
    post(envelope("SessionEndedRequest", reason="EXCEEDED_MAX_REPROMPTS"))
    app.services.telemetry.recorder.close()
    database = Database(Settings(state=tmp_path))
    with database.reading() as connection:
        asked = select(totals.c.part, totals.c.name, totals.c.count_).where(totals.c.day == DAY)
        counted = {(part, name): n for part, name, n in connection.execute(asked)}
        calls = connection.execute(text("SELECT count(*) FROM calls")).scalar_one()
    assert calls == 0
    assert counted == {
        (SESSIONS, "alexa/en"): 2,
        (SESSIONS, "alexa/es"): 1,
        (NODES, "opening"): 3,
        (NODES, "main"): 2,
        (NODES, "signs"): 2,
        (ENDS, "by the skill"): 2,
        (ENDS, "silence"): 1,
    }
    stored = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"SECRET" not in stored
    assert "SECRET" not in caplog.text


def test_counts_outlive_the_calls_of_their_day(tmp_path: Path) -> None:
    engine = open_and_migrate(Settings(state=tmp_path, demo=True))
    zone = ZoneInfo("America/New_York")
    with writing(engine) as connection:
        connection.execute(
            text(
                "INSERT INTO calls (id, started, answered, day, hour, last, language, at)"
                " VALUES (1, :now, 1, :day, 9, :now, 'en', 'main')"
            ),
            {"now": "2026-11-24 14:00:00", "day": DAY.isoformat()},
        )
        for _ in range(12):
            SessionFact(DAY, ((SESSIONS, "alexa/en"),)).store(connection)
    assert retention.apply(engine, zone, 1, NOW + dt.timedelta(days=5)) == 1
    with writing(engine) as connection:
        SessionFact(DAY, ((SESSIONS, "alexa/en"), (SESSIONS, "x" * 200))).store(connection)
        table = report(connection, DAY, DAY, "assistant")
    assert ("sessions: alexa/en", "hidden") in table.rows or table.rows[0][1] == 15
    engine.dispose()
