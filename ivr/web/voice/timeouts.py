"""Work that a caller waits for: so long and no longer, and little of it at a time."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

log = logging.getLogger("ivr.errands")

T = TypeVar("T")

AT_ONCE = 3
"""So many webhooks of a process wait for work of one sort; others do without."""


class Waiting:
    """Lets webhooks wait for one sort of work. What takes too long goes on behind the call."""

    def __init__(self) -> None:
        self._busy = threading.BoundedSemaphore(AT_ONCE)

    def within(self, seconds: float, work: Callable[[], T], busy: T, late: T) -> T:
        """Return what some work gives; `late` where it takes longer, `busy` where others wait."""
        if not self._busy.acquire(blocking=False):
            return busy
        done: queue.SimpleQueue[T] = queue.SimpleQueue()

        def run() -> None:
            try:
                done.put(work())
            except Exception:
                log.exception("the carrier could not be asked")
                done.put(busy)
            finally:
                self._busy.release()

        threading.Thread(target=run, name="errand", daemon=True).start()
        try:
            return done.get(timeout=seconds)
        except queue.Empty:
            return late
