"""The application as `ivr serve` runs it in each of its processes."""

from flask import Flask

from ivr.records.overrides import Overrides
from ivr.records.subscription import Subscription
from ivr.web.app import create_app
from ivr.web.watch import Watch


def create() -> Flask:
    """Return the application with what works behind its calls: records, override, calendar."""
    app = create_app()
    watch: Watch = app.extensions["ivr.watch"]
    watch.recorder.start()
    watch.desk.start()
    overrides: Overrides = app.extensions["ivr.overrides"]
    overrides.start()
    calendar: Subscription | None = app.extensions["ivr.calendar"]
    if calendar:
        calendar.start(watch.alerts.tell)
    return app
