"""Opening hours: is the agency open, why, and until when? Holidays, nights of clock changes."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.cli.main import ivr
from ivr.schedule.hours import Hours
from ivr.schedule.office_hours import Opening, is_open, opening
from tests.lines import OFFICE, variant

NEW_YORK = "America/New_York"
HOURS = OFFICE["hours"]


def at(local: str, zone: str = NEW_YORK) -> dt.datetime:
    """Return a moment by the clock on the wall; with an offset where that comes twice."""
    moment = dt.datetime.fromisoformat(local)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def told(local: str, zone: str = NEW_YORK, **hours: Any) -> str:
    found = opening(Hours.model_validate(hours or HOURS), zone, at(local, zone))
    until = f" until {found.until:%a %m-%d %H:%M}" if found.until else ""
    return f"{'open' if found.is_open else 'closed'}: {found.why}{until}"


@pytest.mark.parametrize(
    ("local", "what"),
    [
        ("2026-11-24T08:29", "closed: the weekly hours until Tue 11-24 08:30"),
        ("2026-11-24T08:30", "open: the weekly hours until Tue 11-24 12:00"),
        ("2026-11-24T12:00", "closed: the weekly hours until Tue 11-24 13:00"),
        ("2026-11-24T13:00", "open: the weekly hours until Tue 11-24 17:00"),
        ("2026-11-24T17:00", "closed: the weekly hours until Wed 11-25 08:30"),
        ("2026-11-27T17:00", "closed: the weekly hours until Sun 11-29 00:30"),
    ],
)
def test_a_day_may_have_several_spans(local: str, what: str) -> None:
    assert told(local) == what


def test_a_public_holiday_is_told_by_its_name() -> None:
    assert told("2026-11-26T10:00") == ("closed: holiday: Thanksgiving Day until Fri 11-27 08:30")


def test_a_state_has_holidays_of_its_own() -> None:
    lincoln = "2026-02-12T10:00"
    week = {"mon-fri": ["09:00-17:00"]}
    assert told(lincoln, week=week, holidays={"country": "US"}).startswith("open")
    assert "Lincoln" in told(lincoln, week=week, holidays={"country": "US", "state": "NY"})


def test_a_date_of_ones_own_goes_before_week_and_holidays() -> None:
    assert told("2026-12-24T11:00") == "open: the hours of 2026-12-24 until Thu 12-24 12:00"
    assert told("2026-12-24T13:30").startswith("closed: the hours of 2026-12-24")
    days = [{"on": "2026-12-25", "open": ["10:00-11:00"], "why": "the party"}]
    kept = {"country": "US"}
    assert told("2026-12-25T10:30", week={}, holidays=kept, days=days) == (
        "open: the party until Fri 12-25 11:00"
    )


def test_a_closure_goes_before_all_else_and_opens_in_the_middle_of_a_span() -> None:
    assert told("2026-12-02T09:59").endswith("until Wed 12-02 10:00")
    assert told("2026-12-02T10:00") == "closed: a storm until Thu 12-03 10:00"
    assert told("2026-12-03T10:00") == "open: the weekly hours until Thu 12-03 12:00"


def test_without_hours_the_agency_is_always_open() -> None:
    assert opening(None, NEW_YORK, at("2026-12-25T03:00")) == Opening(
        True, "no hours are set", None
    )


def test_an_agency_that_never_closes_has_no_until() -> None:
    assert told("2026-12-25T03:00", week={"mon-sun": ["00:00-24:00"]}) == ("open: the weekly hours")


def test_a_week_without_hours_never_opens() -> None:
    assert told("2026-12-25T03:00", week={}) == "closed: the weekly hours"


# ── The nights in which the clocks change ─────────────────────────────────────


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        # They go forward at 2:00 on 8 March 2026: no 2:15 comes, so 2:15-4:00 begins at 3:00.
        ("2026-03-08T01:29-05:00", True),
        ("2026-03-08T01:30-05:00", False),
        ("2026-03-08T01:59-05:00", False),
        ("2026-03-08T03:00-04:00", True),
        ("2026-03-08T03:59-04:00", True),
        ("2026-03-08T04:00-04:00", False),
        # They go back at 2:00 on 1 November 2026: 0:30-1:30 ends the second time it is 1:30.
        ("2026-11-01T00:29-04:00", False),
        ("2026-11-01T01:00-04:00", True),
        ("2026-11-01T01:45-04:00", True),
        ("2026-11-01T01:29-05:00", True),
        ("2026-11-01T01:30-05:00", False),
        ("2026-11-01T02:15-05:00", True),
    ],
)
def test_the_clock_on_the_wall_counts_when_it_changes(local: str, expected: bool) -> None:
    assert is_open(Hours.model_validate(HOURS), NEW_YORK, at(local)) is expected


def test_a_span_that_the_clocks_skip_never_comes() -> None:
    week = {"sun": ["02:10-02:50"]}
    for minute in range(0, 240, 5):
        moment = at("2026-03-08T00:00-05:00") + dt.timedelta(minutes=minute)
        assert not is_open(Hours.model_validate({"week": week}), NEW_YORK, moment)


@settings(deadline=None)  # the first one reads a country's holidays
@given(
    moment=st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 12, 31)),  # noqa: DTZ001
    zone=st.sampled_from([NEW_YORK, "America/Phoenix", "Pacific/Honolulu", "Australia/Lord_Howe"]),
)
def test_what_is_told_of_a_moment_holds_until_it_is_told_to_end(
    moment: dt.datetime, zone: str
) -> None:
    hours = Hours.model_validate(HOURS)
    begun = moment.replace(tzinfo=dt.UTC)
    found = opening(hours, zone, begun)
    assert found.until is not None
    assert found.until > begun
    for part in (0.0, 0.37, 0.999):
        within = begun + (found.until - begun) * part
        assert is_open(hours, zone, within) is found.is_open
    assert is_open(hours, zone, found.until) is not found.is_open


# ── ivr hours ─────────────────────────────────────────────────────────────────


def hours(*options: str) -> str:
    return CliRunner().invoke(ivr, ["hours", *options]).output


def test_the_command_tells_why_and_until_when(tmp_path) -> None:
    folder = str(variant("office-open", tmp_path))
    assert hours("--prompts", folder, "--at", "2026-11-26T10:00") == (
        "closed: holiday: Thanksgiving Day, until Fri 2026-11-27 08:30 EST\n"
    )
    assert hours("--prompts", folder, "--at", "2026-11-24T15:00+00:00") == (
        "open: the weekly hours, until Tue 2026-11-24 12:00 EST\n"
    )


def test_the_shipped_line_has_neither_hours_nor_an_office() -> None:
    assert hours() == (
        "open: no hours are set\nline.yaml has no office: numbers, so no menu offers the agency.\n"
    )


def test_what_is_no_time_is_told() -> None:
    assert '"noon" is no time: write it like 2026-12-25T10:00' in hours("--at", "noon")


def test_a_call_can_be_made_as_if_it_were_another_time(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("IVR_PROMPTS", str(variant("office-open", tmp_path)))
    keys = ["call", "--keys", "1,2,-,-,-,-,1"]
    now_open = CliRunner().invoke(ivr, [*keys, "--at", "2026-11-24T10:00"]).output
    assert "Our office is open now" in now_open
    now_closed = CliRunner().invoke(ivr, [*keys, "--at", "2026-11-26T10:00"]).output
    assert "Our office is closed now" in now_closed
