"""Run work for a waiting caller, with a timeout and a limit on how much of it runs at a time."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

log = logging.getLogger("ivr.carrier_actions")

T = TypeVar("T")

MAX_AT_ONCE = 3
"""Most webhooks of a process that wait for one sort of work; further ones do without it."""


class LimitedWork:
    """One sort of work for which webhooks may wait. It goes on after its caller's timeout."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(MAX_AT_ONCE)

    def run_with_timeout(
        self, seconds: float, work: Callable[[], T], *, if_busy: T, if_late: T
    ) -> T:
        """Return what `work` returns.

        `if_late` if it takes longer than `seconds`; `if_busy` if it fails, or if MAX_AT_ONCE others
        are waiting.
        """
        if not self._free.acquire(blocking=False):
            return if_busy
        results: queue.SimpleQueue[T] = queue.SimpleQueue()

        def run() -> None:
            try:
                results.put(work())
            except Exception:
                log.exception("a request to the carrier failed")
                results.put(if_busy)
            finally:
                self._free.release()

        try:
            threading.Thread(target=run, name="carrier-action", daemon=True).start()
        except RuntimeError:  # the system has no thread left
            self._free.release()
            log.error("there is no thread for a request that a caller waits for")  # noqa: TRY400
            return if_busy
        try:
            return results.get(timeout=seconds)
        except queue.Empty:
            return if_late
