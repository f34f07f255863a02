"""The application as `ivr serve` runs it in each of its processes."""

import datetime as dt
import gc
import logging
import sys
from dataclasses import replace
from functools import partial

from flask import Flask

from ivr.carrier.recording_cleanup import RecordingCleanup
from ivr.checks.staffing import gaps, more
from ivr.schedule.calendar_feed import CalendarFeed
from ivr.schedule.ical import ICalendar
from ivr.schedule.override_store import OverrideStore
from ivr.web.app import create_app
from ivr.web.voice.telemetry import CallTelemetry
from ivr.web.waits import Waits

log = logging.getLogger("ivr.calendar")

SWITCH_SECONDS = 0.0005
"""How long a thread may go on while another waits: the writer of records must not hold up calls."""


def create(waits: Waits = Waits()) -> Flask:
    """Return the application with what works behind its calls: records, override, calendar."""
    app = create_app(waits=waits)
    watch: CallTelemetry = app.extensions["ivr.watch"]
    watch.recorder.start()
    watch.desk.start()
    disposal: RecordingCleanup = app.extensions["ivr.disposal"]
    disposal.start()
    overrides: OverrideStore = app.extensions["ivr.overrides"]
    overrides.start()
    calendar: CalendarFeed | None = app.extensions["ivr.calendar"]
    if calendar:
        calendar.start(watch.alerts.notify, partial(_tell_gaps, watch))
    _log_quickly()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()  # what is there now stays, and need not be looked through again and again
    return app


def _log_quickly() -> None:
    """Look for nothing that no log line tells (Python's logging HOWTO, Optimization)."""
    logging._srcfile = None  # noqa: SLF001 as the HOWTO has it
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def _tell_gaps(watch: CallTelemetry, calendar: ICalendar) -> None:
    """Tell the operators of a calendar that came while the line runs, and has a gap."""
    found = gaps(replace(watch.script, calendar=calendar), dt.datetime.now(dt.UTC))
    if found:
        told = found[0] + more(found)
        log.warning("the calendar has a gap: %s", told)
        watch.alerts.notify("rota", f"{told}: `ivr oncall` lists every gap")
