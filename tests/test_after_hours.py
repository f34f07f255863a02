"""The agency's people on the production server: two workers, a restart in the ladder's middle."""

import datetime as dt
import os
import re
import signal
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from ivr.phone.call import Call
from ivr.phone.transport import HttpTransport
from tests.caller import Caller
from tests.lines import ON_CALL, TOKEN, change, english_alone, variant
from tests.serving import IVR, answers, environment, until

REAL = {"TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_ACCOUNT_SID": "AC" + "0" * 32}
WORKER, BACKUP, SUPERVISOR = ON_CALL["people"].values()
ANNOUNCEMENT = "We are closed because of the storm."


@pytest.fixture
def always_on_call(tmp_path: Path) -> Path:
    """Return a script whose office has no telephone, with three people on call at every hour."""
    folder = variant("on-call-alone", tmp_path)
    shift = {"hours": "00:00-24:00", "ring": ["worker", "backup", "supervisor"]}
    change(folder / "line.yaml", {"on_call": None})
    rota = {"people": ON_CALL["people"], "week": {"mon-sun": [shift]}}
    change(folder / "line.yaml", {"on_call": rota})
    english_alone(folder / "line.yaml")
    return folder


def to_the_agency(line: HttpTransport, url: str) -> Caller:
    return Caller(Call(line, f"{url}/voice")).dial().press("1", "1").waits(4).press("1")


def test_a_restart_in_the_middle_of_the_ladder_loses_nobody(
    serve, always_on_call: Path, state: Path
) -> None:
    """The place is in the URL, and with it who is rung next and since when."""
    with (
        serve(always_on_call, "--workers", "2", **REAL) as (url, log),
        closing(HttpTransport(TOKEN)) as line,
    ):
        port = url.rpartition(":")[2]
        caller = to_the_agency(line, url).press("1").is_connected_to(WORKER)
        old = workers(log)
        kill(old)
        until(lambda: len(workers(log)) == 2 * len(old) and answers(int(port)), log)
        caller.ends("busy").hears("We are trying the next person").is_connected_to(BACKUP)
        caller.call.answers("")
        caller.is_connected_to(SUPERVISOR)
        caller.call.answers("1")
        caller.ends("completed").hears("That call has ended").is_listened_to()


def test_every_worker_knows_of_an_override_within_seconds(
    serve, always_on_call: Path, state: Path
) -> None:
    tomorrow = f"{dt.datetime.now(dt.UTC) + dt.timedelta(days=1):%Y-%m-%dT%H:%M}"
    says = ("--say", f"en={ANNOUNCEMENT}", "--say", "es=Hoy está cerrado por la tormenta.")
    with serve(always_on_call, "--workers", "2", **REAL) as (url, log):
        assert heard(url) == {False}
        run(state, "override", "emergency", "--until", tomorrow, *says)
        until(lambda: heard(url) == {True}, log)
        assert heard(url) == {True}
        with closing(HttpTransport(TOKEN)) as line:
            to_the_agency(line, url).hears(ANNOUNCEMENT).is_connected_to(WORKER)
            run(state, "override", "--end")
            until(lambda: heard(url) == {False}, log)
            to_the_agency(line, url).is_listened_to()
        # One a worker; the process of the pages may have seen it, too, before it ended.
        assert log.read_text().count("override: emergency until") in {2, 3}


def workers(log: Path) -> list[int]:
    """Return the process id of every worker that was ever started."""
    return [int(pid) for pid in re.findall(r"with PID:? (\d+)", log.read_text())]


def kill(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def run(state: Path, *arguments: str) -> None:
    command = [*IVR, *arguments]
    subprocess.run(command, env=environment(state, **REAL), check=True, capture_output=True)


def heard(url: str) -> set[bool]:
    """Call some times, so that either worker answers; tell whether the announcement is heard."""
    results = set()
    for _ in range(8):
        with closing(HttpTransport(TOKEN)) as line:
            results.add(ANNOUNCEMENT in Caller(Call(line, f"{url}/voice")).dial().press("1").heard)
    return results
