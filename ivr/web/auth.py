"""Operators sign in; the carrier, monitors and readers of the public page need not.

Every page that is not listed as open requires a session, and its forms require a CSRF token, so a
page that somebody adds later is closed by default. Open pages use no session at all.
"""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import Connection

from ivr.accounts import operators, passkeys, second_factor, sessions
from ivr.accounts.audit_log import MAX_OPERATOR
from ivr.accounts.operators import Operator
from ivr.accounts.passkeys import Site
from ivr.accounts.secret_key import secret
from ivr.accounts.sessions import Session
from ivr.database.engine import Database
from ivr.local_time import utcnow
from ivr.settings import Settings
from ivr.web.access import access_to, is_open, may_open
from ivr.web.browser_session import BrowserSession, BrowserSessions
from ivr.web.demo_access import is_local
from ivr.web.routes import Routes, post, route

log = logging.getLogger("ivr.auth")

BAD_PASSWORDS = RateLimitItemPerHour(10)
"""Wrong passwords that each process of pages accepts for one name from one address, per hour."""

ATTEMPTS = RateLimitItemPerMinute(20)
"""Sign-ins that each process of pages tries per minute, for all names and addresses: each costs a
hash."""

BAD_CODES = RateLimitItemPerHour(5)
"""Wrong codes that each process of pages accepts for one operator, per hour."""

DEMO = Operator(0, "demo", frozenset({"admin"}))
"""Whoever opens a page of `ivr serve --demo` on this machine."""


def current_operator() -> Operator:
    """Return who has signed in, on a page that requires it."""
    return g.operator  # type: ignore[no-any-return]


def current_session() -> Session | None:
    """Return the session of this request; None on the demo line, which has none."""
    return g.get("console_session")  # type: ignore[no-any-return]


class Auth(Routes, name="auth"):
    """The sign-in page, and the check before every other page."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self._database = database
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._csrf = CSRFProtect()

    def install(self, app: Flask) -> None:
        """Protect an application's pages, registered before or after."""
        app.secret_key = secret(self.settings)
        app.session_interface = BrowserSessions(app.secret_key)
        app.config.update(
            SESSION_COOKIE_NAME="ivr_session",
            SESSION_COOKIE_SECURE=self.settings.public_url.startswith("https://"),
            WTF_CSRF_CHECK_DEFAULT=False,  # `require_login` checks, and never a webhook
            WTF_CSRF_TIME_LIMIT=None,  # as long as the session
            WTF_CSRF_SSL_STRICT=False,  # pages send no referrer
        )
        self._csrf.init_app(app)
        app.before_request(self.require_login)
        app.context_processor(_current_operator)
        app.register_blueprint(self.blueprint())
        app.register_error_handler(CSRFError, _csrf_error)

    @route("/sign-in", "GET", "POST")
    def sign_in(self) -> str | tuple[str, int] | Response:
        """Sign an operator in; after ten wrong passwords, refuse the name for an hour."""
        if request.method == "GET":
            return self._page("", 200)
        self._csrf.protect()
        name, password = request.form.get("name", "").strip(), request.form.get("password", "")
        if len(name) > MAX_OPERATOR:
            return self._page("bad", 401)
        limited = (request.remote_addr or "", name.casefold())
        if not self._limiter.test(BAD_PASSWORDS, *limited):
            return self._page("limit", 429)
        if not self._limiter.hit(ATTEMPTS, "sign-in"):
            return self._page("busy", 429)
        operator = operators.authenticate(self._database.engine, name, password)
        if operator is None:
            self._limiter.hit(BAD_PASSWORDS, *limited)
            log.warning("a wrong password from %s", request.remote_addr)
            return self._page("bad", 401)
        browser = request.user_agent.string
        # What was known before the sign-in is worth nothing after it.
        token = session.replace_token()  # type: ignore[attr-defined] # ours
        sessions.start(self._database.engine, operator, token, browser, utcnow())
        target = _safe(request.form.get("next", ""))
        if operator.second_factor:
            return redirect(url_for("auth.second", next=target))  # type: ignore[return-value]
        log.info("%s signed in", operator.name)
        return redirect(target)  # type: ignore[return-value]

    @route("/sign-in/code", "GET", "POST")
    def second(self) -> str | tuple[str, int] | Response:
        """Take the second factor; after five wrong codes, refuse all for an hour."""
        current, target = current_session(), _safe(request.values.get("next", ""))
        if current is None or current.is_complete:
            return redirect(target)  # type: ignore[return-value]
        operator, name = current.operator, current.operator.name
        if not self._limiter.test(BAD_CODES, "code", name):
            return _code_page(operator, "limit", target), 429
        if request.method == "GET":
            return _code_page(operator, "", target)
        code, key = request.form.get("code", ""), secret(self.settings)
        if not self._complete(lambda c: second_factor.accepts(c, operator, code, key)):
            self._limiter.hit(BAD_CODES, "code", name)
            log.warning("a wrong code of %s from %s", name, request.remote_addr)
            return _code_page(operator, "bad", target), 401
        log.info("%s signed in with a second factor", name)
        return redirect(target)  # type: ignore[return-value]

    @post("/sign-in/passkey/options")
    def passkey_options(self) -> Response:
        """Return what a browser needs to sign in with a passkey, as JSON."""
        with self._database.writing() as connection:
            options = passkeys.authentication(connection, _pending(), site(self.settings, ""))
        return Response(options, content_type="application/json")

    @post("/sign-in/passkey")
    def passkey(self) -> tuple[dict[str, str], int]:
        """Take a passkey's signature as the second factor."""
        current, sent = _pending(), json_body()
        credential, own = sent.get("credential"), site(self.settings, "")
        if not self._complete(lambda c: passkeys.accepts(c, current, credential, own)):
            return {"error": "That is not a passkey of this account."}, 401
        log.info("%s signed in with a passkey", current.operator.name)
        return {"next": _safe(request.args.get("next", ""))}, 200

    def _complete(self, accepts: Callable[[Connection], bool]) -> bool:
        """Return whether a second factor is accepted; the session is then a whole one."""
        with self._database.writing() as connection:
            is_right = accepts(connection)
            if is_right:
                token = session.replace_token()  # type: ignore[attr-defined] # ours
                sessions.complete(connection, _pending(), token, utcnow())
        return is_right

    @post("/sign-out")
    def sign_out(self) -> Response:
        """End the session: neither this cookie nor a copy of it is accepted any more."""
        current = current_session()
        if current is not None:
            with self._database.writing() as connection:
                sessions.end(connection, current.id)
        session.replace_token()  # type: ignore[attr-defined] # ours
        return redirect(url_for("auth.sign_in"))  # type: ignore[return-value]

    def _page(self, why: str, status: int) -> tuple[str, int]:
        has_none = operators.is_empty(self._database.engine)
        target = request.values.get("next", "")
        page = render_template("sign-in.html", why=why, nobody=has_none, next=_safe(target))
        return page, status

    def require_login(self) -> Any:  # noqa: ANN401 flask's: a response, or None to go on
        """Redirect to the sign-in page unless the page is open or the operator is signed in."""
        if is_open(request):
            return None
        if request.method not in {"GET", "HEAD", "OPTIONS"}:
            self._csrf.protect()
        g.console_session = self._session_of_request()
        demo = DEMO if self.settings.demo and is_local(request) else None
        operator = g.console_session.operator if g.console_session else demo
        if operator is not None:
            return self._require_access(operator)
        if request.method != "GET":
            if typed := request.form.get("text", ""):
                return render_template("typed.html", typed=typed), 401
            abort(401, "Sign in first: the session has ended.")
        return redirect(url_for("auth.sign_in", next=_asked_for()))

    def _require_access(self, operator: Operator) -> Any:  # noqa: ANN401 as above
        """Hold a request to the table of `ivr.web.access`."""
        access, current = access_to(str(request.endpoint)), current_session()
        if access == "second factor":
            return None
        if current is not None and not current.is_complete:
            return redirect(url_for("auth.second", next=_asked_for()))
        g.operator = operator
        if access == "account":
            return None
        if operator.must_change:
            return redirect(url_for("account.page"))
        if not may_open(operator, str(request.endpoint)):
            abort(403, "Your account does not have the role for this. An admin can give it to you.")
        return None

    def _session_of_request(self) -> Session | None:
        sent = session
        if not isinstance(sent, BrowserSession) or sent.must_set_cookie:  # the browser sent none
            return None
        return sessions.of_token(self._database.engine, sent.token, utcnow())


