"""Lower priorities for work that no call may wait for."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO

LOWEST = 19
"""The highest niceness: setpriority(2)."""

_USUAL_SECONDS = sys.getswitchinterval()
"""How long a thread may run while another waits for the interpreter."""


def start_process(
    command: Sequence[str],
    *,
    stdin: int = subprocess.DEVNULL,
    out: int | IO[bytes] | None = None,
    errors: int | IO[bytes] | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a program of ours that computes only while no call needs the processor.

    It leads a group of processes of its own. On Linux it is in the class SCHED_IDLE, which any
    other process interrupts at once (sched(7)): a call would have to wait for the time slice of
    one that is merely nice. It stays in the session of this process, since Linux shares the
    processor among sessions before it looks at classes (sched(7), autogroups).

    `out` and `errors` are where it writes, by default where this process does. Raises OSError if
    it cannot be started.
    """
    group = None if sys.platform == "win32" else 0
    process = subprocess.Popen(  # noqa: S603 ours, without a shell
        command, stdin=stdin, stdout=out, stderr=errors, process_group=group
    )
    _lower(process.pid)
    return process


def _lower(pid: int) -> None:
    with suppress(OSError):
        if sys.platform == "linux":
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
        elif sys.platform != "win32":
            os.setpriority(os.PRIO_PROCESS, pid, LOWEST)


def lower_thread(niceness: int = LOWEST) -> None:
    """Let the system run this thread after those of calls. Only Linux has niceness of threads."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)


@contextmanager
def short_turns(seconds: float) -> Iterator[None]:
    """Let a thread run for `seconds` at most while another one waits for the interpreter.

    It is for what computes behind calls. If it held always, each thread of a call that waits would
    look so often whether it may run, and a busy line would spend a third of its time on that.
    """
    sys.setswitchinterval(seconds)
    try:
        yield
    finally:
        sys.setswitchinterval(_USUAL_SECONDS)
