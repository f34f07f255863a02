"""The application as `ivr serve` runs it in its processes: those of calls, and that of pages."""

import gc
import logging
from pathlib import Path

from ivr.database.engine import Database
from ivr.web.calls import Application, create_calls
from ivr.web.waits import Waits


def create(waits: Waits = Waits()) -> Application:
    """Return the whole application, with its services started, for a server of one sort of process.

    Calls and pages then share threads, connections and processors: `ivr serve` keeps them apart.
    """
    from ivr.web.app import create_app

    return _started(create_app(waits=waits))


def calls(pages: Path) -> Application:
    """Return the application of a process that answers calls; `pages` is the pages' socket."""
    return _started(create_calls(pages))


def pages(line: int) -> Application:
    """Return the application of the process of the pages, which only processes of calls ask.

    It is the whole application, since the phone in the browser calls it. Messages are left to the
    processes of calls. `line` is the process of `ivr serve`, which is told of new revisions.
    """
    from werkzeug.middleware.proxy_fix import ProxyFix

    from ivr.editing.clip_maker import ClipMaker
    from ivr.editing.revision_publisher import RevisionPublisher
    from ivr.web.app import create_app

    app = create_app(parent=line)
    services = app.services
    services.telemetry.recorder.start()
    services.duty.start()
    services.telemetry.alerts.start()
    notify = services.telemetry.alerts.notify
    settings, database = services.settings, Database(services.settings)
    RevisionPublisher(settings, database, notify, line).worker.start()
    ClipMaker(settings, database).worker.start()
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=0)  # type: ignore[method-assign]
    _log_quickly()
    return app


def _started(app: Application) -> Application:
    """Start what works behind the calls, and let the process answer them without delay."""
    services = app.services
    services.clips.refresh()  # read before the first call, not during it
    services.telemetry.recorder.start()
    services.duty.start()
    services.telemetry.voicemail.worker.start()
    services.recording_cleanup.worker.start()
    services.telemetry.alerts.start()
    _log_quickly()
    gc.freeze()  # what exists now lives as long as the process, and is not to be collected
    return app


def _log_quickly() -> None:
    """Turn off the log record fields that are not printed (logging HOWTO, "Optimization").

    `_srcfile` is private; the HOWTO names it. Without it, log lines would only be slower.
    """
    logging._srcfile = None  # noqa: SLF001
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
