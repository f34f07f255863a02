"""Reports and metrics that are asked for again and again show no single call."""

import datetime as dt
import itertools
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ivr.database.engine import open_and_migrate, writing
from ivr.records import store
from ivr.records.reports.suppression import HIDDEN
from ivr.records.reports.tables import BY, report
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import SHIPPED
from tests.records.test_store import LONG, MIDNIGHT, ZONE, notes_of

FIRST = dt.date(2026, 3, 8)


@pytest.mark.parametrize("calls", [5, 6, 11, 18, 23])
@pytest.mark.parametrize("by", BY)
def test_one_more_day_with_one_call_is_not_seen_in_the_difference(
    by: str, calls: int, tmp_path: Path
) -> None:
    """`--to` a day without calls against `--to` the next one, on which one person called."""
    noon = MIDNIGHT + dt.timedelta(hours=12)
    with writing(open_and_migrate(Settings(state=tmp_path))) as connection:
        for i in range(calls):
            start = noon + dt.timedelta(minutes=i)
            store.write(connection, notes_of(f"CA{i}", start, *LONG), ZONE)
        store.write(connection, notes_of("CA98", noon + dt.timedelta(days=2), *LONG), ZONE)
        short, longer = (
            report(connection, FIRST, FIRST + dt.timedelta(days=days), by) for days in (1, 2)
        )
    shown = {cell for table in (short, longer) for row in table.rows for cell in row[1:]}
    counts = {cell for cell in shown if cell not in {HIDDEN, ""}}
    assert {int(count) % 5 for count in counts} <= {0}
    if by != "day":
        assert differences(short.rows, longer.rows) <= {0, 5, 10}


def differences(first, second) -> set[int]:
    """Return by how much the cells that both tables show differ."""
    rows = {row[0]: row for row in second}
    return {
        abs(b - a)
        for row in first
        for a, b in zip(row[1:], rows[row[0]][1:], strict=True)
        if isinstance(a, int) and isinstance(b, int)
    }


@pytest.fixture
def line(tmp_path: Path) -> FlaskClient:
    return create_app(
        Settings(prompts=SHIPPED, audio=False, state=tmp_path, demo=True)
    ).test_client()


PER_CALL = ("ivr_calls_total", "ivr_turns_total", "ivr_transfers_total", "ivr_answer_seconds_count")


def values(line: FlaskClient) -> dict[str, float]:
    page = line.get("/metrics").text
    samples = re.findall(r"^(ivr_[^ ]+) ([^ ]+)$", page, re.MULTILINE)
    return {name: float(value) for name, value in samples}


def test_a_single_call_does_not_change_the_metrics_by_one(line: FlaskClient) -> None:
    seen = [values(line)]
    for i in range(7):
        line.post("/voice", data={"CallSid": f"CA{i:032}"})
        line.post("/voice/en/main", data={"CallSid": f"CA{i:032}", "Digits": "1"})
        seen.append(values(line))
    for before, after in itertools.pairwise(seen):
        for name, value in after.items():
            if name.startswith(PER_CALL):
                assert (value - before.get(name, 0)) % 5 == 0, name
    assert not [name for name in seen[-1] if name.startswith("ivr_active_calls")]
    assert seen[-1]["ivr_last_call_seconds"] % 3600 == 0


def test_exact_metrics_are_there_for_those_who_ask(tmp_path: Path) -> None:
    settings = Settings.from_env({"IVR_METRICS": "exact", "IVR_STATE": str(tmp_path)})
    settings = Settings(
        prompts=SHIPPED, demo=True, state=tmp_path, metrics_exact=settings.metrics_exact
    )
    line = create_app(settings).test_client()
    before = values(line)["ivr_calls_total"]
    line.post("/voice", data={"CallSid": "CA" + "0" * 32})
    assert values(line)["ivr_calls_total"] == before + 1


PROXIED = [
    {"X-Forwarded-For": "203.0.113.9"},
    {"X-Forwarded-Proto": "https"},
    {"X-Forwarded-Host": "line.example.org"},
    {"Forwarded": "for=203.0.113.9"},
    {"Via": "1.1 proxy"},
    {"X-Real-IP": "203.0.113.9"},
    {"Host": "line.example.org"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("headers", PROXIED, ids=str)
def test_metrics_behind_a_proxy_on_this_machine_are_not_public(
    line: FlaskClient, headers: dict[str, str]
) -> None:
    assert line.get("/metrics").status_code == 200
    assert line.get("/metrics", headers=headers).status_code == 403
