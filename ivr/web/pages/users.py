"""`/users`, for admins: who may use the console, and for what."""

from flask import Response, abort, render_template, request

from ivr.accounts import operators, sessions
from ivr.accounts.operators import ROLES
from ivr.accounts.passwords import first_password
from ivr.errors import RecordsError
from ivr.local_time import utcnow
from ivr.web.auth import current_operator
from ivr.web.console import ConsolePages, sentence
from ivr.web.routes import get, post, redirected


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
