"""What all pages share: the frame, the navigation, and security headers."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, g, request, url_for

from ivr.local_time import short_local
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.transcript.labels import lang, language_name
from ivr.web.access import may_open

PAGES = (
    ("console.home", "Console"),
    ("phone.page", "Phone"),
    ("training.page", "Training"),
    ("map.page", "Map"),
    ("sheet.page", "Script"),
    ("edit.page", "Edit"),
    ("sheet.text", "Text version"),
    ("messages.page", "Messages"),
    ("protection.page", "Protection"),
    ("voices.page", "Voices"),
    ("card.page", "Cards"),
    ("reports.page", "Reports"),
    ("doctor.page", "Doctor"),
    ("users.page", "Users"),
    ("audit.page", "Audit"),
)
"""Endpoint and label of each page in the navigation, in order; those that exist are shown."""

SECURITY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " object-src 'none'"
)
"""Pages load only what this service serves, and contain no inline script or style."""


HSTS = "max-age=31536000"
"""Browsers use https only, for one year."""


def install(app: Flask, script: Script, settings: Settings) -> None:
    """Give an application's templates their frame, and its pages their headers."""

    def agency(language: str) -> str:
        names = script.line.agency.name  # a language of few texts needs none
        name = names.get(language, names[script.line.default_language])
        return name[:1].upper() + name[1:]

    def local(moment: dt.datetime | None) -> str:
        return short_local(moment, ZoneInfo(script.line.time_zone)) if moment else ""

    parts = app.jinja_env.get_template("_html.html").module
    app.jinja_env.globals.update(lang=lang, language_name=language_name, local=local, html=parts)

    @app.context_processor
    def frame() -> dict[str, Any]:
        return {
            "agency_name": agency(script.line.default_language),
            "agency_name_in": agency,
            # A person who has not signed in sees no links.
            "pages": []
            if g.get("operator") is None
            else [
                {"endpoint": endpoint, "label": label, "url": url_for(endpoint)}
                for endpoint, label in PAGES
                if endpoint in app.view_functions and may_open(g.operator, endpoint)
            ],
            "current": request.endpoint,
            "may_open": lambda endpoint: may_open(g.operator, endpoint),
        }

    install_headers(app, settings)


def install_headers(app: Flask, settings: Settings) -> None:
    """Give all answers of an application the headers that keep browsers safe."""

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
