"""What every page that people look at shares: its frame, the links between pages, safe headers."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, g, request, url_for
from markupsafe import Markup, escape

from ivr.script.model import Script
from ivr.settings import Settings
from ivr.web.access import may_open

PAGES = (
    ("console.home", "Console"),
    ("phone.page", "Phone"),
    ("map.page", "Map"),
    ("sheet.page", "Script"),
    ("sheet.text", "Text version"),
    ("messages.page", "Messages"),
    ("voices.page", "Voices"),
    ("reports.page", "Reports"),
    ("users.page", "Users"),
    ("audit.page", "Audit"),
)
"""Endpoint and label of each page in the navigation, in order; those that exist are shown."""

SECURITY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " object-src 'none'"
)
"""Pages load what this service serves and nothing else; no script or style stands inside them."""


HSTS = "max-age=31536000"
"""For a year, browsers come back by https alone."""

_ADDRESS = re.compile(r"\b(?:[a-z0-9-]+\.)+(?:org|gov|com|net|us)\b(?:/\S*\b)?")


@dataclass(frozen=True)
class Page:
    """A link in the navigation."""

    endpoint: str
    label: str
    url: str


def install(app: Flask, script: Script, settings: Settings) -> None:
    """Give an application's templates their frame, and its pages their headers."""
    app.jinja_env.filters["linked"] = linked

    def agency(language: str) -> str:
        name = script.line.agency.name[language]
        return name[:1].upper() + name[1:]

    @app.context_processor
    def frame() -> dict[str, Any]:
        return {
            "agency_name": agency(script.line.default_language),
            "agency_name_in": agency,
            # Who has not signed in has nowhere to go to.
            "pages": []
            if g.get("operator") is None
            else [
                Page(endpoint, label, url_for(endpoint))
                for endpoint, label in PAGES
                if endpoint in app.view_functions and may_open(g.operator, endpoint)
            ],
            "current": request.endpoint,
            "may_open": lambda endpoint: may_open(g.operator, endpoint),
        }

    @app.after_request
    def safe(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Security-Policy", SECURITY)
            response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
            if settings.public_url.startswith("https://"):
                response.headers.setdefault("Strict-Transport-Security", HSTS)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        return response


def linked(text: str) -> Markup:
    """Return a text with the web addresses in it as links; all else is shown as it is."""
    out, at = Markup(), 0
    for match in _ADDRESS.finditer(text):
        link = Markup('<a href="https://{0}">{0}</a>').format(match.group())
        out += escape(text[at : match.start()]) + link
        at = match.end()
    return out + escape(text[at:])
