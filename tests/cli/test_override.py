"""`ivr override`, as an operator runs it."""

import datetime as dt
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Ivr

UNTIL = f"{dt.datetime.now(dt.UTC) + dt.timedelta(days=2):%Y-%m-%dT10:00}"
SAY = ("--say", "en=We are closed today.", "--say", "es=Hoy está cerrado.")


def test_it_is_put_told_and_ended(ivr: Ivr, state: Path) -> None:
    put = ivr("override", "closed", "--until", UNTIL, *SAY, IVR_STATE=state)
    assert put.out.startswith("override: closed until ")
    assert re.search(r" 10:00 E[SD]T, announced in en, es\n$", put.out)
    assert ivr("override", IVR_STATE=state).out == put.out
    again = ivr("override", "emergency", "--until", UNTIL, IVR_STATE=state)
    assert again.out.startswith("override: emergency until ")
    assert "announced" not in again.out
    ended = ivr("override", "--end", IVR_STATE=state)
    assert ended.out == "no override; open: no hours are set\n"
    assert ivr("override", IVR_STATE=state).out == ended.out


def test_ivr_hours_tells_of_it_since_it_goes_before_the_hours(ivr: Ivr, state: Path) -> None:
    ivr("override", "closed", "--until", UNTIL, IVR_STATE=state)
    lines = ivr("hours", IVR_STATE=state).out.splitlines()
    assert lines[0] == "open: no hours are set"
    assert re.fullmatch(r"but an override holds: closed until .* 10:00 E[SD]T", lines[1])
    assert "override" not in ivr("hours", "--at", UNTIL, IVR_STATE=state).out
    ivr("override", "--end", IVR_STATE=state)
    assert "override" not in ivr("hours", IVR_STATE=state).out


def test_ivr_hours_tells_the_hours_though_the_records_cannot_be_asked(
    ivr: Ivr, state: Path
) -> None:
    (state / "records.db").mkdir(parents=True)
    ran = ivr("hours", IVR_STATE=state)
    assert ran.out.startswith("open: no hours are set")
    assert ran.err == "an override may be active: the records cannot be read\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["closed"], "closed needs an end: --until"),
        (["--until", UNTIL], "name what holds meanwhile: open, closed, emergency"),
        (["--end", "closed"], "--end stands alone"),
        (["shut", "--until", UNTIL], "'shut' is not one of 'open', 'closed', 'emergency'"),
        (["closed", "--until", "noon"], '"noon" is not a date and time'),
        (["closed", "--until", "2026-01-01T00:00"], "would have ended already"),
        (["closed", "--until", UNTIL, "--say", "hello"], '"hello" is no announcement'),
        (["closed", "--until", UNTIL, "--say", "en=A.", "--say", "en=B."], "en stands twice"),
        (["closed", "--until", UNTIL, "--say", "en=A."], "nothing is announced in es"),
    ],
)
def test_what_is_off_is_told_and_changes_nothing(
    ivr: Ivr, state: Path, arguments: list[str], message: str
) -> None:
    ran = ivr("override", *arguments, IVR_STATE=state)
    assert ran.status != 0
    assert message in ran.err
    assert "Traceback" not in ran.err
    assert ivr("override", IVR_STATE=state).out.startswith("no override")


def test_records_that_cannot_be_used_are_told(ivr: Ivr, state: Path) -> None:
    (state / "records.db").mkdir(parents=True)
    ran = ivr("override", "closed", "--until", UNTIL, IVR_STATE=state)
    assert (ran.status, "cannot be used now" in ran.err) == (1, True)
