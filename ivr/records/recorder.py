"""Record facts behind the calls: a queue in memory, and a worker that writes it to the database.

Whatever the database does, a call only ever adds to the queue. Facts that cannot be written wait
there; if the queue is full, the newest facts are dropped, counted and reported.
"""

import atexit
import datetime as dt
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from multiprocessing.util import Finalize
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from ivr import metrics, priority
from ivr.background import PeriodicWorker
from ivr.database.engine import Database, reason
from ivr.errors import IvrError
from ivr.local_time import utcnow
from ivr.records import retention
from ivr.records.day_keys import DayKeys
from ivr.records.writer import Alert, Fact, Writer

log = logging.getLogger("ivr.records")

GATHER_SECONDS = 0.2
"""Seconds for which facts are gathered before they are written; a killed process loses these."""

MAX_WAITING = 50_000
"""Facts of a process that may wait for a database: five hours of 20 simultaneous calls, 40 MB."""

BATCH = 200
"""Facts written in one transaction; few, so that other threads are not kept waiting."""

RUN_SECONDS = 30
"""Seconds of writing after which the worker begins a new run, so that it is not seen as stuck."""

REST_FACTOR = 9
"""After a batch the worker rests this many times as long as it computed, so that calls come first.
The factor falls as more facts wait, and is 0 from BUSY facts on."""

LONGEST_REST_SECONDS = 0.5

TURN_SECONDS = 0.0002
"""How long the worker may run while a call waits for the interpreter, so that it delays none."""

NICENESS = 10
"""Nice value of the worker's thread (Linux only), so that the threads of calls run first."""

BUSY = MAX_WAITING * 4 // 5
"""Waiting facts from which on the worker does not rest."""

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0
"""Pauses between two tries while the database fails; each is twice as long as the one before."""

LAST_SECONDS = 5.0
"""Seconds for which an ending process tries to write what is left."""

RETENTION_SECONDS = 3600
"""Seconds between two searches for records that are too old."""

T = TypeVar("T")

MakeFacts = Callable[[list[Any]], Iterable[Fact]]
"""Makes the facts of several turns; never fails."""


