"""What an operator types as a date and time, and what they read."""

import datetime as dt

import pytest

from ivr.local_time import format_local, parse_local

ZONE = "America/New_York"


def test_a_moment_is_read_and_typed_in_the_agencys_time() -> None:
    moment = parse_local("2026-11-30T09:05", ZONE)
    assert moment == dt.datetime(2026, 11, 30, 14, 5, tzinfo=dt.UTC)
    assert format_local(moment, ZONE) == "Mon 2026-11-30 09:05 EST"


def test_an_offset_that_is_typed_counts() -> None:
    assert parse_local("2026-11-30T09:05+00:00", ZONE).hour == 9


def test_an_hour_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(ValueError, match="clocks skip that hour"):
        parse_local("2026-03-08T02:30", ZONE)
