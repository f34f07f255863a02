"""The application as `ivr serve` runs it in each of its processes."""

import gc
import logging
import sys

from flask import Flask

from ivr.schedule.current import CurrentDuty
from ivr.voicemail.recording_cleanup import RecordingCleanup
from ivr.web.app import create_app
from ivr.web.voice.telemetry import CallTelemetry

SWITCH_SECONDS = 0.0005
"""How long a thread may go on while another waits: the writer of records must not hold up calls."""


def create() -> Flask:
    """Return the application with what works behind its calls: records, override, calendar."""
    app = create_app()
    watch: CallTelemetry = app.extensions["ivr.watch"]
    watch.recorder.start()
    watch.voicemail.worker.start()
    cleanup: RecordingCleanup = app.extensions["ivr.cleanup"]
    cleanup.worker.start()
    duty: CurrentDuty = app.extensions["ivr.duty"]
    duty.start()
    _log_quickly()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()  # what is there now stays, and need not be looked through again and again
    return app


def _log_quickly() -> None:
    """Look for nothing that no log line tells (Python's logging HOWTO, Optimization)."""
    logging._srcfile = None  # noqa: SLF001 as the HOWTO has it
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