class Recorder:
    """Takes facts from calls and writes them later. One a process, for all its threads.

    `keep_days` is how many days the records of a call are kept; `zone` is the line's time zone;
    `keys` are the keys of days. What is old by `clock` is removed: records, and keys.
    `make_facts` makes facts of what `record_later` takes.
    """

    def __init__(  # noqa: PLR0913 what it works with, and what it makes
        self,
        database: Database,
        zone: ZoneInfo,
        keep_days: int,
        alert: Alert,
        keys: DayKeys | None = None,
        *,
        clock: Callable[[], dt.datetime] = utcnow,
        make_facts: MakeFacts = list,
    ) -> None:
        self._keys = keys or DayKeys()
        self._facts_of = make_facts
        self._clock = clock
        self._database = database
        self._zone = zone
        self._keep_days = keep_days
        self._alert = alert
        self._writer = Writer(database, zone, alert)
        self.worker = PeriodicWorker(
            "records",
            self._run,
            RETENTION_SECONDS,
            alert=alert,
            prepare=partial(priority.lower_thread, NICENESS),
            first_pause=FIRST_PAUSE_SECONDS,
        )
        self._turns: deque[object] = deque()
        self._facts: deque[Fact] = deque()
        self._closing = threading.Event()
        self._lock, self._making = threading.Lock(), threading.Lock()
        self._is_started = False
        self._failure = ""
        self._is_behind = False
        self._pause = FIRST_PAUSE_SECONDS
        self._retention_done = float("-inf")
        self._dropped = 0
        self._keys_destroyed = dt.date.min

    @property
    def trouble(self) -> str:
        """Why facts cannot be written now; empty while they can."""
        return self._failure or self.worker.trouble

    def record(self, fact: Fact) -> None:
        """Take a fact; never waits. If MAX_WAITING facts wait already, it is dropped."""
        self._take(self._facts, fact)

    def record_later(self, turn: object) -> None:
        """Take a turn of which the worker makes a fact; otherwise as `record`."""
        self._take(self._turns, turn)

    def catch_up(self) -> None:
        """Make the facts of all turns so far, so that metrics count them."""
        for _ in range(0, len(self._turns), BATCH):
            self._make_facts(BATCH)

    def start(self) -> None:
        """Start writing, unless this process does already. The database is opened at once."""
        with self._lock:
            if not self._is_started:
                self._is_started = True
                self.worker.start()
                # Processes of different kinds end by one of these two ways.
                atexit.register(self.close)
                Finalize(None, self.close, exitpriority=10)

    def close(self) -> None:
        """Write what is left, within LAST_SECONDS; what then remains is counted as dropped."""
        with self._lock:
            if not self._is_started:
                return
            self._is_started = False
        atexit.unregister(self.close)
        self._closing.set()
        last = time.monotonic() + LAST_SECONDS
        has_ended = self.worker.stop(LAST_SECONDS + 1)
        while has_ended and not self._write() and time.monotonic() < last:
            time.sleep(FIRST_PAUSE_SECONDS)
        self._dropped += len(self._facts)
        metrics.DROPPED.inc(len(self._facts))
        self._facts.clear()
        self._report_dropped()
        self._database.close()
        self._closing.clear()

    def _take(self, queue: deque[T], item: T) -> None:
        if self._waiting() >= MAX_WAITING:
            metrics.DROPPED.inc()
            self._dropped += 1
        else:
            queue.append(item)
        self.worker.wake()
        if not self._is_started:
            self.start()

    def _waiting(self) -> int:
        return len(self._facts) + len(self._turns)

    def _make_facts(self, count: int) -> None:
        with self._making:
            turns = [self._turns[i] for i in range(min(count, len(self._turns)))]
            try:
                self._facts.extend(self._facts_of(turns))
            finally:  # until now they were waiting, so the worker does not go to sleep over them
                for _ in turns:
                    self._turns.popleft()

    def _run(self) -> None:
        """Write what waits and apply retention; one run of the worker."""
        self._closing.wait(GATHER_SECONDS)
        self._destroy_old_keys()
        if self._write() and self._apply_retention():
            self._pause = FIRST_PAUSE_SECONDS
            if self._waiting():
                self.worker.wake()
        else:
            self._closing.wait(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
            self.worker.wake()

    def _destroy_old_keys(self) -> None:
        """Destroy the keys of old days, whether or not the database can be used now."""
        today = self._clock().astimezone(dt.UTC).date()
        if today != self._keys_destroyed:
            self._keys.destroy_old(today)
            self._keys_destroyed = today

    def _write(self) -> bool:
        """Write what waits, in batches, for RUN_SECONDS at most; return whether that went well."""
        end = time.monotonic() + RUN_SECONDS
        while self._waiting() and time.monotonic() < end:
            began = time.thread_time()
            with priority.short_turns(TURN_SECONDS):
                self._make_facts(BATCH)
                batch = [self._facts[i] for i in range(min(BATCH, len(self._facts)))]
                is_written = self._try(lambda batch=batch: self._writer.write(batch))  # type: ignore[misc]
            if not is_written:
                self._is_behind = True
                self.catch_up()  # the log and the metrics need no database
                self._report_dropped()
                return False
            for _ in batch:
                self._facts.popleft()
            metrics.WAITING.set(self._waiting())
            self._rest(time.thread_time() - began)
        self._is_behind = False
        self._report_dropped()
        return True

    def _rest(self, computed_seconds: float) -> None:
        """Let calls come first, unless there is much to catch up with."""
        factor = REST_FACTOR * (1 - len(self._turns) / BUSY)
        if factor > 0 and not self._is_behind and not self._closing.is_set():
            self._closing.wait(min(computed_seconds * factor, LONGEST_REST_SECONDS))

    def _try(self, work: Callable[[], object]) -> bool:
        """Do some work with the database. A failure is logged once, and the database reopened."""
        try:
            work()
        except Exception as e:  # noqa: BLE001 a driver may raise anything; the facts are tried again
            why = str(e) if isinstance(e, IvrError) else reason(e)
            if not self._failure:
                log.error("the records cannot be written, facts wait in memory: %s", why)  # noqa: TRY400 expected
            self._failure = why
            self._database.close()
            metrics.FAILED.inc()
            metrics.WAITING.set(self._waiting())
            return False
        if self._failure:
            log.info("the records can be written again")
        self._failure = ""
        return True

    def _apply_retention(self) -> bool:
        """Apply retention once an hour; return whether that went well."""
        if time.monotonic() - self._retention_done < RETENTION_SECONDS:
            return True
        now, days = self._clock(), self._keep_days
        is_done = self._try(lambda: retention.apply(self._database.engine, self._zone, days, now))
        if is_done:
            self._retention_done = time.monotonic()
        return is_done

    def _report_dropped(self) -> None:
        if self._dropped:
            count, self._dropped = self._dropped, 0
            log.error("%d facts of calls were dropped: %s", count, self._failure or "queue full")
            self._alert("dropped", f"{count} facts of calls were dropped; calls go on as ever")
