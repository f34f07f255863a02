"""The application as `ivr serve` runs it in each of its processes."""

import gc
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ivr.checks.staffing import gaps, more
from ivr.schedule.ical import ICalendar
from ivr.web.app import Application, Services, create_app, utcnow
from ivr.web.waits import Waits

log = logging.getLogger("ivr.calendar")

SWITCH_SECONDS = 0.0005
"""How long a thread may run while another waits, so that the records' writer delays no call."""


def create(waits: Waits = Waits()) -> Application:
    """Return the application, with the threads of its services started."""
    app = create_app(waits=waits)
    start(app.services)
    _log_quickly()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()  # what exists now lives as long as the process, and is not to be collected
    return app


def start(services: Services) -> None:
    """Start what works behind the calls: records, voicemail, override, calendar."""
    telemetry = services.telemetry
    telemetry.recorder.start()
    telemetry.voicemail.start()
    services.recording_cleanup.start()
    services.overrides.start()
    if services.calendar:
        report: Callable[[ICalendar], None] = partial(_report_gaps, services)
        services.calendar.start(telemetry.alerts.tell, report)


def _log_quickly() -> None:
    """Turn off the log record fields that are not printed (logging HOWTO, "Optimization").

    `_srcfile` is private; the HOWTO names it. Without it, log lines would only be slower.
    """
    logging._srcfile = None  # noqa: SLF001
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def _report_gaps(services: Services, calendar: ICalendar) -> None:
    """Alert the operators if a newly fetched calendar leaves hours without a person on call."""
    found = gaps(replace(services.script, calendar=calendar), utcnow())
    if found:
        text = found[0] + more(found)
        log.warning("the calendar has a gap: %s", text)
        services.telemetry.alerts.tell("rota", f"{text}: `ivr oncall` lists every gap")
