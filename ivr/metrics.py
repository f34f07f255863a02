"""Prometheus metrics, summed over the worker processes. They contain nothing about a caller.

A request that the carrier repeats is counted twice here; the records count it once.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

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
ASSISTANT = Counter(
    "ivr_assistant_sessions", "Sessions of voice assistants that began.", ["service"]
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


STEPS = {
    "ivr_calls": 5,
    "ivr_turns": 5,
    "ivr_assistant_sessions": 5,
    "ivr_transfers": 5,
    "ivr_answer_seconds": 5,
    "ivr_records_written": 100,
    "ivr_records_waiting": 100,
    "ivr_last_call_seconds": 3600,
}
"""To which the values of these metrics are rounded down, unless IVR_METRICS is `exact`: read every
few seconds, exact ones show each call and what was pressed in it. Lifeboats and failures stay
exact, since each of them matters."""

LEFT_OUT = frozenset({"ivr_active_calls"})
"""Metrics that show single calls however they are rounded."""


class _Rounded:
    """A registry's metrics without the detail of single calls."""

    def __init__(self, registry: Collector) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics; the buckets of a histogram stay in order."""
        for metric in self._registry.collect():
            step = STEPS.get(metric.name)
            if metric.name in LEFT_OUT:
                continue
            if step is not None:
                metric.samples = [_rounded(sample, step) for sample in metric.samples]
            yield metric


def _rounded(sample: Sample, step: int) -> Sample:
    if sample.name.endswith("_created"):
        return sample
    return sample._replace(value=sample.value // step * step)


def page(*, exact: bool = False) -> tuple[bytes, str]:
    """Return all metrics as Prometheus reads them, and their content type.

    Without `exact` they show no single call (see STEPS).
    """
    registry: CollectorRegistry = REGISTRY
    if shared := os.environ.get(FOLDER):  # noqa: TID251 the library's own variable
        _forget_ended(Path(shared))
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    shown = registry if exact else cast("CollectorRegistry", _Rounded(registry))
    return generate_latest(shown), CONTENT_TYPE_LATEST


def _forget_ended(folder: Path) -> None:
    """Remove the gauges of processes that have ended."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except OSError:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]
