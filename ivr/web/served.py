"""The application as `ivr serve` runs it in each of its processes."""

import gc
import sys

from flask import Flask

from ivr.carrier.disposal import Disposal
from ivr.records.overrides import Overrides
from ivr.records.subscription import Subscription
from ivr.web.app import create_app
from ivr.web.watch import Watch

SWITCH_SECONDS = 0.0005
"""How long a thread may go on while another waits: the writer of records must not hold up calls."""


def create() -> Flask:
    """Return the application with what works behind its calls: records, override, calendar."""
    app = create_app()
    watch: Watch = app.extensions["ivr.watch"]
    watch.recorder.start()
    watch.desk.start()
    disposal: Disposal = app.extensions["ivr.disposal"]
    disposal.start()
    overrides: Overrides = app.extensions["ivr.overrides"]
    overrides.start()
    calendar: Subscription | None = app.extensions["ivr.calendar"]
    if calendar:
        calendar.start(watch.alerts.tell)
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()  # what is there now stays, and need not be looked through again and again
    return app
