"""Work behind the calls: one supervised thread for each sort, restarted after any failure.

No thread ends in silence. A failure is logged with its traceback, counted
(`ivr_worker_restarts_total`) and reported to the operators; the work is tried again after a pause,
and `/readyz` names the worker until it succeeds.
"""

import atexit
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress

log = logging.getLogger("ivr.background")

FIRST_PAUSE_SECONDS = 1.0
"""The pause after a first failure; it doubles with each further one."""

LONGEST_PAUSE_SECONDS = 60.0
"""The longest pause after a failure."""

LATE_SECONDS = 300.0
"""A run that takes longer than this is reported as stuck."""


class PeriodicWorker:
    """Runs `work` in a daemon thread of its own, `seconds` after each run has ended.

    `alert(kind, text)` tells the operators of a failure; it is called once until the work succeeds
    again. `prepare` runs once, at the start of the thread.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], None],
        seconds: float,
        *,
        alert: Callable[[str, str], None] | None = None,
        prepare: Callable[[], None] | None = None,
        first_pause: float = FIRST_PAUSE_SECONDS,
    ) -> None:
        self.name = name
        self._work = work
        self._seconds = seconds
        self._alert = alert
        self._prepare = prepare
        self._first_pause = first_pause
        self._failure = ""
        self._began: float | None = None
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._first_run = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def trouble(self) -> str:
        """Why the worker is down, in a few words; empty while it works or was not started."""
        if self._thread is None or self._stopping.is_set():
            return ""
        if not self._thread.is_alive():
            return "its thread has ended"
        began = self._began
        if began is not None and time.monotonic() - began > LATE_SECONDS:
            return f"it has been busy for over {LATE_SECONDS:.0f} seconds"
        return self._failure

    def start(self) -> None:
        """Start the thread, unless it runs in this process already."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._stopping.clear()
                self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
                self._thread.start()
                atexit.register(self._stopping.set)

    def wake(self) -> None:
        """Let the next run begin now."""
        if not self._wake.is_set():
            self._wake.set()

    def wait_for_first_run(self, seconds: float) -> bool:
        """Wait until the first run has ended, at most so many seconds; return whether it has."""
        return self._first_run.wait(seconds)

    def stop(self, seconds: float = 5.0) -> bool:
        """End the thread after its current run; wait for that at most so many seconds.

        Return whether it has ended.
        """
        with self._lock:
            thread, self._thread = self._thread, None
            self._stopping.set()
            self._wake.set()
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(seconds)
        return not thread.is_alive()

    def _run(self) -> None:
        pause, prepared = self._first_pause, self._prepare is None
        while not self._stopping.is_set():
            self._wake.clear()
            self._began = time.monotonic()
            try:
                if not prepared and self._prepare is not None:
                    self._prepare()
                    prepared = True
                self._work()
            except BaseException as error:  # noqa: BLE001 not even SystemExit may end the thread
                self._report(error)
                self._began = None
                self._first_run.set()
                self._stopping.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                pause, self._failure, self._began = self._first_pause, "", None
                self._first_run.set()
                self._wake.wait(self._seconds)

    def _report(self, error: BaseException) -> None:
        from ivr import metrics  # late: it must not be imported before its folder is set

        log.error("the worker %s failed, and is restarted", self.name, exc_info=error)
        with suppress(Exception):  # a full disk may take no metric; the thread goes on
            metrics.WORKER_RESTARTS.labels(self.name).inc()
        is_first, self._failure = not self._failure, f"it failed with {type(error).__name__}"
        if is_first and self._alert is not None:
            try:
                self._alert(
                    "worker", f"the worker {self.name} failed and is restarted; see the log"
                )
            except Exception:
                log.exception("the operators could not be told of the worker %s", self.name)
