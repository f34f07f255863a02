"""The production server, started as an operator starts it: a process, signals, two workers."""

import os
import signal
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
import requests

from ivr.phone.call import Call
from ivr.phone.transport import HttpTransport
from tests.caller import Caller
from tests.lines import TOKEN
from tests.serving import IVR, PATIENCE_SECONDS, REAL, environment, until
from tests.small_script import edit, small

pytestmark = pytest.mark.slow
"""Each test starts a process of `ivr`."""

BROKEN = {"in": "en.yaml", "by": "prompts: [broken"}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Return the folder of a script that is proved in half a second."""
    return small(tmp_path)


def test_a_reload_takes_a_new_script_and_refuses_a_broken_one(
    serve, script: Path, state: Path
) -> None:
    with (
        serve(script, "--workers", "1", proved=False, **REAL) as (url, log),
        closing(HttpTransport(TOKEN)) as line,
    ):
        port = url.rpartition(":")[2]

        def welcome() -> str:
            return Caller(Call(line, f"{url}/voice")).dial().press("1").heard

        def reload() -> subprocess.CompletedProcess[str]:
            command = [*IVR, "reload", "--port", port, "--prompts", str(script)]
            env = environment(state)
            return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

        edit(script, [{"in": "en.yaml", "replace": "If alone,", "by": "If nobody listens,"}])
        assert "If alone, you can speak" in welcome()
        assert reload().returncode == 0
        until(lambda: "If nobody listens, you can speak" in welcome(), log)

        edit(script, [BROKEN])
        refused = reload()
        assert refused.returncode == 1
        assert "en.yaml:" in refused.stderr
        os.kill(int(next(state.glob("*.pid")).read_text()), signal.SIGHUP)
        until(lambda: "the script was refused" in log.read_text(), log)
        assert "If nobody listens, you can speak" in welcome()


def test_what_was_found_sound_today_is_not_proved_again(serve, script: Path, state: Path) -> None:
    """So a line that is started again answers at once; changed by a letter, it is proved."""
    with serve(script, "--workers", "1", proved=False, **REAL):
        first = next((state / "checked").iterdir())
    made = first.stat().st_mtime_ns
    with serve(script, "--workers", "1", proved=False, **REAL):
        assert [p.stat().st_mtime_ns for p in (state / "checked").iterdir()] == [made]
    edit(script, [BROKEN])
    command = [*IVR, "serve", "--prompts", str(script)]
    env = environment(state, **REAL)
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, "en.yaml:" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("options", "env", "message"),
    [
        ([], {}, "TWILIO_AUTH_TOKEN is not set"),
        ([], {"TWILIO_AUTH_TOKEN": TOKEN}, "TWILIO_ACCOUNT_SID is not set"),
        (["--demo", "--host", "0.0.0.0"], {}, "--demo answers without a token"),
        (["--demo", "--prompts", "nowhere"], {}, "no such folder of prompts"),
        ([], {"IVR_PUBLIC_URL": "line.example.org"}, "IVR_PUBLIC_URL"),
    ],
)
def test_it_does_not_start_where_it_could_fail_a_caller(
    options: list[str], env: dict[str, str], message: str, state: Path
) -> None:
    done = subprocess.run(
        [*IVR, "serve", *options],
        env=environment(state, **env),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_demoanswers_without_a_token(serve, prompts: Path) -> None:
    with serve(prompts, "--demo", "--workers", "1") as (url, log):
        assert "no person has reviewed 30 of the 30 safety texts in es" in log.read_text()
        assert "<Gather" in requests.post(f"{url}/voice", timeout=15).text


def test_a_line_whose_state_cannot_be_written_answers_and_says_so_in_one_line(
    serve, script: Path, state: Path
) -> None:
    blocked = state.parent / "a-file"
    blocked.write_text("where a folder should be")
    unwritable = {"IVR_STATE": str(blocked / "state")}
    with serve(script, "--demo", "--workers", "1", proved=False, **unwritable) as (url, log):
        assert "<Gather" in requests.post(f"{url}/voice", timeout=15).text
        assert log.read_text().count("IVR_STATE cannot be written") == 1
        assert "Traceback" not in log.read_text()


def test_a_reload_without_a_line_is_told(state: Path) -> None:
    command = [*IVR, "reload", "--port", "1"]
    env = environment(state)
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, "no line is running on port 1" in done.stderr) == (1, True)
