"""The process of the pages: `python -m ivr.cli.page_server SOCKET`, started by `ivr serve`.

It has one worker, listens on a Unix socket, and ends with the process that started it.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from ivr import logs
from ivr.settings import Settings

THREADS = 16
"""Threads of the process: pages take 8 (ivr.web.page_limit); the supervisor's question has one."""

KILL_SECONDS = 5
"""How long the worker may take to answer its last requests."""


def main(path: Path) -> None:
    """Serve pages on a socket until SIGTERM, or until the process that started this one ends."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()

    server = Granian(
        "ivr.web.worker:pages",
        uds=path,
        uds_permissions=0o600,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        factory=True,
        workers_kill_timeout=KILL_SECONDS,
        websockets=False,
        log_dictconfig=logs.config(plain=Settings.from_env().demo),
        log_level=LogLevels.warning,  # the server of the calls says enough
    )
    server.serve()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
