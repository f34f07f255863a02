"""`/users`, `/audit` and `/sessions`: who uses the console, what they did, where they signed in.

Only admins see the operators, and the audit log, which nobody can change.
"""

from flask import Response, abort, render_template, request

from ivr.accounts import audit_log, operators, sessions
from ivr.accounts.operators import ROLES
from ivr.accounts.passwords import first_password
from ivr.database.schema import LARGEST
from ivr.errors import RecordsError
from ivr.local_time import utcnow
from ivr.web.auth import current_operator, current_session
from ivr.web.console import ConsolePages, sentence
from ivr.web.routes import get, post, redirected

PER_PAGE = 100
"""Entries of the audit log on a page."""


class UserPages(ConsolePages, name="users"):
    """The operators of one console."""

    @get("/users")
    def page(self, wrong: str = "", name: str = "", password: str = "") -> str:
        """Show the operators; `password` is the first one of `name`, which is shown once."""
        return render_template(
            "users.html",
            operators=operators.listed(self.database.engine),
            roles=ROLES,
            wrong=sentence(wrong),
            name=name,
            password=password,
        )

    @post("/users")
    def add(self) -> str | tuple[str, int]:
        """Add an operator, with a first password that they have to change."""
        name, roles = request.form.get("name", "").strip(), request.form.getlist("role")
        if any(o.name == name for o in operators.listed(self.database.engine)):
            return self.page(f'there is an operator "{name}" already'), 422
        return self._with_first_password(name, roles)

    @post("/users/change")
    def change(self) -> str | tuple[str, int] | Response:
        """Do with an operator what the button says."""
        name, action = request.form.get("name", ""), request.form.get("do", "")
        engine, by = self.database.engine, current_operator().name
        try:
            with engine.connect() as connection:
                operator = operators.get(connection, name)
            if action == "password":
                return self._with_first_password(name, None)
            if action == "roles":
                operators.set_roles(engine, name, request.form.getlist("role"), by)
            elif action == "factor":
                operators.remove_second_factor(engine, name, by)
            elif action == "remove":
                operators.remove(engine, name, by, keeps_admin=True)
            elif action == "sign-out":
                with self.database.writing() as connection:
                    sessions.end_all(connection, operator.id)
            else:
                abort(400, "Choose what to change.")
        except RecordsError as e:
            return self.page(str(e)), 422
        self._tell(f'{by} has changed the account of {name} ("{action}")')
        return redirected("users.page")

    def _with_first_password(self, name: str, roles: list[str] | None) -> str | tuple[str, int]:
        password, by = first_password(), current_operator().name
        try:
            operators.add(self.database.engine, name, password, roles, must_change=True, by=by)
        except RecordsError as e:
            return self.page(str(e)), 422
        self._tell(f"{by} has given {name} a first password")
        return self.page("", name, password)

    def _tell(self, text: str) -> None:
        self.console.notify("account", f"{text}.", f"{text} {utcnow()}")


class AuditPages(ConsolePages, name="audit"):
    """The audit log of one console."""

    @get("/audit")
    def page(self) -> str:
        """Show the newest entries, or those before the one in the query."""
        before = request.args.get("before", LARGEST - 1, type=int)
        with self.database.reading() as connection:
            entries = audit_log.newest(connection, PER_PAGE, min(max(before, 0), LARGEST - 1))
            broken = audit_log.first_broken(connection)
        return render_template(
            "audit.html",
            entries=entries,
            broken=broken,
            older=entries[-1].id if len(entries) == PER_PAGE else None,
        )


class SessionPages(ConsolePages, name="sessions"):
    """The sessions of one console."""

    @get("/sessions")
    def page(self) -> str:
        """Show the operator's sessions."""
        now = utcnow()
        with self.database.reading() as connection:
            shown = sessions.listed(connection, now, self._whose())
        own = _own()
        return render_template(
            "sessions.html",
            sessions=shown,
            others=sum(s.operator.id == current_operator().id and s.id != own for s in shown),
            own=own,
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
        with self.database.writing() as connection:
            sessions.end_all(connection, current_operator().id, but=_own())
        return redirected("sessions.page")

    def _whose(self) -> int | None:
        """Return the operator whose sessions are shown; None for those of all."""
        operator = current_operator()
        return None if operator.may("admin") else operator.id


def _own() -> int | None:
    current = current_session()
    return current.id if current else None


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
