"""`/audit`, for admins: the log of deeds, which nobody can change."""

from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request

from ivr.accounts import audit_log
from ivr.database.engine import Database
from ivr.database.schema import LARGEST
from ivr.local_time import short_local
from ivr.script.model import Script

PER_PAGE = 100
"""Entries on a page."""


class AuditPages:
    """The log of deeds of one console."""

    def __init__(self, script: Script, database: Database) -> None:
        self._database = database
        self._zone = ZoneInfo(script.line.time_zone)

    def blueprint(self) -> Blueprint:
        """Return the page."""
        pages = Blueprint("audit", __name__)
        pages.add_url_rule("/audit", view_func=self.page)
        return pages

    def page(self) -> str:
        """Show the newest entries, or those before the one in the query."""
        before = request.args.get("before", LARGEST - 1, type=int)
        with self._database.reading() as connection:
            entries = audit_log.newest(connection, PER_PAGE, min(max(before, 0), LARGEST - 1))
            broken = audit_log.first_broken(connection)
        return render_template(
            "audit.html",
            entries=[(short_local(e.moment, self._zone), e) for e in entries],
            broken=broken,
            older=entries[-1].id if len(entries) == PER_PAGE else None,
        )
