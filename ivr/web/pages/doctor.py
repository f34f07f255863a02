"""`/doctor`: every setting as the line will use it, and a button that sends a test alert."""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, abort, render_template

from ivr.accounts import audit_log
from ivr.accounts.audit_log import Deed
from ivr.checks.engine.report import CheckReport
from ivr.database.engine import Database
from ivr.doctor.bounded import BoundedChecks
from ivr.doctor.check import CheckContext, Row
from ivr.doctor.table import run
from ivr.script.model import Script
from ivr.settings import Settings, unread
from ivr.web.auth import current_operator


class DoctorPages:
    """The doctor of one line. It looks once at a time, in threads that no call needs."""

    def __init__(
        self,
        script: Script,
        settings: Settings,
        report: CheckReport | None,
        database: Database,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._script = script
        self._settings = settings
        self._report = report
        self._database = database
        self._clock = clock
        self._checks = BoundedChecks()
        self._lock = threading.Lock()

    def blueprint(self) -> Blueprint:
        """Return the page, and what its buttons do."""
        pages = Blueprint("doctor", __name__)
        pages.add_url_rule("/doctor", view_func=self.page)
        pages.add_url_rule("/doctor", view_func=self.look, methods=["POST"])
        pages.add_url_rule("/doctor/alert", view_func=self.alert, methods=["POST"])
        return pages

    def page(self) -> str:
        """Show what can be seen without asking another machine."""
        return self._shown(self._context())

    def look(self) -> str:
        """Show the rows that need the network, too."""
        return self._shown(replace(self._context(), is_online=True))

    def alert(self) -> str:
        """Send a test alert, and show who has taken it."""
        by = current_operator().name
        with self._database.writing() as connection:
            audit_log.add(connection, by, Deed("sent a test alert"), self._clock())
        return self._shown(replace(self._context(), sends_alert=by))

    def _shown(self, context: CheckContext) -> str:
        rows = self._rows(context)
        return render_template(
            "doctor.html",
            rows=[row for row in rows if row.level != "skipped"],
            skipped=[row for row in rows if row.level == "skipped"],
            failed=sum(row.level == "failed" for row in rows),
            warnings=sum(row.level == "warning" for row in rows),
            sent=next((r for r in rows if r.name == "alerts"), None) if context.sends_alert else "",
            is_online=context.is_online,
            has_address=bool(self._settings.alert_email or self._settings.alert_webhook),
        )

    def _rows(self, context: CheckContext) -> list[Row]:
        if not self._lock.acquire(blocking=False):
            abort(503, "The doctor is looking already. Please try again in a moment.")
        try:
            return list(run(context, checks=self._checks))
        finally:
            self._lock.release()

    def _context(self) -> CheckContext:
        report = self._report
        return CheckContext(
            self._settings,
            self._clock(),
            self._script,
            report.problems if report else (),
            report.utterances_by_clip() if report else None,
            is_checked=report is not None,
            unread=tuple(unread()),
        )
