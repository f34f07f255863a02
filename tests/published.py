"""Scripts that are published as `ivr serve` does it: with a report of the checks beside them."""

import datetime as dt
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.checks.engine.registry import load_valid
from ivr.checks.engine.report import CheckReport, report_on, save
from ivr.script.load import load
from tests.walked import once


def report_of(folder: Path) -> CheckReport:
    """Run every check on a script; return the report."""
    now = dt.datetime.now(dt.UTC)
    script, problems = load_valid(folder, now.date())
    return report_on(script, problems, folder, now)


def report_once(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> CheckReport:
    """Return the report of a script; its checks run once in a run of the tests."""
    name = f"report-{_digest(folder)}"
    report = once(tmp_path_factory, name, lambda _: report_of(folder))
    seen = (replace(p, path=p.path.replace(report.folder, str(folder))) for p in report.problems)
    return replace(report, folder=str(folder), problems=tuple(seen))


def _digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.suffix in {".yaml", ".ics"})
    content = b"".join(str(path.relative_to(folder)).encode() + path.read_bytes() for path in files)
    return hashlib.sha256(content).hexdigest()


_PUBLISHED: dict[str, CheckReport] = {}
"""Digest of a script → what it says."""


def publish(folder: Path) -> Path:
    """Store beside a script all that it says, so that the pages can show it; return the folder.

    The same script is explored once in a process.
    """
    digest = _digest(folder)
    if digest not in _PUBLISHED:
        _PUBLISHED[digest] = report_on(load(folder), [], folder, dt.datetime.now(dt.UTC))
    save(replace(_PUBLISHED[digest], folder=str(folder)), folder)
    return folder
