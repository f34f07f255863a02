"""`/sessions`: where an operator is signed in, and a way to end each session."""

import datetime as dt

from flask import Response, abort, render_template

from ivr.accounts import sessions
from ivr.accounts.sessions import Session
from ivr.database.schema import LARGEST
from ivr.web.auth import current_operator, current_session
from ivr.web.console import ConsolePages
from ivr.web.routes import get, post, redirected


class SessionPages(ConsolePages, name="sessions"):
    """The sessions of one console."""

    @get("/sessions")
    def page(self) -> str:
        """Show the operator's sessions."""
        now = dt.datetime.now(dt.UTC)
        with self.database.reading() as connection:
            shown = sessions.listed(connection, now, self._whose())
        own = current_session()
        return render_template(
            "sessions.html",
            sessions=shown,
            others=sum(self._is_other(s, own) for s in shown),
            own=own.id if own else None,
            at=self.console.local,
            browser=browser_name,
            idle=sessions.IDLE,
            longest=sessions.LONGEST,
        )

    @post("/sessions/<int:number>/end")
    def end(self, number: int) -> Response:
        """End one session; an operator can end their own alone."""
        ended = None
        if number < LARGEST:
            with self.database.writing() as connection:
                ended = sessions.end(connection, number, self._whose())
        if ended is None:
            abort(404, "There is no such session. It may have ended by itself.")
        return redirected("sessions.page")

    @post("/sessions/end-others")
    def end_others(self) -> Response:
        """End all sessions of this operator but the present one."""
        own = current_session()
        with self.database.writing() as connection:
            sessions.end_all(connection, current_operator().id, but=own.id if own else None)
        return redirected("sessions.page")

    def _whose(self) -> int | None:
        """Return the operator whose sessions are shown; None for those of all."""
        operator = current_operator()
        return None if operator.may("admin") else operator.id

    def _is_other(self, session: Session, own: Session | None) -> bool:
        return session.operator.id == current_operator().id and session.id != (own and own.id)


_BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """Return what a User-Agent says in words: "Firefox on Windows"."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "another browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser
