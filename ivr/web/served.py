"""The application as `ivr serve` runs it in each of its processes."""

from flask import Flask

from ivr.records.overrides import Overrides
from ivr.web.app import create_app
from ivr.web.watch import Watch


def create() -> Flask:
    """Return the application, its records already being kept: old days are purged without calls."""
    app = create_app()
    watch: Watch = app.extensions["ivr.watch"]
    watch.recorder.start()
    watch.desk.start()
    overrides: Overrides = app.extensions["ivr.overrides"]
    overrides.start()
    return app
