"""The application as `ivr serve` runs it in each of its processes."""

import gc
import logging
import sys

from ivr.web.app import Application, Services, create_app
from ivr.web.waits import Waits

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
    """Start what works behind the calls: records, override, calendar, voicemail, alerts."""
    services.telemetry.recorder.start()
    services.duty.start()
    services.telemetry.voicemail.worker.start()
    services.recording_cleanup.worker.start()
    services.telemetry.alerts.start()


def _log_quickly() -> None:
    """Turn off the log record fields that are not printed (logging HOWTO, "Optimization").

    `_srcfile` is private; the HOWTO names it. Without it, log lines would only be slower.
    """
    logging._srcfile = None  # noqa: SLF001
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
