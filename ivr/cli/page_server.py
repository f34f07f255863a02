"""The process of the pages: `python -m ivr.cli.page_server SOCKET PID`, started by `ivr serve`.

It has one worker and listens on a Unix socket. It ends with `ivr serve`, whose process id it gets;
the worker ends with it. So nothing is left of them, however the process above them ends.
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


def main(path: Path, line: int) -> None:
    """Serve pages on a socket until SIGTERM, or until `line`, the process of `ivr serve`, ends."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    _end_with(line)
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
    server.serve(target_loader=partial(_load, line, os.getpid()), wrap_loader=False)


def _load(line: int, parent: int) -> "WSGIApplication":
    """Import the application in the worker alone: this process only starts it."""
    from ivr.web import worker

    _end_with(parent)
    return worker.pages(line)


def _end_with(parent: int) -> None:
    """End this process when its parent has ended: a killed parent cannot end it."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(KILL_SECONDS * 2)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
