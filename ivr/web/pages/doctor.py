"""`/doctor`: every setting as the line will use it, and a button that sends a test alert."""

import threading
from dataclasses import replace

from flask import abort, render_template

from ivr.doctor.bounded import BoundedChecks
from ivr.doctor.check import CheckContext, Row
from ivr.doctor.table import run
from ivr.settings import unread
from ivr.web.auth import current_operator
from ivr.web.console import Console, ConsolePages
from ivr.web.routes import get, post


class DoctorPages(ConsolePages, name="doctor"):
    """The doctor of one line. It looks once at a time, in threads that no call needs."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._checks = BoundedChecks()
        self._lock = threading.Lock()

    @get("/doctor")
    def page(self) -> str:
        """Show what can be seen without asking another machine."""
        return self._shown(self._context())

    @post("/doctor")
    def look(self) -> str:
        """Show the rows that need the network, too."""
        return self._shown(replace(self._context(), is_online=True))

    @post("/doctor/alert")
    def alert(self) -> str:
        """Send a test alert, and show who has taken it."""
        self.console.log("sent a test alert")
        return self._shown(replace(self._context(), sends_alert=current_operator().name))

    def _shown(self, context: CheckContext) -> str:
        rows, settings = self._rows(context), context.settings
        return render_template(
            "doctor.html",
            rows=[row for row in rows if row.level != "skipped"],
            skipped=[row for row in rows if row.level == "skipped"],
            failed=sum(row.level == "failed" for row in rows),
            warnings=sum(row.level == "warning" for row in rows),
            sent=next((r for r in rows if r.name == "alerts"), None) if context.sends_alert else "",
            is_online=context.is_online,
            has_address=bool(settings.alert_email or settings.alert_webhook),
        )

    def _rows(self, context: CheckContext) -> list[Row]:
        if not self._lock.acquire(blocking=False):
            abort(503, "The doctor is looking already. Please try again in a moment.")
        try:
            return list(run(context, checks=self._checks))
        finally:
            self._lock.release()

    def _context(self) -> CheckContext:
        report = self.console.report
        return CheckContext(
            self.console.settings,
            self.console.clock(),
            self.script,
            report.problems if report else (),
            report.utterances_by_clip() if report else None,
            is_checked=report is not None,
            unread=tuple(unread()),
        )
