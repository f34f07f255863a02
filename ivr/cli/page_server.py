"""The process of the pages: `python -m ivr.cli.page_server SOCKET`, started by `ivr serve`.

It has one worker, listens on a Unix socket, and ends with the process that started it.
"""

import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ivr import logs
from ivr.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 16
"""Threads of the process: pages take 8 (ivr.web.page_limit); the supervisor's question has one."""

KILL_SECONDS = 5
"""How long the worker may take to answer its last requests."""


def main(path: Path) -> None:
    """Serve pages on a socket until SIGTERM, or until the process that started this one ends."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    line = os.getppid()
    threading.Thread(target=_end_with, args=(line,), daemon=True).start()

    server = Granian(
        "pages",
        uds=path,
        uds_permissions=0o600,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        workers_kill_timeout=KILL_SECONDS,
        websockets=False,
        log_dictconfig=logs.config(plain=Settings.from_env().demo),
        log_level=LogLevels.warning,  # the server of the calls says enough
    )
    server.serve(target_loader=partial(_load, line), wrap_loader=False)


def _load(line: int) -> "WSGIApplication":
    """Import the application in the worker alone: this process only starts it."""
    from ivr.web import worker

    return worker.pages(line)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
