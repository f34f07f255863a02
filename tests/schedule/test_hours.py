"""Opening hours: is the agency open, why, and until when? Holidays, nights of clock changes."""

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.cli.main import ivr
from ivr.schedule.hours import Hours, mistakes
from ivr.schedule.office_hours import Opening, is_open, opening
from tests.lines import OFFICE, change, variant

NEW_YORK = "America/New_York"
HOURS = OFFICE["hours"]


def at(local: str, zone: str = NEW_YORK) -> dt.datetime:
    """Return a moment by the clock on the wall; with an offset where that comes twice."""
    moment = dt.datetime.fromisoformat(local)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def told(local: str, zone: str = NEW_YORK, **hours: Any) -> str:
    result = opening(Hours.model_validate(hours or HOURS), zone, at(local, zone))
    until = f" until {result.until:%a %m-%d %H:%M}" if result.until else ""
    return f"{'open' if result.is_open else 'closed'}: {result.why}{until}"


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
    holidays = {"country": "US"}
    assert told("2026-12-25T10:30", week={}, holidays=holidays, days=days) == (
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
    result = opening(hours, zone, begun)
    assert result.until is not None
    assert result.until > begun
    for part in (0.0, 0.37, 0.999):
        within = begun + (result.until - begun) * part
        assert is_open(hours, zone, within) is result.is_open
    assert is_open(hours, zone, result.until) is not result.is_open


# ── As people write them ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("9:00-17:00", "09:00-17:00"),
        ("9-17", "09:00-17:00"),
        ("9am-5pm", "09:00-17:00"),
        ("9 AM - 5 PM", "09:00-17:00"),
        ("8:30 a.m.-12 p.m.", "08:30-12:00"),
        ("08:30–17:00", "08:30-17:00"),  # noqa: RUF001 as word processors write it
        ("12am-12pm", "00:00-12:00"),
        ("22:00-06:00", "22:00-06:00"),
        ("10pm-6am", "22:00-06:00"),
        ("17:00-00:00", "17:00-00:00"),
        ("17:00-8:30", "17:00-08:30"),
        ("00:00-24:00", "00:00-24:00"),
        ("01:00-05:00", "01:00-05:00"),
        ("1am-5am", "01:00-05:00"),
        ("10pm-6", "22:00-06:00"),
        ("6-10", "06:00-10:00"),
        ("9-5pm", "09:00-17:00"),
        ("8:30-12 p.m.", "08:30-12:00"),
    ],
)
def test_a_span_whose_meaning_is_certain_is_taken(written: str, meant: str) -> None:
    assert Hours.model_validate({"week": {"mon": [written]}}).week["mon"] == (meant,)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1-5pm", "13:00-17:00"),
        ("2 - 4 p.m.", "14:00-16:00"),
        ("1:30-4:45pm", "13:30-16:45"),
        ("6-10pm", "18:00-22:00"),
        ("12-5pm", "12:00-17:00"),
        ("12-6am", "00:00-06:00"),
    ],
)
def test_pm_or_am_behind_both_times_is_that_of_both(written: str, meant: str) -> None:
    assert Hours.model_validate({"week": {"mon": [written]}}).week["mon"] == (meant,)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("1:00-5:00", "may mean day or night; write 13:00-17:00, or 01:00-05:00"),
        ("1-5", "may mean day or night; write 13:00-17:00, or 01:00-05:00"),
        ("2:30-4", "may mean day or night; write 14:30-16:00, or 02:30-04:00"),
        ("1-12", "may mean day or night; write 13:00-24:00, or 01:00-12:00"),
        ("10-2am", "may mean day or night; write 22:00-02:00, or 10:00-02:00"),
        ("9pm-12:45", "may mean day or night; write 21:00-00:45, or 21:00-12:45"),
        ("8pm-11", "may mean day or night; write 20:00-23:00, or 20:00-11:00"),
        ("9-5", "may mean day or night; write 09:00-17:00, or 09:00-05:00"),
        ("13:00-5:00", "may mean day or night; write 13:00-17:00, or 13:00-05:00"),
        ("1pm-5:00", "may mean day or night; write 13:00-17:00, or 13:00-05:00"),
        ("8:30-4:45", "may mean day or night; write 08:30-16:45, or 08:30-04:45"),
        ("09:00-05:00", "ends before it begins"),
        ("09:00-09:00", "ends when it begins; write a whole day as 00:00-24:00"),
        ("13pm-5pm", "is no span of hours"),
        ("9:60-17:00", "is no span of hours"),
        ("9-24:30", "is no span of hours"),
        ("always", "is no span of hours"),
        ("9-12-17", "is no span of hours"),
    ],
)
def test_hours_after_lunch_are_no_night_and_what_may_be_either_is_refused(
    written: str, why: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        Hours.model_validate({"week": {"mon": [written]}})


@pytest.mark.parametrize("days", ["Mon-Fri", "MON-FRI", "Monday-Friday", "monday - friday"])
def test_days_are_taken_however_they_are_written(days: str) -> None:
    assert list(Hours.model_validate({"week": {days: ["9-17"]}}).week) == ["mon-fri"]


def test_days_in_two_spellings_are_refused_so_that_none_is_lost() -> None:
    with pytest.raises(ValueError, match='"Mon" and "mon" are the same'):
        Hours.model_validate({"week": {"mon": ["9-12"], "Mon": ["13-17"]}})


def test_a_night_is_one_span_and_belongs_to_the_day_on_which_it_begins() -> None:
    night = {"week": {"fri": ["22:00-06:00"]}}
    assert told("2026-11-27T23:00-05:00", **night).startswith("open: the weekly hours until Sat")
    assert told("2026-11-28T05:59-05:00", **night) == "open: the weekly hours until Sat 11-28 06:00"
    assert told("2026-11-28T06:00-05:00", **night).startswith("closed")
    assert told("2026-11-27T05:00-05:00", **night).startswith("closed")


def test_a_night_that_runs_into_the_next_days_hours_is_told() -> None:
    hours = Hours.model_validate({"week": {"fri": ["22:00-06:00"], "sat": ["05:00-09:00"]}})
    ((loc, text, _),) = mistakes(hours)
    assert (loc, text) == (("week", "sat", 0), "05:00-09:00 overlaps 22:00-06:00")


def test_a_closure_of_whole_days_covers_the_last_one() -> None:
    closed = [{"begins": "2027-01-04", "ends": dt.date(2027, 1, 6)}]
    always = {"week": {"mon-sun": ["00:00-24:00"]}, "closed": closed}
    assert told("2027-01-03T23:59-05:00", **always).startswith("open")
    for moment in ("2027-01-04T00:00-05:00", "2027-01-06T10:00-05:00", "2027-01-06T23:59-05:00"):
        assert told(moment, **always).startswith("closed")
    assert told("2027-01-07T00:00-05:00", **always).startswith("open")


@pytest.mark.parametrize("zone", [NEW_YORK, "Asia/Tokyo", "Pacific/Honolulu"])
@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("2026-12-01", dt.date(9999, 12, 31)),
        ("2026-12-01", "9999-12-31"),
        ("2026-12-01", "9999-12-31T23:59"),
        ("0001-01-01", "9998-01-01"),
    ],
)
def test_a_closure_until_the_end_of_all_dates_is_one_for_ever(
    begins: str, ends: dt.date | str, zone: str
) -> None:
    closed = [{"begins": begins, "ends": ends}]
    always = {"week": {"mon-sun": ["00:00-24:00"]}, "closed": closed}
    assert told("2026-12-02T10:00", zone, **always).startswith("closed: a closure")
    assert told("2199-12-02T10:00", zone, **always).startswith("closed: a closure")


