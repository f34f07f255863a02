"""A line that has one document for everything, with a browser phone to call it."""

from typing import Any

from flask import Flask, Response

from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import SHIPPED


def line_of(twiml: str, clips: dict[str, bytes] | None = None, **settings: Any) -> Flask:
    """Return the line as an application; `clips` are sound files by their path."""
    app = create_app(Settings(demo=True, prompts=SHIPPED, **settings))
    app.view_functions["voice.start"] = lambda: Response(twiml, mimetype="text/xml")
    for path, sound in (clips or {}).items():
        view = lambda sound=sound: Response(sound, mimetype="audio/wav")  # noqa: E731
        app.add_url_rule(path, f"audio.{path}", view)  # open, as the line's own clips are
    return app
