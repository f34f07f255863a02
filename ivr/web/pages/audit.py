"""`/audit`, for admins: the log of deeds, which nobody can change."""

from flask import render_template, request

from ivr.accounts import audit_log
from ivr.database.schema import LARGEST
from ivr.web.console import ConsolePages
from ivr.web.routes import get

PER_PAGE = 100
"""Entries on a page."""


class AuditPages(ConsolePages, name="audit"):
    """The log of deeds of one console."""

    @get("/audit")
    def page(self) -> str:
        """Show the newest entries, or those before the one in the query."""
        before = request.args.get("before", LARGEST - 1, type=int)
        with self.database.reading() as connection:
            entries = audit_log.newest(connection, PER_PAGE, min(max(before, 0), LARGEST - 1))
            broken = audit_log.first_broken(connection)
        return render_template(
            "audit.html",
            entries=[(self.console.local(e.moment), e) for e in entries],
            broken=broken,
            older=entries[-1].id if len(entries) == PER_PAGE else None,
        )
