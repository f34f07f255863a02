"""`/`, the dashboard: the health of the line at a glance."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, render_template

from ivr.checks.engine.report import CheckReport, load_rejected
from ivr.checks.measures.limits import VERIFIED_DAYS
from ivr.checks.numbers import Trust, trust
from ivr.checks.times import Row
from ivr.database.engine import Database
from ivr.local_time import short_local
from ivr.problem import Problem
from ivr.script.model import Script
from ivr.script.version import version
from ivr.settings import Settings
from ivr.transcript.labels import language_names, written_number
from ivr.web.pages.override import standing
from ivr.web.pages.publishing import undoable


@dataclass(frozen=True)
class Number:
    """A destination's number, and how far it can be trusted."""

    name: str
    title: str
    written: str
    source: str
    verified: dt.date | None
    trust: Trust


@dataclass(frozen=True)
class DashboardPages:
    """The dashboard of one script."""

    script: Script
    settings: Settings
    report: CheckReport | None
    database: Database
    clock: Callable[[], dt.datetime]
    parent: int
    """The process that started this one: perhaps an `ivr serve`, which can publish."""

    def blueprint(self) -> Blueprint:
        """Return the route `/`."""
        pages = Blueprint("console", __name__)
        pages.add_url_rule("/", view_func=self.home)
        return pages

    def home(self) -> str:
        """Show whether the line works, and what the operator has to do."""
        report = self.report
        problems = report.problems if report else ()
        rejected = load_rejected(self.settings.prompts)
        if rejected and report and rejected.at <= report.at:
            rejected = None
        line = self.script.line
        zone = ZoneInfo(line.time_zone)
        titles = {name: self._title(name) for name in line.destinations}
        return render_template(
            "console.html",
            version=version(self.script),
            is_checked=report is not None,
            checked_at=short_local(report.at, zone) if report else "",
            rejected=rejected,
            rejected_at=short_local(rejected.at, zone) if rejected else "",
            errors=sum(p.level == "error" for p in problems),
            warnings=sum(p.level == "warning" for p in problems),
            groups=list(_grouped(problems)),
            numbers=list(self._numbers(self.clock().astimezone(zone).date())),
            days=VERIFIED_DAYS,
            times=_table(report.times if report else (), titles),
            languages=language_names(self.script),
            nodes=len(self.script.graph.nodes),
            bridge=line.emergency,
            standing=standing(self.script, self.database, self.clock()),
            published=(last := undoable(self.settings, self.parent)),
            published_at=short_local(last.moment, zone) if last else "",
            has=current_app.view_functions.__contains__,
            short=_short(report.folder if report else str(self.settings.prompts)),
        )

    def _numbers(self, today: dt.date) -> Iterator[Number]:
        line = self.script.line
        for name, destination in line.destinations.items():
            written = written_number(destination.number or "")
            title, source = self._title(name), destination.source or ""
            state = trust(destination, today)
            yield Number(name, title, written, source, destination.verified_on, state)

    def _title(self, destination: str) -> str:
        title = self.script.text(self.script.line.default_language, f"destination.{destination}")
        return title[:1].upper() + title[1:]


def _grouped(problems: tuple[Problem, ...]) -> Iterator[tuple[str, str, list[Problem]]]:
    """Yield level, check and its problems, errors first."""

    def group(problem: Problem) -> tuple[str, str]:
        return problem.level, problem.check

    for (level, check), members in groupby(sorted(problems, key=group), group):
        yield level, check, list(members)


def _table(
    rows: tuple[Row, ...], titles: dict[str, str]
) -> list[tuple[str, str, dict[str, Row], str]]:
    """Return a table row for each way to get help: what, how, the time by language, the limits."""
    lines: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rows:
        what = f"{titles.get(row.to, row.to)} {row.done}"
        lines.setdefault((what, row.way), {})[row.language] = row
    return [(what, way, times, _limits(times.values())) for (what, way), times in lines.items()]


def _limits(rows: Iterable[Row]) -> str:
    return ", ".join(dict.fromkeys(f"{row.limit:.0f}" for row in rows))


def _short(folder: str) -> str:
    """Return the last part of a folder's path: a page does not show the machine's layout."""
    return folder.rpartition("/")[2] or folder
