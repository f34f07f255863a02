"""Runs checks side by side, each for so many seconds at most, so that none holds up the others."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

from ivr.doctor.check import CheckResult, Row, failed
from ivr.errors import IvrError

log = logging.getLogger("ivr.doctor")

ROW_SECONDS = 20.0
"""Seconds that a check may take. The slowest one makes a call with several requests."""

Work = Callable[[], CheckResult]


class BoundedChecks:
    """Runs checks in threads of their own, and does not start one again that still hangs."""

    def __init__(self, seconds: float = ROW_SECONDS) -> None:
        self._seconds = seconds
        self._hanging: dict[str, threading.Thread] = {}

    def run(self, checks: Mapping[str, Work]) -> list[Row]:
        """Return a row for each check, in their order."""
        results: dict[str, CheckResult] = {}
        ends = time.monotonic() + self._seconds
        hanging = {name: t for name, t in self._hanging.items() if t.is_alive()}
        started = {
            name: threading.Thread(
                target=partial(_run, name, work, results), name=f"doctor {name}", daemon=True
            )
            for name, work in checks.items()
            if name not in hanging
        }
        for name, thread in started.items():
            try:
                thread.start()
            except RuntimeError:  # the system has no thread left
                results[name] = failed("this machine has no thread left", "restart the line")
        for thread in filter(threading.Thread.is_alive, started.values()):
            thread.join(max(ends - time.monotonic(), 0))
        self._hanging = hanging | {name: t for name, t in started.items() if t.is_alive()}
        late = failed(
            f"it gave no answer within {self._seconds:.0f} seconds",
            "look at what this row asks: the disk, the database or the network",
        )
        return [Row(name, *results.get(name, late)) for name in checks]


def _run(name: str, work: Work, results: dict[str, CheckResult]) -> None:
    """Store the result of a check; whatever it raises becomes a failed row."""
    try:
        results[name] = work()
    except IvrError as e:
        results[name] = failed(str(e), "mend that, then look again")
    except Exception as e:
        log.exception("the doctor's check %s failed", name)
        results[name] = failed(
            f"this check failed itself ({type(e).__name__})", "see the log, and report it"
        )
