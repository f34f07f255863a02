"""Scripts that are published as `ivr serve` does it: with a report of the checks beside them."""

import datetime as dt
from pathlib import Path

from ivr.checks.engine.registry import load_valid
from ivr.checks.engine.report import CheckReport, report_on, save
from ivr.script.load import load


def report_of(folder: Path) -> CheckReport:
    """Run every check on a script; return the report."""
    now = dt.datetime.now(dt.UTC)
    script, problems = load_valid(folder, now.date())
    return report_on(script, problems, folder, now)


def publish(folder: Path) -> Path:
    """Store beside a script all that it says, so that the pages can show it; return the folder."""
    save(report_on(load(folder), [], folder, dt.datetime.now(dt.UTC)), folder)
    return folder
