"""Work behind the calls goes on, whatever happens to it."""

import threading

import pytest

from ivr.background import PeriodicWorker

SOON = 10
"""Seconds that a test waits at most for what happens at once."""


class Work:
    """Fails as often as it is told to, then works; both can be waited for."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures = list(failures)
        self.alerts: list[str] = []
        self.succeeded = threading.Event()

    def __call__(self) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.succeeded.set()

    def alert(self, kind: str, text: str) -> None:
        self.alerts.append(f"{kind}: {text}")


@pytest.mark.parametrize("failure", [ValueError("x"), SystemExit(1), MemoryError()])
def test_a_worker_that_fails_is_restarted_and_the_operators_are_told_once(
    failure: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work(failure, failure)
    worker = PeriodicWorker("clock", work, 0.01, alert=work.alert, first_pause=0.01)
    worker.start()
    assert work.succeeded.wait(SOON)
    worker.stop()
    assert work.alerts == ["worker: the worker clock failed and is restarted; see the log"]
    assert caplog.text.count("the worker clock failed") == 2


def test_a_worker_that_is_down_says_so_until_it_works_again() -> None:
    gate, failed = threading.Event(), threading.Event()

    def work() -> None:
        if not gate.is_set():
            failed.set()
            raise OSError

    worker = PeriodicWorker("clock", work, 0.01, first_pause=0.01)
    assert worker.trouble == ""
    worker.start()
    assert worker.wait_for_first_run(SOON)
    assert worker.trouble == "it failed with OSError"
    gate.set()
    for _ in range(1000):
        if not worker.trouble:
            break
        threading.Event().wait(0.01)
    assert worker.trouble == ""
    worker.stop()


def test_a_failure_that_cannot_be_counted_does_not_end_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on a full disk, on which the metrics' files cannot grow."""
    monkeypatch.setattr("ivr.metrics.WORKER_RESTARTS", None)
    work = Work(ValueError("x"))
    worker = PeriodicWorker("clock", work, 0.01, first_pause=0.01)
    worker.start()
    assert work.succeeded.wait(SOON)
    worker.stop()


def test_an_alert_that_fails_does_not_end_the_worker() -> None:
    work = Work(ValueError("x"))

    def alert(*_: str) -> None:
        raise OSError("no network")

    worker = PeriodicWorker("clock", work, 0.01, alert=alert, first_pause=0.01)
    worker.start()
    assert work.succeeded.wait(SOON)
    worker.stop()
