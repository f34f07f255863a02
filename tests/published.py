"""Scripts that are published as `ivr serve` does it: with a report of the checks beside them."""

import datetime as dt
from pathlib import Path

import pytest

from ivr.checks.engine.registry import load_valid
from ivr.checks.engine.report import CheckReport, report_on, save
from ivr.script.load import load
from tests.lines import SHIPPED
from tests.walked import once


def report_of(folder: Path) -> CheckReport:
    """Run every check on a script; return the report."""
    now = dt.datetime.now(dt.UTC)
    script, problems = load_valid(folder, now.date())
    return report_on(script, problems, folder, now)


def report_of_shipped(tmp_path_factory: pytest.TempPathFactory) -> CheckReport:
    """Return the report of the shipped script, whose checks run once in a run of the tests."""
    return once(tmp_path_factory, "report", lambda _: report_of(SHIPPED))


def publish(folder: Path) -> Path:
    """Store beside a script all that it says, so that the pages can show it; return the folder."""
    save(report_on(load(folder), [], folder, dt.datetime.now(dt.UTC)), folder)
    return folder
