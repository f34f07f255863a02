"""`/account`: an operator's own password and second factor."""

import segno
from flask import Response, abort, render_template, request, url_for
from markupsafe import Markup

from ivr.accounts import operators, passkeys, second_factor
from ivr.accounts.passkeys import Site
from ivr.accounts.secret_key import secret
from ivr.accounts.sessions import Session
from ivr.errors import RecordsError
from ivr.local_time import utcnow
from ivr.web.auth import PasswordAgain, current_operator, current_session, json_body, site
from ivr.web.console import Console, ConsolePages, sentence
from ivr.web.routes import get, post, redirected

BAD_PASSWORDS = 10
"""Wrong present passwords that each process accepts from one operator, per hour."""


class AccountPages(ConsolePages, name="account"):
    """The pages of the operator who is signed in."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._agency = self.script.line.agency.name[self.script.line.default_language]
        self._password_again = PasswordAgain(console.database, BAD_PASSWORDS)

    def require(self) -> None:
        """Abort a request on the demo line."""
        if current_session() is None:
            abort(404, "The demo line has no accounts.")

    @get("/account")
    def page(self, wrong: str = "") -> str:
        """Show what can be changed."""
        operator = current_operator()
        with self.database.reading() as connection:
            left = second_factor.recovery_codes_left(connection, operator)
        return render_template("account.html", wrong=sentence(wrong), left=left)

    @post("/account/password")
    def password(self) -> Response | tuple[str, int]:
        """Set another password, and end the operator's other sessions."""
        operator, session = current_operator(), current_session()
        if wrong := self._wrong_password():
            return self.page(wrong), 422
        new = request.form.get("new", "")
        try:
            with self.database.writing() as connection:
                operators.change_password(
                    connection, operator, new, session.id if session else None, [self._agency]
                )
        except RecordsError as e:
            return self.page(str(e)), 422
        self._tell(f"{operator.name} has set another password")
        return redirected("console.home")

    @get("/account/totp")
    def totp(self, wrong: str = "") -> str:
        """Show a secret for an authenticator app."""
        made = second_factor.new_secret()
        uri = second_factor.uri(made, current_operator().name, self._agency)
        picture = segno.make(uri).svg_inline(scale=4, border=2, light="#fff", omitsize=True)
        shown = " ".join(made[i : i + 4] for i in range(0, len(made), 4))
        return render_template(
            "account-totp.html",
            secret=made,
            shown=shown,
            picture=Markup(picture),  # noqa: S704 made here, of a secret and escaped names
            wrong=sentence(wrong),
        )

    @post("/account/totp")
    def confirm_totp(self) -> str | tuple[str, int]:
        """Require codes from now on, if the app shows the right one; show the recovery codes."""
        operator = current_operator()
        if wrong := self._wrong_password():
            return self.totp(wrong), 422
        made, code = request.form.get("secret", ""), request.form.get("code", "")
        with self.database.writing() as connection:
            codes = second_factor.enrol(
                connection, operator, made, code, secret(self.console.settings)
            )
            if codes is not None:
                self.console.log("set a 2nd factor", operator.name, connection)
        if codes is None:
            return self.totp("that was not the code of this QR code: scan the new one"), 422
        self._tell(f"{operator.name} has set a second factor")
        return render_template("account-codes.html", codes=codes)

    @post("/account/totp/remove")
    def remove_totp(self) -> Response | tuple[str, int]:
        """Ask for the password alone from now on."""
        operator = current_operator()
        if wrong := self._wrong_password():
            return self.page(wrong), 422
        with self.database.writing() as connection:
            operators.reset_second_factor(connection, operator, operator.name)
        self._tell(f"{operator.name} has removed their second factor")
        return redirected("account.page")

    @post("/account/codes")
    def codes(self) -> str | tuple[str, int]:
        """Give the operator new recovery codes, and show them once."""
        operator = current_operator()
        wrong = self._wrong_password()
        if wrong or not operator.second_factor:
            return self.page(wrong or "set up a second factor first"), 422
        with self.database.writing() as connection:
            codes = second_factor.new_recovery_codes(connection, operator)
            self.console.log("made new codes", operator.name, connection)
        return render_template("account-codes.html", codes=codes)

    @post("/account/passkey/options")
    def passkey_options(self) -> Response:
        """Return what a browser needs to make a passkey, as JSON."""
        with self.database.writing() as connection:
            options = passkeys.registration(connection, _session(), self._site())
        return Response(options, content_type="application/json")

    @post("/account/passkey")
    def passkey(self) -> tuple[dict[str, str], int]:
        """Store a passkey that the browser made; a sign-in asks for it from now on."""
        operator, sent = current_operator(), json_body()
        if wrong := self._wrong_password(str(sent.get("current", ""))):
            return {"error": sentence(f"{wrong}.")}, 422
        with self.database.writing() as connection:
            is_made = passkeys.register(
                connection, _session(), sent.get("credential"), self._site()
            )
            if is_made:
                self.console.log("added a passkey", operator.name, connection)
        if not is_made:
            return {"error": "That passkey cannot be used here. Please try again."}, 422
        self._tell(f"{operator.name} has added a passkey")
        return {"next": url_for("account.page")}, 200

    def _site(self) -> Site:
        return site(self.console.settings, self._agency)

    def _wrong_password(self, given: str | None = None) -> str:
        """Return why the present password, by default the form's, is not accepted; "" if it is."""
        return self._password_again.refusal(
            request.form.get("current", "") if given is None else given
        )

    def _tell(self, text: str) -> None:
        self.console.notify(
            "account", f"{text}. If that is not right: ivr user", f"{text} {utcnow()}"
        )


def _session() -> Session:
    session = current_session()
    if session is None:  # `require` sees to that
        abort(404)
    return session
