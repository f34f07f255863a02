"""Who comes in: operators sign in; the carrier, monitors and readers of the public page need not.

Every page that is not listed as open asks for a session, and every form of those for its CSRF
token, so that a page which somebody adds later is closed by default. What is open does no session
work at all.
"""

import logging
from collections.abc import Callable
from functools import cache
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
from limits import RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import Engine

from ivr.accounts import operators
from ivr.accounts.secret_key import secret
from ivr.database.engine import opened
from ivr.settings import Settings

log = logging.getLogger("ivr.door")

OPEN_PARTS = frozenset({"voice", "audio", "booth", "health"})
OPEN_PAGES = frozenset({"static", "sheet.text", "door.sign_in"})
"""Blueprints and endpoints that never ask for a session."""

SESSION_HOURS = 12
BAD_PASSWORDS = RateLimitItemPerHour(10)
"""How many bad passwords an hour are taken for one name from one address, by each worker."""

LOOPBACK_ADDRESSES = frozenset({"127.0.0.1", "::1"})
_LOCAL_NAMES = frozenset({"127.0.0.1", "::1", "localhost"})
"""What this machine is called by itself: a page elsewhere that renames itself to it is refused."""


class Visitor(UserMixin):  # type: ignore[misc]
    """An operator as Flask-Login wants one. The session holds the id and the password's seal."""

    def __init__(self, operator: operators.Operator, *, demo: bool = False) -> None:
        self.name = operator.name
        self.demo = demo
        self._id = f"{operator.id}.{operator.seal}"

    def get_id(self) -> str:
        """Return what the session keeps."""
        return self._id


DEMO = Visitor(operators.Operator(0, "demo", ""), demo=True)


class Auth:
    """The sign-in page, and the guard before every other one."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._csrf = CSRFProtect()

    def install(self, app: Flask) -> None:
        """Guard an application. Its blueprints may be registered before or after."""
        app.secret_key = secret(self.settings)
        app.session_interface = _Sessions()
        app.config.update(
            SESSION_COOKIE_NAME="ivr_session",
            SESSION_COOKIE_HTTPONLY=True,
            SESSION_COOKIE_SAMESITE="Lax",
            SESSION_COOKIE_SECURE=self._is_https(),
            PERMANENT_SESSION_LIFETIME=SESSION_HOURS * 3600,
            WTF_CSRF_CHECK_DEFAULT=False,  # the guard asks, and never for a webhook
            WTF_CSRF_TIME_LIMIT=None,  # as long as the session
            WTF_CSRF_SSL_STRICT=False,  # pages send no referrer
        )
        self._csrf.init_app(app)
        login = LoginManager()
        login.init_app(app, add_context_processor=False)
        login.user_loader(self._of_session)
        login.request_loader(self._of_demo)
        app.before_request(self._guard)
        app.context_processor(_visitor)
        app.register_blueprint(self._blueprint())
        app.register_error_handler(CSRFError, _forged)

    def _blueprint(self) -> Blueprint:
        door = Blueprint("door", __name__)
        door.add_url_rule("/sign-in", "sign_in", self.sign_in, methods=["GET", "POST"])
        door.add_url_rule("/sign-out", "sign_out", self.sign_out, methods=["POST"])
        return door

    def sign_in(self) -> str | tuple[str, int] | Response:
        """Ask for name and password; ten bad ones, and nothing is looked at for a while."""
        if request.method == "GET":
            return self._asked("", 200)
        self._csrf.protect()
        name, password = request.form.get("name", "").strip(), request.form.get("password", "")
        whose = (request.remote_addr or "", name.casefold())
        if not self._limiter.test(BAD_PASSWORDS, *whose):
            return self._asked("limit", 429)
        operator = operators.signing_in(self._engine(), name, password)
        if operator is None:
            self._limiter.hit(BAD_PASSWORDS, *whose)
            log.warning("a bad password from %s", request.remote_addr)
            return self._asked("bad", 401)
        session.clear()  # nothing from before the sign-in is worth anything after it
        session.permanent = True
        login_user(Visitor(operator))
        return redirect(_safe(request.form.get("next", "")))  # type: ignore[return-value]

    def sign_out(self) -> Response:
        """End the session."""
        logout_user()
        session.clear()
        return redirect(url_for("door.sign_in"))  # type: ignore[return-value]

    def _asked(self, why: str, status: int) -> tuple[str, int]:
        nobody = operators.is_empty(self._engine())
        to = request.values.get("next", "")
        page = render_template("sign-in.html", why=why, nobody=nobody, next=_safe(to))
        return page, status

    def _guard(self) -> Any:  # noqa: ANN401 flask's: a response, or None to go on
        if is_open(request):
            return None
        if request.method not in {"GET", "HEAD", "OPTIONS"}:
            self._csrf.protect()
        if current_user.is_authenticated:
            return None
        if request.method != "GET":
            abort(401, "Sign in first: the session has ended.")
        return redirect(url_for("door.sign_in", next=request.full_path.rstrip("?")))

    def _of_session(self, kept: str) -> Visitor | None:
        number, _, seal = kept.partition(".")
        if not (number.isascii() and number.isdigit()):
            return None
        operator = operators.signed_in(self._engine(), int(number), seal)
        return Visitor(operator) if operator else None

    def _of_demo(self, came: Request) -> Visitor | None:
        host = urlsplit(f"//{came.host}").hostname
        local = came.remote_addr in LOOPBACK_ADDRESSES and host in _LOCAL_NAMES
        return DEMO if self.settings.demo and local else None

    def _engine(self) -> Engine:
        return _opened(self.settings)

    def _is_https(self) -> bool:
        return self.settings.public_url.startswith("https://")


class _Sessions(SecureCookieSessionInterface):
    """No session at all where nobody signs in: no cookie is read, none is set."""

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
"""First parts of paths. A page that is here by mistake is closed: without a session, who is it?"""


def is_open(request: Request) -> bool:
    """Tell whether anybody may have what is asked for; what does not exist is no secret."""
    return (
        request.endpoint is None
        or request.blueprint in OPEN_PARTS
        or request.endpoint in OPEN_PAGES
    )


@cache
def _opened(settings: Settings) -> Engine:
    return opened(settings)


def _visitor() -> dict[str, Callable[[], Visitor | None]]:
    """Give templates the operator, as a call, so that open pages need not find out."""
    return {"visitor": lambda: current_user if current_user.is_authenticated else None}


def _safe(target: str) -> str:
    """Return a path on this site to go on to; the console for anything else."""
    parts = urlsplit(target)
    if (
        parts.scheme
        or parts.netloc
        or not target.startswith("/")
        or target.startswith(("//", "/\\"))
    ):
        return url_for("console.home")
    return target


def _forged(_: CSRFError) -> tuple[str | Response, int]:
    if request.is_json:
        return jsonify(error=_STALE), 400
    return render_template("error.html", title="Please try again", text=_STALE), 400


_STALE = (
    "This page was open for too long, or the request did not come from it. Go back and try again."
)
