"""The wheel, unpacked where nothing else of the project is, serves a call."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, and unpack it into an empty folder."""
    built, folder = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(built)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = built.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def ivr(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("IVR_", "TWILIO_"))}
    return subprocess.run(
        [sys.executable, "-m", "ivr", *arguments],
        cwd=folder,
        env={**clean, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_call_from_the_wheel_reaches_a_person(unpacked: Path) -> None:
    done = ivr(unpacked, "call", "--keys", "2,0")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Ringing +1 888 373 7888" in done.stdout


def test_the_script_within_the_wheel_is_the_shipped_one(unpacked: Path) -> None:
    for path in (ROOT / "prompts").rglob("*"):
        if path.is_file():
            inside = unpacked / "ivr" / "prompts" / path.relative_to(ROOT / "prompts")
            assert inside.read_bytes() == path.read_bytes()


def test_the_wheel_carries_every_clip_and_plays_them(unpacked: Path) -> None:
    clips = [path for path in (ROOT / "audio").rglob("*") if path.name[0] != "."]
    assert len(clips) > 100
    for path in clips:
        if path.is_file():
            inside = unpacked / "ivr" / "audio" / path.relative_to(ROOT / "audio")
            assert inside.stat().st_size == path.stat().st_size
    result = ivr(unpacked, "audio", "sheet", "en")
    assert (result.returncode, result.stderr) == (0, "")
