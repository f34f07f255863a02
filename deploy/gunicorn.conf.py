"""Gunicorn's settings for the line, for platforms that need Gunicorn instead of `ivr serve`.

    gunicorn -c deploy/gunicorn.conf.py

Gunicorn does not check a script before it reloads it: run `ivr check` before each HUP.
"""

import os
import shutil
import tempfile
from pathlib import Path

from ivr import logs

wsgi_app = "ivr.web.worker:create()"
bind = os.environ.get("IVR_BIND", "127.0.0.1:5000")
workers = int(os.environ.get("WEB_CONCURRENCY", os.cpu_count() or 1))
worker_class = "gthread"
threads = 8
# The carrier gives up after 15 s. A worker that hangs for 20 s is replaced.
timeout = 20
graceful_timeout = 15
keepalive = 5
# Gunicorn's heartbeat must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# The line logs each turn itself; an access log would only add its URLs.
accesslog = None
# Gunicorn's own messages become JSON lines too, and are scrubbed of numbers like all others.
logconfig_dict = logs.config(plain=False)
logconfig_dict["loggers"]["gunicorn.error"] = {"level": "INFO", "propagate": True, "handlers": []}
# Files that the line creates are for its own user alone.
umask = 0o077
forwarded_allow_ips = "127.0.0.1"
# All processes share their counters in /metrics, also after a reload of this file.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(
        prefix="ivr-metrics-", dir=worker_tmp_dir
    )


def on_starting(_server: object) -> None:
    """Migrate the database once, before any worker starts."""
    from ivr.database import engine as database
    from ivr.settings import Settings

    database.migrate(database.open_engine(Settings.from_env()))


def on_exit(_server: object) -> None:
    """Remove the files of the counters."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
