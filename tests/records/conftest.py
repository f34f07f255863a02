"""Databases for the records: SQLite files, and a PostgreSQL server of the tests' own."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.settings import Settings
from tests.lines import TOKEN

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
ACCOUNT = "postgres"


class Server:
    """A PostgreSQL server on a free port of 127.0.0.1, which can be stopped and started."""

    def __init__(self, room: Path) -> None:
        program = shutil.which("initdb") or (str(PROGRAMS[-1]) if PROGRAMS else None)
        assert program, "PostgreSQL's programs are missing: apt-get install -y postgresql"
        self.bin = Path(program).resolve().parent
        self.data = room / "data"
        self.log = room / "log"
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = int(s.getsockname()[1])
        if os.getuid() == 0:
            shutil.chown(room, ACCOUNT)
        self._run("initdb", "-D", self.data, "-A", "trust", "-U", "ivr", "-N", "-E", "UTF8")
        self.start()

    def start(self) -> None:
        options = f"-p {self.port} -h 127.0.0.1 -k '' -c fsync=off"
        self._run("pg_ctl", "-D", self.data, "-l", self.log, "-o", options, "-w", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it take connections and statements, and do nothing."""
        main = int((self.data / "postmaster.pid").read_text().split()[0])
        processes = processes_of([main])
        _signal(processes, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(processes, signal.SIGCONT)

    def new_database(self) -> str:
        name = f"records_{time.monotonic_ns()}"
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "ivr", name)
        return f"postgresql://ivr@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: object) -> None:
        # The server refuses to run as root.
        account = ["runuser", "-u", ACCOUNT, "--"] if os.getuid() == 0 else []
        command = [*account, str(self.bin / program), *map(str, arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


def processes_of(pids: Sequence[int]) -> list[int]:
    """Return some processes and their children."""
    processes = list(pids)
    for pid in pids:
        children = Path(f"/proc/{pid}/task/{pid}/children")
        processes += [int(child) for child in children.read_text().split()]
    return processes


def _signal(pids: Sequence[int], number: signal.Signals) -> None:
    """Send a signal to each; one that was ending as it was found is gone by now."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    room = Path(tempfile.mkdtemp(prefix="pg-"))  # pytest's own folders are closed to others
    server = Server(room)
    yield server
    server.stop()
    shutil.rmtree(room)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def settings(request: pytest.FixtureRequest, state: Path) -> Settings:
    """Return settings with new, empty records, once in each kind of database."""
    sqlite_settings = Settings(auth_tokens=(TOKEN,), state=state)
    if request.param == "sqlite":
        return sqlite_settings
    server = request.getfixturevalue("postgresql")
    return replace(sqlite_settings, database_url=server.new_database())
