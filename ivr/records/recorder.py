"""Writes down what happened, behind the call: a queue, and a thread that empties it.

Whatever the database does, a call only ever adds to a queue in memory. What cannot be written
waits there, up to a bound; beyond it the newest facts are dropped, counted and told.
"""

import atexit
import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.util import Finalize
from typing import TypeVar
from zoneinfo import ZoneInfo

from ivr import metrics
from ivr.database.engine import reason
from ivr.errors import IvrError
from ivr.records import retention
from ivr.records.facts import Note
from ivr.records.writer import Alert, Known, Writer
from ivr.settings import Settings

log = logging.getLogger("ivr.records")

GATHER_SECONDS = 0.2
"""How long facts are gathered before they are written; what a killed process can lose."""

MOST_WAITING = 50_000
"""Facts of a process that wait for a database: five hours of 20 calls at a time, about 40 MB."""

BATCH = 200
"""Facts written in one transaction; small, so that other threads are not kept waiting."""

RESTS = 9
"""After a batch the writer rests so many times as long as it computed, so that calls come first;
fewer times as more facts wait, and not at all from BUSY on."""

LONGEST_REST = 0.5

NICENESS = 10
"""Of the writer, where threads can have their own (Linux): a call's thread is run at once."""

BUSY = MOST_WAITING * 4 // 5

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds until the next try while the database fails; each pause is twice the last."""

LAST_SECONDS = 5.0
"""How long an ending process tries to write what is left."""

TEND_SECONDS = 3600
"""How often old records are looked for, to be closed and purged."""

T = TypeVar("T")

Work = Callable[[], Note | None]
"""Makes a fact of what was seen; never fails."""


class Recorder:
    """Takes facts from calls and writes them in its own time. One a process, for all threads."""

    def __init__(self, settings: Settings, zone: ZoneInfo, days: int, alert: Alert) -> None:
        self._zone = zone
        self._days = days
        self._alert = alert
        self._writer = Writer(settings, zone, alert)
        self.trouble = ""
        """Why the records cannot be written now; empty while they can."""
        self._seen: deque[Work] = deque()
        self._queue: deque[Known] = deque()
        self._some = threading.Event()
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._tended = float("-inf")
        self._dropped = 0
        self._behind = False

    def record(self, note: Known) -> None:
        """Take a fact; never waits. Beyond MOST_WAITING it is dropped."""
        self._take(self._queue, note)

    def later(self, work: Work) -> None:
        """Take what will make a fact, behind the call; as `record` does."""
        self._take(self._seen, work)

    def catch_up(self) -> None:
        """Make facts of all that was seen by now."""
        self._make(len(self._seen))

    def _make(self, most: int) -> None:
        with suppress(IndexError):  # there are fewer, or another thread makes them, too
            for _ in range(most):
                if (note := self._seen.popleft()()) is not None:
                    self._queue.append(note)

    def _waiting(self) -> int:
        return len(self._queue) + len(self._seen)

    def _take(self, queue: deque[T], item: T) -> None:
        if self._waiting() >= MOST_WAITING:
            metrics.DROPPED.inc()
            self._dropped += 1
        else:
            queue.append(item)
        if not self._some.is_set():
            self._some.set()
        if self._thread is None:
            self.start()

    def start(self) -> None:
        """Start writing, if it has not started yet in this process."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="records", daemon=True)
                self._some.set()  # to open the records at once, and to purge
                self._thread.start()
                # A worker process ends by one of these ways, by its kind.
                atexit.register(self.close)
                Finalize(None, self.close, exitpriority=10)

    def close(self) -> None:
        """Write what is left, within LAST_SECONDS; what then remains is counted as dropped."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is None:
            return
        self._ending.set()
        self._some.set()
        thread.join(LAST_SECONDS + 1)
        self._ending = threading.Event()
        atexit.unregister(self.close)

    def _run(self) -> None:
        _come_second()
        ending = self._ending
        pause, last = FIRST_PAUSE, float("inf")
        while True:
            if ending.is_set():
                last = min(last, time.monotonic() + LAST_SECONDS)
                if not (self._seen or self._queue) or time.monotonic() > last:
                    break
            else:
                self._some.wait(TEND_SECONDS)
                ending.wait(GATHER_SECONDS)
            self._some.clear()
            if self._go_on():
                pause = FIRST_PAUSE
            else:
                self._some.set()
                ending.wait(pause) if not ending.is_set() else time.sleep(FIRST_PAUSE)
                pause = min(pause * 2, LONGEST_PAUSE)
        if self._queue:
            self._dropped += len(self._queue)
            metrics.DROPPED.inc(len(self._queue))
            self._queue.clear()
        self._tell_dropped()
        self._writer.close()

    def _go_on(self) -> bool:
        """Do what is to be done now; tell whether that went well. Whatever happens, go on."""
        try:
            return self._write() and self._tend()
        except Exception:  # as where even a metric cannot be counted
            log.exception("the records could not be kept; trying again")
            return False

    def _write(self) -> bool:
        """Write all that waits, in batches; tell whether that went well."""
        while self._seen or self._queue:
            began = time.thread_time()
            self._make(BATCH)
            batch = [self._queue[i] for i in range(min(BATCH, len(self._queue)))]
            if not self._attempt(lambda batch=batch: self._writer.put(batch)):  # type: ignore[misc]
                self._behind = True
                self.catch_up()  # logs and metrics do without a database
                self._tell_dropped()
                return False
            for _ in batch:
                self._queue.popleft()
            metrics.WAITING.set(self._waiting())
            self._rest(time.thread_time() - began)
        self._behind = False
        self._tell_dropped()
        return True

    def _rest(self, took: float) -> None:
        """Let calls come first, unless there is much to catch up with."""
        rests = RESTS * (1 - len(self._seen) / BUSY)
        if rests > 0 and not self._behind and not self._ending.is_set():
            self._ending.wait(min(took * rests, LONGEST_REST))

    def _attempt(self, work: Callable[[], object]) -> bool:
        """Do some work with the database; a failure is told once, and does no harm."""
        try:
            work()
        except Exception as e:  # noqa: BLE001 whatever it is, it must not end the thread
            why = str(e) if isinstance(e, IvrError) else reason(e)
            if not self.trouble:
                log.error("the records cannot be written, facts wait in memory: %s", why)  # noqa: TRY400 expected
            self.trouble = why
            self._writer.close()
            metrics.FAILED.inc()
            metrics.WAITING.set(self._waiting())
            return False
        if self.trouble:
            log.info("the records can be written again")
        self.trouble = ""
        return True

    def _tend(self) -> bool:
        """Close and purge old days, once in a while; tell whether that went well."""
        if time.monotonic() - self._tended < TEND_SECONDS:
            return True
        done = self._attempt(lambda: retention.tend(self._writer.engine(), self._zone, self._days))
        if done:
            self._tended = time.monotonic()
        return done

    def _tell_dropped(self) -> None:
        if self._dropped:
            count, self._dropped = self._dropped, 0
            log.error("%d facts of calls were dropped: %s", count, self.trouble or "queue full")
            self._alert("dropped", f"{count} facts of calls were dropped; calls go on as ever")


def _come_second() -> None:
    """Let the system run this thread after those of calls."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
