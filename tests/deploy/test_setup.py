"""What the tests need is installed, or one line says what to install before any test runs."""

import shutil
import subprocess
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[1] / "setup.sh"
PLAIN = ("bash", "env", "dirname")
NEEDED = (
    "chromium-headless-shell nginx-light prometheus postgresql sip-tester systemd npm libatomic1"
)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Return a folder of programs, the only ones there are: each says what it was asked to do."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in PLAIN:
        (folder / name).symlink_to(shutil.which(name))
    return folder


def put(folder: Path, name: str, script: str = 'echo "$(basename $0) $*"') -> None:
    (folder / name).write_text(
        f"#!{shutil.which('bash')}\n{script.replace('$(basename $0)', name)}"
    )
    (folder / name).chmod(0o755)


def run(programs: Path) -> subprocess.CompletedProcess[str]:
    """Run the script with these programs alone; the system's own folders are not looked into."""
    script = programs.parent / "setup.sh"
    text = SETUP.read_text().replace("/usr/sbin:/sbin", "/none").replace("/usr/lib", "/none")
    script.write_text(text)
    return subprocess.run(
        [programs / "bash", script],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_as_root_it_installs_what_is_missing_and_no_more(programs: Path) -> None:
    put(programs, "uname", "echo Linux")
    put(programs, "id", "echo 0")
    put(programs, "apt-get")
    put(programs, "npm")
    put(programs, "unshare")
    done = run(programs)
    wanted = NEEDED.replace(" npm", "")
    assert done.stdout.splitlines() == [
        "apt-get update -q",
        f"apt-get install -y -q --no-install-recommends {wanted}",
    ]
    assert done.returncode == 0


def test_who_may_not_install_is_told_in_one_line_what_to_install(programs: Path) -> None:
    put(programs, "uname", "echo Linux")
    put(programs, "id", "echo 1000")
    put(programs, "apt-get")
    put(programs, "sudo", "exit 1")
    put(programs, "unshare")
    done = run(programs)
    install = f"sudo apt-get install --no-install-recommends {NEEDED}"
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"make test needs: {install}\n"


@pytest.mark.parametrize(
    ("system", "line"),
    [
        ("Linux", f"make test needs these Debian packages or their like: {NEEDED}\n"),
        ("Darwin", "make test needs: brew install chromium postgresql node\n"),
    ],
)
def test_without_apt_one_line_names_what_is_missing(programs: Path, system: str, line: str) -> None:
    put(programs, "uname", f"echo {system}")
    put(programs, "unshare")
    done = run(programs)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", line)


def test_where_all_is_there_it_does_nothing(programs: Path) -> None:
    put(programs, "uname", "echo Darwin")
    for name in ("chromium", "initdb", "npm"):
        put(programs, name)
    done = run(programs)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_ci_installs_nothing_by_itself() -> None:
    assert "apt" not in (SETUP.parents[1] / ".ci/run").read_text()
