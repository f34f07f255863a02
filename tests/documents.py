"""A line that has one document for everything, with a browser phone to call it."""

from typing import Any

from flask import Flask, Response

from ivr.script.load import load
from ivr.settings import Settings
from ivr.web import pages
from ivr.web.phone import BrowserPhone
from tests.lines import SHIPPED


def line_of(twiml: str, clips: dict[str, bytes] | None = None, **settings: Any) -> Flask:
    """Return the line as an application; `clips` are sound files by their path."""
    app = Flask("ivr.web")
    script = load(SHIPPED)
    app.add_url_rule(
        "/voice", "voice", lambda: Response(twiml, mimetype="text/xml"), methods=["POST"]
    )
    for path, sound in (clips or {}).items():
        app.add_url_rule(path, path, lambda sound=sound: Response(sound, mimetype="audio/wav"))
    app.register_blueprint(BrowserPhone(app, script, Settings(demo=True, **settings)).blueprint())
    pages.install(app, script)
    return app
