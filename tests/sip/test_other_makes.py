"""Callers of other makes: PJSIP with sound and keys, SIPp with many calls."""

import shutil
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.serving import free_port
from tests.sip.conftest import FOLDER, IN_ONE_WORKER, Listener, Opened, Opens
from tests.sip.telephones import loud

pytestmark = IN_ONE_WORKER

SIPP = "apt-get install sip-tester"


@pytest.mark.wheel("pjsua2-python")
def test_pjsip_is_heard_and_hears(line: Opened, ear: Listener, tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"
    done = subprocess.run(
        [sys.executable, FOLDER / "pjsip.py", line.address, path, "16:2", "23"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "CONFIRMED 200" in done.stdout
    with wave.open(str(path)) as file:
        rate, sound = file.getframerate(), file.readframes(file.getnframes())
    assert loud(sound).any()
    words = ear.in_sound(sound[16 * rate * 2 :], rate, "es")
    assert any(word in words for word in ("linea", "bienvenid", "familias")), words


def test_sipp_makes_many_calls_without_a_failure(
    urls: Callable[..., str], opens: Opens, tmp_path: Path
) -> None:
    assert shutil.which("sipp"), f"SIPp is not installed: {SIPP}"
    port = free_port()
    with opens(urls("shipped", audio=True), "--calls", "40") as line:
        done = subprocess.run(
            ["sipp", f"127.0.0.1:{line.port}", "-sf", FOLDER / "sipp.xml", "-i", "127.0.0.1",
             "-mi", "127.0.0.1", "-p", str(port), "-m", "40", "-r", "10", "-nostdin",
             "-timeout", "60s", "-timeout_error"],
            capture_output=True,
            text=True,
            timeout=90,
            cwd=tmp_path,
            check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
