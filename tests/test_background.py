"""Work behind the calls goes on, whatever happens to it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from ivr.background import PeriodicWorker
from ivr.doctor.bounded import BoundedChecks
from ivr.doctor.check import ok
from ivr.web.voice.timeouts import MAX_AT_ONCE, LimitedWork

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


def no_thread(*_: object) -> None:
    """Fail as where a system has no thread left."""
    raise RuntimeError("can't start new thread")


def test_without_a_thread_left_a_caller_is_answered_and_no_place_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    work = LimitedWork()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        for _ in range(MAX_AT_ONCE + 1):
            answer = work.run_with_timeout(SOON, lambda: "done", if_busy="busy", if_late="late")
            assert answer == "busy"
    assert work.run_with_timeout(SOON, lambda: "done", if_busy="busy", if_late="late") == "done"


def test_without_a_thread_left_a_check_of_the_doctor_is_a_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threading.Thread, "start", no_thread)
    (row,) = BoundedChecks().run({"clock": lambda: ok("right")})
    assert (row.level, row.text) == ("failed", "this machine has no thread left")


def test_without_a_thread_left_a_call_by_sip_is_busy_and_not_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agent_module = pytest.importorskip("ivr.sip.agent")
    answers = []

    class Call:
        has_sent_sound = False

        async def reject(self) -> None:
            answers.append("busy")

    async def ring() -> int:
        agent = agent_module.Agent.__new__(agent_module.Agent)
        agent._loop, agent._legs, agent._refusing = asyncio.get_running_loop(), set(), set()
        agent._leaving, agent._idle, agent._taken = False, asyncio.Event(), 0
        agent._with_sound = 0
        agent._setup = SimpleNamespace(calls=5, inband=False)
        agent._parties = lambda _: None
        agent._on_call(Call())
        await asyncio.gather(*agent._refusing)
        return agent.calls

    def rings() -> int:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(agent_module.threading.Thread, "start", no_thread)
            return asyncio.run(ring())

    monkeypatch.setattr(agent_module, "Leg", lambda call, loop, **_: call)
    with ThreadPoolExecutor(1) as pool:  # the thread of the tests may have a loop, a browser's
        assert pool.submit(rings).result() == 0
    assert answers == ["busy"]
