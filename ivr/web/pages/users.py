"""`/users`, for admins: who may use the console, and for what."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from ivr.accounts import operators, sessions
from ivr.accounts.operators import ROLES
from ivr.accounts.passwords import first_password
from ivr.database.engine import Database
from ivr.errors import RecordsError
from ivr.local_time import utcnow
from ivr.web.auth import current_operator


class UserPages:
    """The operators of one console. `notify(kind, text, about)` alerts operators."""

    def __init__(self, database: Database, notify: Callable[[str, str, str], object]) -> None:
        self._database = database
        self._notify = notify

    def blueprint(self) -> Blueprint:
        """Return the page, and the ways to add an operator and to change one."""
        pages = Blueprint("users", __name__)
        pages.add_url_rule("/users", view_func=self.page)
        pages.add_url_rule("/users", view_func=self.add, methods=["POST"])
        pages.add_url_rule("/users/change", view_func=self.change, methods=["POST"])
        return pages

    def page(self, wrong: str = "", name: str = "", password: str = "") -> str:
        """Show the operators; `password` is the first one of `name`, which is shown once."""
        return render_template(
            "users.html",
            operators=operators.listed(self._database.engine),
            roles=ROLES,
            wrong=wrong[:1].upper() + wrong[1:],
            name=name,
            password=password,
        )

    def add(self) -> str | tuple[str, int]:
        """Add an operator, with a first password that they have to change."""
        name, roles = request.form.get("name", "").strip(), request.form.getlist("role")
        if any(o.name == name for o in operators.listed(self._database.engine)):
            return self.page(f'there is an operator "{name}" already'), 422
        return self._with_first_password(name, roles)

    def change(self) -> str | tuple[str, int] | Response:
        """Do with an operator what the button says."""
        name, action = request.form.get("name", ""), request.form.get("do", "")
        engine, by = self._database.engine, current_operator().name
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
                with self._database.writing() as connection:
                    sessions.end_all(connection, operator.id)
            else:
                abort(400, "Choose what to change.")
        except RecordsError as e:
            return self.page(str(e)), 422
        self._tell(f'{by} has changed the account of {name} ("{action}")')
        return redirect(url_for("users.page"), 303)  # type: ignore[return-value]

    def _with_first_password(self, name: str, roles: list[str] | None) -> str | tuple[str, int]:
        password, by = first_password(), current_operator().name
        try:
            operators.add(self._database.engine, name, password, roles, must_change=True, by=by)
        except RecordsError as e:
            return self.page(str(e)), 422
        self._tell(f"{by} has given {name} a first password")
        return self.page("", name, password)

    def _tell(self, text: str) -> None:
        self._notify("account", f"{text}.", f"{text} {utcnow()}")
