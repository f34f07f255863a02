"""Prometheus metrics, summed over the worker processes. They contain nothing about a caller.

A request that the carrier repeats is counted twice here; the records count it once.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The library's own variable: the folder in which the processes of a line share their metrics.

It must be set before this module is imported.
"""

CALLS = Counter("ivr_calls", "Calls that came in.")
ACTIVE = Gauge(
    "ivr_active_calls",
    "Calls that were answered, minus calls whose end the status callback reported.",
    multiprocess_mode="sum",
)
TURNS = Counter("ivr_turns", "Turns, by what the caller did.", ["what"])
ANSWER = Histogram(
    "ivr_answer_seconds",
    "Seconds to answer a webhook of a call.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
TRANSFERS = Counter("ivr_transfers", "Dialled calls that ended.", ["destination", "outcome"])
LIFEBOATS = Counter(
    "ivr_lifeboats", "Calls that got the lifeboat because the line could not answer as it should."
)
UNSIGNED = Counter("ivr_signature_failures", "Requests without the carrier's signature.")
WAITING = Gauge("ivr_records_waiting", "Facts not yet written.", multiprocess_mode="livesum")
WRITTEN = Counter("ivr_records_written", "Facts written to the records.")
DROPPED = Counter(
    "ivr_records_dropped", "Facts lost because the database was unreachable for too long."
)
FAILED = Counter("ivr_records_failures", "Failed attempts to write to the records.")
WORKER_RESTARTS = Counter(
    "ivr_worker_restarts", "Failures after which a background worker was restarted.", ["worker"]
)
CALENDAR_AGE = Gauge(
    "ivr_calendar_age_seconds",
    "Seconds since the calendar of the people on call was fetched; -1: never.",
    multiprocess_mode="livemax",
)
LAST_CALL = Gauge(
    "ivr_last_call_seconds",
    "Time of the last call, in seconds since 1970.",
    multiprocess_mode="max",
)

OUTCOMES = ("completed", "busy", "no-answer", "failed")
"""Outcomes of a dialled call whose counters exist from the start, so that alert rules see them."""


def prepare_transfers(destinations: Iterable[str]) -> None:
    """Create the counters of transfers at zero.

    Prometheus can only see a counter increase from a value that it has read: without this, the
    first failed transfer of each destination would be missed.
    """
    for destination in destinations:
        for outcome in OUTCOMES:
            TRANSFERS.labels(destination, outcome)


def page() -> tuple[bytes, str]:
    """Return all metrics as Prometheus reads them, and their content type."""
    registry: CollectorRegistry = REGISTRY
    if shared := os.environ.get(FOLDER):  # noqa: TID251 the library's own variable
        _forget_ended(Path(shared))
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST


def _forget_ended(folder: Path) -> None:
    """Remove the gauges of processes that have ended."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except OSError:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]
