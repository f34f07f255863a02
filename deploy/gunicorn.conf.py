"""Gunicorn's settings for the line, where a platform wants Gunicorn instead of `ivr serve`.

    gunicorn -c deploy/gunicorn.conf.py

Gunicorn does not prove a script before it reloads one: run `ivr check` before each HUP.
"""

import os
import shutil
import tempfile
from pathlib import Path

wsgi_app = "ivr.web.worker:create()"
bind = os.environ.get("IVR_BIND", "127.0.0.1:5000")
workers = int(os.environ.get("WEB_CONCURRENCY", os.cpu_count() or 1))
worker_class = "gthread"
threads = 8
# The carrier gives up after 15 s; a worker that hangs is replaced well before a person notices two.
timeout = 20
graceful_timeout = 15
keepalive = 5
# Gunicorn's own beat must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# A log line of ours tells a turn; a request line would hold its place, and nothing else of use.
accesslog = None
forwarded_allow_ips = "127.0.0.1"
# Every process counts together with the others in /metrics, also after a reload of this file.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(
        prefix="ivr-metrics-", dir=worker_tmp_dir
    )


def on_starting(_server: object) -> None:
    """Bring the records' schema forward, once, before any worker starts."""
    from ivr.database import engine as database
    from ivr.settings import Settings

    database.migrate(database.open_engine(Settings.from_env()))


def on_exit(_server: object) -> None:
    """Forget what the processes counted."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
