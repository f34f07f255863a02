"""Lower priorities for work that no call may wait for."""

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

LOWEST = 19
"""The highest niceness: setpriority(2)."""


def lower_process(pid: int) -> None:
    """Let a process that leads a session run when no call needs the processor.

    Linux shares the processor among sessions before it looks at niceness (sched(7), autogroups).
    Windows does neither.
    """
    if sys.platform != "win32":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, LOWEST)
        with suppress(OSError):
            Path(f"/proc/{pid}/autogroup").write_text(str(LOWEST))


def lower_thread(niceness: int = LOWEST) -> None:
    """Let the system run this thread after those of calls. Only Linux has niceness of threads."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