class PasswordAgain:
    """Asks operators for their password again before what only they may do, and slows down guesses.

    Wrong passwords are counted in this process, for each operator: `per_hour` are accepted.
    """

    def __init__(self, database: Database, per_hour: int) -> None:
        self._database = database
        self._limit = RateLimitItemPerHour(per_hour)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def refusal(self, given: str) -> str:
        """Return why a password is not accepted from who is signed in; empty if it is theirs."""
        name = current_operator().name
        if not self._limiter.test(self._limit, name):
            return "there were too many wrong passwords: try again in an hour"
        if operators.authenticate(self._database.engine, name, given) is None:
            self._limiter.hit(self._limit, name)
            return "the present password is wrong"
        return ""


def _current_operator() -> dict[str, Callable[[], Operator | Session | None]]:
    """Give templates functions that return the operator and session, None on open pages."""
    return {"operator": lambda: g.get("operator"), "console_session": current_session}


def _code_page(operator: Operator, why: str, target: str) -> str:
    return render_template("second-factor.html", why=why, next=target, asked=operator)


def _pending() -> Session:
    """Return the session that still needs its second factor. Aborts with 401 without one."""
    current = current_session()
    if current is None or current.is_complete:
        abort(401, "Sign in first: the session has ended.")
    return current


def json_body() -> dict[str, Any]:
    """Return the JSON object that was sent; an empty one in place of anything else."""
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def site(settings: Settings, name: str) -> Site:
    """Return the site that passkeys are bound to: IVR_PUBLIC_URL, or the one that was asked for."""
    url = urlsplit(settings.public_url or request.host_url)
    return Site(url.hostname or "", f"{url.scheme}://{url.netloc}", name)


def _asked_for() -> str:
    """Return the path that was asked for, as the browser has it, below that of IVR_PUBLIC_URL."""
    return request.root_path + request.full_path.rstrip("?")


def _safe(target: str) -> str:
    """Return the target if it is a path on this site, else the console."""
    parts = urlsplit(target)
    if (
        parts.scheme
        or parts.netloc
        or not target.startswith("/")
        or target.startswith(("//", "/\\"))
    ):
        return url_for("console.home")
    return target


def _csrf_error(_: CSRFError) -> tuple[str | dict[str, str], int]:
    if request.is_json:
        return {"error": _TOO_OLD}, 400
    typed = request.form.get("text", "")
    page = render_template("error.html", title="Please try again", text=_TOO_OLD, typed=typed)
    return page, 400


_TOO_OLD = (
    "This page was open for too long, or the request did not come from it. Go back and try again."
)