def test_a_holiday_on_which_the_agency_is_open_is_an_exception() -> None:
    texas = {"country": "US", "state": "TX", "except": ["San Jacinto Day", "independence day"]}
    hours = {"week": {"mon-fri": ["08:00-17:00"]}, "holidays": texas}
    assert told("2027-04-21T10:00-05:00", **hours).startswith("open")
    assert told("2027-07-05T10:00-05:00", **hours).startswith("open"), "nor when it is observed"
    assert told("2027-03-02T10:00-05:00", **hours).startswith("closed: holiday: Texas")
    with pytest.raises(ValueError, match='"Labour Day" is no holiday there; write one that'):
        Hours.model_validate({**hours, "holidays": {**texas, "except": ["Labour Day"]}})


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


def test_the_closed_days_of_a_year_are_listed_with_their_names(tmp_path) -> None:
    folder = variant("office-open", tmp_path)
    change(folder / "line.yaml", {"hours": {"holidays": {"country": "US", "state": "TX"}}})
    rows = hours("--prompts", str(folder), "--year", "--at", "2027-01-01T00:00").splitlines()
    assert "Wed 2027-04-21  holiday: San Jacinto Day" in rows
    assert "Thu 2027-11-25  holiday: Thanksgiving Day" in rows
    assert not [row for row in rows if row.startswith("Sat")], "it is closed then anyway"
    assert len(rows) > 15


def test_what_is_no_time_is_told() -> None:
    assert '"noon" is not a date and time: write it like 2026-12-25T10:00' in hours("--at", "noon")


def test_a_call_can_be_made_as_if_it_were_another_time(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("IVR_PROMPTS", str(variant("office-open", tmp_path)))
    keys = ["call", "--keys", "1,1,-,-,-,-,1"]
    now_open = CliRunner().invoke(ivr, [*keys, "--at", "2026-11-24T10:00"]).output
    assert "Our office is open now" in now_open
    now_closed = CliRunner().invoke(ivr, [*keys, "--at", "2026-11-26T10:00"]).output
    assert "Our office is closed now" in now_closed
