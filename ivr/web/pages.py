"""What every page that people look at shares: its frame, the links between pages, safe headers."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request, url_for

from ivr.script.model import Script

PAGES = (
    ("console.home", "Console"),
    ("phone.page", "Phone"),
    ("map.page", "Map"),
    ("sheet.page", "Script"),
    ("sheet.text", "Text version"),
)
"""Endpoint and label of each page in the navigation, in order; those that exist are shown."""

SECURITY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " object-src 'none'"
)
"""Pages load what this service serves and nothing else; no script or style stands inside them."""


@dataclass(frozen=True)
class Page:
    """A link in the navigation."""

    endpoint: str
    label: str
    url: str


def install(app: Flask, script: Script) -> None:
    """Give an application's templates their frame, and its pages their headers."""
    name = script.line.agency.name[script.line.default_language]

    @app.context_processor
    def frame() -> dict[str, Any]:
        return {
            "agency_name": name[:1].upper() + name[1:],
            "pages": [
                Page(endpoint, label, url_for(endpoint))
                for endpoint, label in PAGES
                if endpoint in app.view_functions
            ],
            "here": request.endpoint,
        }

    @app.after_request
    def safe(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Security-Policy", SECURITY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        return response
