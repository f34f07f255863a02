"""`/protection`: floods of calls. Operators see which limits hold, end blocks, set the challenge.

Nobody sees a number here: a caller who is blocked is known by a keyed hash alone.
"""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, url_for

from ivr.accounts import audit_log
from ivr.accounts.audit_log import Deed
from ivr.database.engine import Database
from ivr.database.schema import LARGEST
from ivr.local_time import short_local
from ivr.protection import blocks, uses
from ivr.script.model import Script
from ivr.web.auth import current_operator


class ProtectionPages:
    """The page of one line."""

    def __init__(
        self, script: Script, database: Database, clock: Callable[[], dt.datetime]
    ) -> None:
        self._limits = script.line.limits
        self._database = database
        self._clock = clock
        self._zone = ZoneInfo(script.line.time_zone)

    def blueprint(self) -> Blueprint:
        """Return the page, and what can be done on it."""
        pages = Blueprint("protection", __name__)
        pages.add_url_rule("/protection", view_func=self.page)
        pages.add_url_rule(
            "/protection/blocks/<int:number>/end", view_func=self.end, methods=["POST"]
        )
        pages.add_url_rule("/protection/challenge", view_func=self.challenge, methods=["POST"])
        return pages

    def page(self) -> str:
        """Show how much is used of each limit, the blocks, and the challenge."""
        now = self._clock()
        with self._database.reading() as connection:
            used = uses.counts(connection, now)
            holding = blocks.holding(connection, now)
            is_challenging = blocks.is_on(connection, blocks.CHALLENGE)
        limits = self._limits
        rows = [
            ("Rings of your people, in an hour", used["ring"], limits.rings),
            ("Messages, in an hour", used["message"], limits.messages),
            ("Texts to callers, in a day", used["text"], limits.texts),
        ]
        return render_template(
            "protection.html",
            rows=rows,
            blocks=[
                (
                    b.id,
                    short_local(b.begins, self._zone),
                    short_local(b.until, self._zone),
                    b.operator,
                )
                for b in holding
            ],
            is_challenging=is_challenging,
        )

    def end(self, number: int) -> Response:
        """End a block."""
        by, now = current_operator().name, self._clock()
        if number < LARGEST:
            with self._database.writing() as connection:
                if blocks.end(connection, number, now):
                    audit_log.add(connection, by, Deed("ended a block", f"block {number}"), now)
        return redirect(url_for("protection.page"))  # type: ignore[return-value]

    def challenge(self) -> Response:
        """Switch the challenge on or off."""
        is_on, by, now = request.form.get("on") == "1", current_operator().name, self._clock()
        with self._database.writing() as connection:
            deed = Deed("set the challenge", "on" if is_on else "off")
            audit_log.add(connection, by, deed, now)
            blocks.set_switch(connection, blocks.CHALLENGE, by, now, is_on=is_on)
        return redirect(url_for("protection.page"))  # type: ignore[return-value]
