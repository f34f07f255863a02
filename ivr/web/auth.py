"""Operators sign in; the carrier, monitors and readers of the public page need not.

Every page that is not listed as open requires a session, and its forms require a CSRF token, so a
page that somebody adds later is closed by default. Open pages use no session at all.
"""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Request,
    Response,
    abort,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ivr.accounts import operators
from ivr.accounts.secret_key import secret
from ivr.database.engine import Database
from ivr.settings import Settings
from ivr.web.demo_access import is_local

log = logging.getLogger("ivr.auth")

OPEN_BLUEPRINTS = frozenset({"voice", "audio", "recording_menu", "health"})
"""Blueprints that never require a session."""

OPEN_ENDPOINTS = frozenset({"static", "sheet.text", "auth.sign_in"})
"""Endpoints of other blueprints that never require a session."""

SESSION_HOURS = 12
BAD_PASSWORDS = RateLimitItemPerHour(10)
"""Wrong passwords that each process accepts for one name from one address, per hour."""

ATTEMPTS = RateLimitItemPerMinute(20)
"""Sign-ins that each process tries per minute, whatever the name and address: each costs a hash."""


class OperatorUser(UserMixin):  # type: ignore[misc]
    """An operator as Flask-Login's user. The session holds the id and the session token."""

    def __init__(self, operator: operators.Operator, *, demo: bool = False) -> None:
        self.name = operator.name
        self.demo = demo
        self._id = f"{operator.id}.{operator.session_token}"

    def get_id(self) -> str:
        """Return what the session cookie holds."""
        return self._id


DEMO = OperatorUser(operators.Operator(0, "demo", ""), demo=True)


class Auth:
    """The sign-in page, and the check before every other page."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self._database = database
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._csrf = CSRFProtect()

    def install(self, app: Flask) -> None:
        """Protect an application's pages, registered before or after."""
        app.secret_key = secret(self.settings)
        app.session_interface = _Sessions()
        app.config.update(
            SESSION_COOKIE_NAME="ivr_session",
            SESSION_COOKIE_HTTPONLY=True,
            SESSION_COOKIE_SAMESITE="Lax",
            SESSION_COOKIE_SECURE=self._is_https(),
            PERMANENT_SESSION_LIFETIME=SESSION_HOURS * 3600,
            WTF_CSRF_CHECK_DEFAULT=False,  # `require_login` checks, and never a webhook
            WTF_CSRF_TIME_LIMIT=None,  # as long as the session
            WTF_CSRF_SSL_STRICT=False,  # pages send no referrer
        )
        self._csrf.init_app(app)
        login = LoginManager()
        login.init_app(app, add_context_processor=False)
        login.user_loader(self._user_of_session)
        login.request_loader(self._user_of_demo)
        app.before_request(self.require_login)
        app.context_processor(_current_user)
        app.register_blueprint(self._blueprint())
        app.register_error_handler(CSRFError, _csrf_error)

    def _blueprint(self) -> Blueprint:
        auth = Blueprint("auth", __name__)
        auth.add_url_rule("/sign-in", "sign_in", self.sign_in, methods=["GET", "POST"])
        auth.add_url_rule("/sign-out", "sign_out", self.sign_out, methods=["POST"])
        return auth

    def sign_in(self) -> str | tuple[str, int] | Response:
        """Sign an operator in; after ten wrong passwords, refuse the name for an hour."""
        if request.method == "GET":
            return self._page("", 200)
        self._csrf.protect()
        name, password = request.form.get("name", "").strip(), request.form.get("password", "")
        if len(name) > operators.MAX_NAME:
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
        session.clear()  # nothing from before the sign-in is worth anything after it
        session.permanent = True
        login_user(OperatorUser(operator))
        return redirect(_safe(request.form.get("next", "")))  # type: ignore[return-value]

    def sign_out(self) -> Response:
        """End the session."""
        logout_user()
        session.clear()
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
        if current_user.is_authenticated:
            return None
        if request.method != "GET":
            abort(401, "Sign in first: the session has ended.")
        return redirect(url_for("auth.sign_in", next=request.full_path.rstrip("?")))

    def _user_of_session(self, user_id: str) -> OperatorUser | None:
        number, _, token = user_id.partition(".")
        if not (number.isascii() and number.isdigit()):
            return None
        operator = operators.of_session(self._database.engine, int(number), token)
        return OperatorUser(operator) if operator else None

    def _user_of_demo(self, request: Request) -> OperatorUser | None:
        return DEMO if self.settings.demo and is_local(request) else None

    def _is_https(self) -> bool:
        return self.settings.public_url.startswith("https://")


class _Sessions(SecureCookieSessionInterface):
    """No session under the paths in _NO_SESSION: no cookie is read there, and none is set."""

    def open_session(self, app: Flask, request: Request) -> Any:  # noqa: ANN401 flask's
        # Flask asks before it knows the endpoint, so the path has to tell.
        if request.path.split("/", 2)[1] in _NO_SESSION:
            return None
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.accessed:
            response.headers["Cache-Control"] = "no-store"
        super().save_session(app, session, response)


_NO_SESSION = frozenset(
    {"voice", "audio", "record", "healthz", "readyz", "metrics", "static", "text"}
)
"""First parts of paths. A page listed by mistake is closed, since nobody is signed in there."""


def is_open(request: Request) -> bool:
    """Tell whether a request needs no session; an address without a page needs none."""
    return (
        request.endpoint is None
        or request.blueprint in OPEN_BLUEPRINTS
        or request.endpoint in OPEN_ENDPOINTS
    )


def _current_user() -> dict[str, Callable[[], OperatorUser | None]]:
    """Give templates a function that returns the operator, which open pages do not call."""
    return {"operator": lambda: current_user if current_user.is_authenticated else None}


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


def _csrf_error(_: CSRFError) -> tuple[str | Response, int]:
    if request.is_json:
        return jsonify(error=_TOO_OLD), 400
    return render_template("error.html", title="Please try again", text=_TOO_OLD), 400


_TOO_OLD = (
    "This page was open for too long, or the request did not come from it. Go back and try again."
)
