"""`/`, the dashboard: the health of the line at a glance."""

from itertools import groupby
from operator import attrgetter
from pathlib import Path

from flask import current_app, render_template

from ivr.checks.engine.report import load_rejected
from ivr.checks.measures.limits import VERIFIED_DAYS
from ivr.checks.numbers import trust
from ivr.checks.times import Row
from ivr.phone_numbers import written_number
from ivr.script.review import notices
from ivr.script.version import version
from ivr.transcript.labels import language_names
from ivr.web.console import ConsolePages, sentence
from ivr.web.pages.override import standing
from ivr.web.pages.publishing import undoable
from ivr.web.routes import get


class DashboardPages(ConsolePages, name="console"):
    """The dashboard of one script."""

    @get("/")
    def home(self) -> str:
        """Show whether the line works, and what the operator has to do."""
        console, report = self.console, self.console.report
        problems = report.problems if report else ()
        rejected = load_rejected(console.settings.prompts)
        if rejected and report and rejected.at <= report.at:
            rejected = None
        line = self.script.line
        titles = {name: self._title(name) for name in line.destinations}
        return render_template(
            "console.html",
            version=version(self.script),
            is_checked=report is not None,
            checked_at=report.at if report else None,
            rejected=rejected,
            errors=sum(p.level == "error" for p in problems),
            warnings=sum(p.level == "warning" for p in problems),
            groups=[
                (level, check, list(members))
                for (level, check), members in groupby(sorted(problems, key=_GROUP), _GROUP)
            ],
            numbers=[
                (titles[name], written_number(to.number or ""), to, trust(to, console.today()))
                for name, to in line.destinations.items()
            ],
            days=VERIFIED_DAYS,
            times=_table(report.times if report else (), titles),
            languages=language_names(self.script),
            nodes=len(self.script.graph.nodes),
            bridge=line.emergency,
            notices=list(notices(self.script)),
            standing=standing(console),
            published=undoable(console),
            has=current_app.view_functions.__contains__,
            # The last part alone: a page does not show the machine's layout.
            short=Path(report.folder if report else console.settings.prompts).resolve().name,
        )

    def _title(self, destination: str) -> str:
        language = self.script.line.default_language
        return sentence(self.script.text(language, f"destination.{destination}"))


_GROUP = attrgetter("level", "check")
"""By what problems are grouped, errors first."""


def _table(
    rows: tuple[Row, ...], titles: dict[str, str]
) -> list[tuple[str, str, dict[str, Row], str]]:
    """Return a table row for each way to get help: what, how, the time by language, the limits."""
    lines: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rows:
        what = f"{titles.get(row.to, row.to)} {row.done}"
        lines.setdefault((what, row.way), {})[row.language] = row
    return [
        (what, way, times, ", ".join(dict.fromkeys(f"{row.limit:.0f}" for row in times.values())))
        for (what, way), times in lines.items()
    ]
