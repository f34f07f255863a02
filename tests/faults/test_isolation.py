"""Calls beside two hundred busy visitors: none fails, and the pages that must wait say so.

`python -m bench.isolation` measures how much longer calls take; here no time is compared.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
import requests

from bench.isolation import NAME, PASSWORD, sign_in
from ivr.accounts import operators
from ivr.database.engine import open_and_migrate
from ivr.phone.call import Call, Listening
from ivr.phone.parties import Parties, made_up_sid
from ivr.phone.transport import HttpTransport
from ivr.settings import Settings
from tests.lines import TOKEN
from tests.serving import REAL, end_processes, until, until_pages_answer

SECONDS = 30
"""How long a page may take."""


@contextmanager
def visitors(url: str) -> Iterator[None]:
    """Let the visitors of the measurement come: they guess passwords, look, and render clips."""
    command = ["nice", "-n", "5", sys.executable, "-m", "bench.isolation", url, sign_in(url)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        yield
        assert process.poll() is None, "the visitors have gone"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.timeout(400)
def test_no_call_fails_beside_busy_visitors_and_pages_over_the_limit_are_put_off(
    serve, prompts: Path, state: Path, tmp_path: Path
) -> None:
    operators.add(open_and_migrate(Settings(state=state)), NAME, PASSWORD)
    clips = {"IVR_CLIPS": str(tmp_path / "clips")}
    with serve(prompts, "--workers", "1", **REAL, **clips) as (url, log):
        until_pages_answer(url, log)
        with visitors(url):
            until(lambda: status(f"{url}/sign-in") == 503, log)
            for _ in range(2):
                calls(url)
        until(lambda: status(f"{url}/sign-in") == 200, log)
    end_processes(clips["IVR_CLIPS"])  # the renderer goes on
    assert "lifeboat served" not in log.read_text()


def status(url: str) -> int:
    """Return a page's status; 0 if there is none in time."""
    with suppress(requests.RequestException):
        return requests.get(url, timeout=SECONDS).status_code
    return 0


def calls(url: str) -> None:
    """Dial, go two menus on and hang up."""
    with closing(HttpTransport(TOKEN)) as line:
        call = Call(line, f"{url}/voice", Parties(call_sid=made_up_sid("CA")))
        call.dial()
        call.press("1")
        call.press("1")
        assert isinstance(call.state, Listening)
        call.hang_up()
