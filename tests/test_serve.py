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
from tests.lines import TOKEN, english_alone
from tests.serving import IVR, PATIENCE_SECONDS, REAL, environment, until


def test_a_reload_takes_a_new_script_and_refuses_a_broken_one(
    serve, prompts: Path, state: Path
) -> None:
    english_alone(prompts / "line.yaml")
    words = prompts / "en.yaml"
    sound = words.read_text()
    with (
        serve(prompts, "--workers", "1", proved=False, **REAL) as (url, log),
        closing(HttpTransport(TOKEN)) as line,
    ):
        port = url.rpartition(":")[2]

        def title() -> str:
            return Caller(Call(line, f"{url}/voice")).dial().press("1").heard

        def reload() -> subprocess.CompletedProcess[str]:
            command = [*IVR, "reload", "--port", port, "--prompts", str(prompts)]
            env = environment(state)
            return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

        changed = "  main.welcome: A new title."
        words.write_text(_replaced(sound, "main.welcome", changed))
        assert "A new title." not in title()
        assert reload().returncode == 0
        until(lambda: "A new title." in title(), log)

        words.write_text(_replaced(sound, "main.welcome", "  main.welcome: [broken"))
        refused = reload()
        assert refused.returncode == 1
        assert "en.yaml:" in refused.stderr
        os.kill(int(next(state.glob("*.pid")).read_text()), signal.SIGHUP)
        until(lambda: "the script was refused" in log.read_text(), log)
        assert "A new title." in title()


def _replaced(text: str, prompt: str, by: str) -> str:
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f"  {prompt}:"))
    return "\n".join([*lines[:at], by, *lines[at + 1 :]])


def test_what_was_found_sound_today_is_not_proved_again(serve, prompts: Path, state: Path) -> None:
    """So a line that is started again answers at once; changed by a letter, it is proved."""
    english_alone(prompts / "line.yaml")
    with serve(prompts, "--workers", "1", proved=False, **REAL):
        first = next((state / "checked").iterdir())
    made = first.stat().st_mtime_ns
    with serve(prompts, "--workers", "1", proved=False, **REAL):
        assert [p.stat().st_mtime_ns for p in (state / "checked").iterdir()] == [made]
    words = prompts / "en.yaml"
    words.write_text(_replaced(words.read_text(), "main.welcome", "  main.welcome: [broken"))
    command = [*IVR, "serve", "--prompts", str(prompts)]
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
    serve, prompts: Path, state: Path
) -> None:
    blocked = state.parent / "a-file"
    blocked.write_text("where a folder should be")
    unwritable = {"IVR_STATE": str(blocked / "state")}
    with serve(prompts, "--demo", "--workers", "1", **unwritable) as (url, log):
        assert "<Gather" in requests.post(f"{url}/voice", timeout=15).text
        assert log.read_text().count("IVR_STATE cannot be written") == 1
        assert "Traceback" not in log.read_text()


def test_a_reload_without_a_line_is_told(state: Path) -> None:
    command = [*IVR, "reload", "--port", "1"]
    env = environment(state)
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, "no line is running on port 1" in done.stderr) == (1, True)
