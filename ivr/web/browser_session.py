"""The session cookie: a random token, and nothing else.

What belongs to a token is stored on the server (ivr.accounts.sessions). A visitor who has not
signed in has a token, too, to which their forms are tied; nothing is stored for them.
"""

import hmac
import re
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

from ivr.accounts.sessions import LONGEST, new_token

NO_SESSION = frozenset(
    {"voice", "audio", "record", "healthz", "readyz", "metrics", "static", "text"}
)
"""First parts of paths. A page listed by mistake is closed, since nobody is signed in there."""

_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)


class BrowserSession(dict[str, Any], SessionMixin):
    """A token and what follows from it: the CSRF token of its forms. Nothing else is stored."""

    def __init__(self, token: str, secret: bytes, *, is_new: bool) -> None:
        super().__init__()
        self._secret = secret
        self.token = token
        self.must_set_cookie = is_new
        self._derive()

    def replace_token(self) -> str:
        """Take a new token, with which a browser proves the sign-in, and return it."""
        self.token, self.must_set_cookie = new_token(), True
        self._derive()
        return self.token

    def _derive(self) -> None:
        key = hmac.new(self._secret, f"forms of {self.token}".encode(), "sha256")
        self["csrf_token"] = key.hexdigest()


class BrowserSessions(SessionInterface):
    """Reads and writes the cookie, except under the paths in NO_SESSION."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def get_cookie_name(self, app: Flask) -> str:
        """Return the cookie's name: with https, one that no subdomain and no http page can set."""
        prefix = "__Host-" if self.get_cookie_secure(app) else ""
        return prefix + str(app.config["SESSION_COOKIE_NAME"])

    def open_session(self, app: Flask, request: Request) -> BrowserSession | None:
        """Return the token that the browser sent, or a new one."""
        # Flask asks before it knows the endpoint, so the path has to tell.
        if request.path.split("/", 2)[1] in NO_SESSION:
            return None
        token = request.cookies.get(self.get_cookie_name(app), "")
        is_token = _TOKEN.fullmatch(token) is not None
        return BrowserSession(token if is_token else new_token(), self._secret, is_new=not is_token)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie if it is new; nothing that a session was used for is cached."""
        if not session.accessed or not isinstance(session, BrowserSession):
            return
        response.vary.add("Cookie")
        response.headers["Cache-Control"] = "no-store"
        if session.must_set_cookie:
            response.set_cookie(
                self.get_cookie_name(app),
                session.token,
                max_age=LONGEST,
                path="/",
                secure=self.get_cookie_secure(app),
                httponly=True,
                samesite="Lax",
            )
