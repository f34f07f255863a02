"""What operators see: reports in a terminal and on a page, metrics, readiness."""

import csv
import datetime as dt
import json
import shutil
import threading
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from ivr.cli.main import ivr
from ivr.database.engine import open_and_migrate, writing
from ivr.records import facts, store
from ivr.records.assistant import NODES, SESSIONS, SessionFact
from ivr.records.reports.suppression import HIDDEN
from ivr.records.reports.tables import ASSISTANT, BY, REACHED, report
from ivr.records.reports.traffic import traffic
from ivr.settings import Settings
from ivr.web import create_app
from tests.records.test_store import DIGEST, LONG, MIDNIGHT, ZONE, notes_of
from tests.walked import once

ON_THE_PAGE = [by for by in BY if by not in {ASSISTANT, REACHED}]
"""The shipped line has no voice assistant."""

DAYS = ["--from", "2026-03-07", "--to", "2026-03-08"]


@pytest.fixture
def settings_with_calls(
    state: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Return the settings of a line with 20 calls on one day and 3 on the next."""
    monkeypatch.setenv("IVR_STATE", str(state))
    shutil.copytree(once(tmp_path_factory, "state-with-calls", state_with_calls), state)
    return Settings(state=state, demo=True)


def state_with_calls(room: Path) -> Path:
    """Return the state of that line; its calls are written once in a run."""
    state = room / "state-with-calls"
    engine = open_and_migrate(Settings(state=state))
    with writing(engine) as connection:
        for i in range(23):
            start = MIDNIGHT + dt.timedelta(hours=1 if i < 20 else 14, minutes=i)
            store.write(connection, notes_of(f"CA{i}", start, *LONG), ZONE)
        spoken = SessionFact(
            MIDNIGHT.astimezone(ZONE).date(), ((SESSIONS, "alexa/en"), (NODES, "main"))
        )
        for _ in range(7):
            spoken.store(connection)
    engine.dispose()
    return state


def run(*arguments: str) -> str:
    done = CliRunner().invoke(ivr, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_days_are_those_of_the_line_and_small_counts_are_hidden(
    settings_with_calls: Settings,
) -> None:
    days_report = json.loads(run("report", *DAYS, "--format", "json"))
    assert [(r["day"], r["calls"], r["answered"]) for r in days_report["rows"]] == [
        ("2026-03-07", "hidden", "hidden"),  # it would tell that the other day had three
        ("2026-03-08", "hidden", "hidden"),
    ]


def test_transfers_are_told_by_outcome_with_the_time_to_a_person(
    settings_with_calls: Settings,
) -> None:
    rows = list(
        csv.DictReader(run("report", *DAYS, "--by", "destination", "--format", "csv").splitlines())
    )
    assert [(r["destination"], r["completed"], r["busy"], r["failed"]) for r in rows] == [
        ("hotline", "25", "25", "0")
    ]
    assert rows[0]["median seconds to a person"] == "45"


@pytest.mark.parametrize("by", BY)
def test_every_report_is_there_as_a_table(settings_with_calls: Settings, by: str) -> None:
    assert "2026-03-07 to 2026-03-08" in run("report", *DAYS, "--by", by)


@pytest.mark.parametrize("by", BY)
def test_no_row_is_without_a_name(settings_with_calls: Settings, by: str) -> None:
    """Though who is on call took a call of which nothing else came."""
    pressed = {"ParentCallSid": "CA98", "CallSid": "CA99"}
    with writing(open_and_migrate(settings_with_calls)) as connection:
        store.write(connection, [facts.accepted_fact(DIGEST, pressed, MIDNIGHT)], ZONE)
        day = MIDNIGHT.astimezone(ZONE).date()
        table = report(connection, day, day, by)
    assert table.rows or by == "reached", "nobody was asked"
    assert all(str(row[0]).strip(" >") for row in table.rows), table.rows


def test_a_purge_tells_what_it_removed_and_reports_stay(settings_with_calls: Settings) -> None:
    before = run("report", *DAYS, "--by", "language")
    assert run("purge", "--days", "30").startswith("23 calls older than 30 days")
    assert run("report", *DAYS, "--by", "language") == before


def test_days_the_wrong_way_round_are_told(settings_with_calls: Settings) -> None:
    done = CliRunner().invoke(ivr, ["report", "--from", "2026-03-08", "--to", "2026-03-07"])
    assert "--from 2026-03-08 is after --to 2026-03-07" in done.output


@pytest.fixture
def client(settings_with_calls: Settings) -> FlaskClient:
    return create_app(settings_with_calls).test_client()


QUERY = "?from=2026-03-07&to=2026-03-08"


def test_the_page_has_a_table_beneath_each_plot(client: FlaskClient) -> None:
    page = client.get(f"/reports{QUERY}").text
    assert page.count('<img src="/reports/') == page.count("<table") == len(ON_THE_PAGE)
    assert "hotline" in page


def test_days_without_calls_are_said_to_have_none(client: FlaskClient) -> None:
    page = client.get("/reports?from=2020-01-01&to=2020-01-30").text
    assert page.count("No calls in these days.") == page.count("<h2")
    assert "<table" not in page


@pytest.mark.parametrize("by", BY)
def test_a_plot_is_a_picture_that_loads_nothing(client: FlaskClient, by: str) -> None:
    answer = client.get(f"/reports/{by}.svg{QUERY}")
    picture = ET.fromstring(answer.text)  # noqa: S314 our own
    assert (answer.mimetype, picture.tag) == ("image/svg+xml", "{http://www.w3.org/2000/svg}svg")
    tags = {element.tag.rpartition("}")[2] for element in picture.iter()}
    assert not tags & {"script", "image", "foreignObject"}
    assert "href" not in answer.text
    assert "url(http" not in answer.text


def test_the_way_through_the_menu_is_drawn_on_the_map_with_its_counts(client: FlaskClient) -> None:
    picture = ET.fromstring(client.get(f"/reports/way.svg{QUERY}").text)  # noqa: S314 our own
    texts = [element.text for element in picture.iter() if element.tag.endswith("}text")]
    titles = {e.text.partition(": ")[2] for e in picture.iter() if e.tag.endswith("}title")}
    assert "Main menu" in titles
    assert texts.count("heard it: 25") >= 3
    assert "25" in texts  # from the first words to the main menu


def test_who_went_nowhere_else_is_not_given_away_by_the_ways_that_others_went() -> None:
    totals = {
        "node": Counter({"main": 20, "signs": 17, "signs.1": 17}),
        "left-at": Counter({"main": 3, "signs.1": 17}),
        "way": Counter({"main>signs": 17, "signs>signs": 17}),
    }
    shown = traffic(totals)
    assert shown.arrived == {"main": 20, "signs": 15}
    assert shown.edges == {("main", "signs"): HIDDEN}
    assert shown.ended == {"main": HIDDEN, "signs": HIDDEN}


def test_the_plot_of_many_days_shows_the_newest(client: FlaskClient) -> None:
    picture = client.get("/reports/day.svg?from=2026-01-07&to=2026-03-08").text
    assert "2026-03-08" in picture
    assert "2026-01-07" not in picture


@pytest.mark.parametrize(
    "query", ["?from=x", "?from=2026-03-08&to=2026-03-07", "?from=0001-01-01", "?from=2026-02-31"]
)
def test_days_that_are_none_are_not_found(client: FlaskClient, query: str) -> None:
    assert client.get(f"/reports{query}").status_code == 404
    assert client.get("/reports/nothing.svg").status_code == 404


@pytest.mark.parametrize("days", [1, 30, 366])
def test_the_page_takes_at_most_20_sql_statements_however_many_days_it_shows(
    settings_with_calls: Settings, days: int
) -> None:
    statements: list[str] = []
    own_thread = threading.get_ident()

    def count(*arguments: object) -> None:
        if threading.get_ident() == own_thread:  # lines of other tests record calls all the time
            statements.append(str(arguments[2]))

    first = dt.date(2026, 3, 8) - dt.timedelta(days=days - 1)
    client = create_app(settings_with_calls).test_client()
    event.listen(Engine, "before_cursor_execute", count)
    try:
        page = client.get(f"/reports?from={first}&to=2026-03-08").text
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert page.count("<table") == len(ON_THE_PAGE)
    assert 10 < len(statements) <= 20


def test_the_page_is_there_without_a_database() -> None:
    settings = Settings(demo=True, database_url="postgresql://ivr@127.0.0.1:1/x")
    answer = create_app(settings).test_client().get("/reports")
    assert (answer.status_code, "cannot be read now" in answer.text) == (200, True)


def test_reports_are_not_for_everybody(settings_with_calls: Settings) -> None:
    other_machine = {"REMOTE_ADDR": "192.0.2.7"}
    app = create_app(settings_with_calls)
    for path in ("/reports", "/reports/day.svg"):
        answer = app.test_client().get(path, environ_overrides=other_machine)
        assert answer.status_code == 302
        assert "/sign-in" in answer.headers["Location"]


def test_metrics_are_for_this_machine_or_for_a_token(settings_with_calls: Settings) -> None:
    client = create_app(settings_with_calls).test_client()
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 403
    other_machine = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get("/metrics", environ_overrides=other_machine).status_code == 403
    token = create_app(Settings(demo=True, metrics_token="a-token")).test_client()
    for authorization, status in (("Bearer a-token", 200), ("Bearer other", 403), ("", 403)):
        headers = {"Authorization": authorization}
        answer = token.get("/metrics", headers=headers, environ_overrides=other_machine)
        assert answer.status_code == status
