"""A line in production dress, a caller in mid-call, and a carrier that asks again."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

import requests

from ivr.phone.call import Call
from ivr.phone.files import Audio, list_audio
from ivr.phone.transport import Answer, Form, HttpTransport
from ivr.phone.twiml.verbs import Refused
from tests.caller import Caller
from tests.lines import TOKEN
from tests.records.conftest import Server, postgresql, processes_of
from tests.serving import (
    IVR,
    PATIENCE_SECONDS,
    REAL,
    UNPROVED_SECONDS,
    Proves,
    answers,
    environment,
    free_port,
    prompts,
    until,
)

__all__ = ["postgresql", "processes_of", "prompts"]

FULL = bool(os.environ.get("IVR_FAULTS_FULL"))
"""Whether faults last as long as in earnest (`make faults`), or a few seconds."""


class Carrier(HttpTransport):
    """Asks again when there is no answer, as a carrier does by its fallback URL, and counts.

    What it is to play, it fetches.
    """

    def __init__(self) -> None:
        super().__init__(TOKEN)
        self.answered = 0
        self.unanswered = 0
        self.played = 0

    def request(self, method: str, url: str, form: Form) -> Answer:
        for _ in range(60):
            with suppress(Refused):
                answer = super().request(method, url, form)
                self.answered += 1
                for clip in re.findall(rb"<Play>([^<]+)</Play>", answer.body):
                    fetched = requests.get(urljoin(url, clip.decode()), timeout=15)
                    assert fetched.ok, f"a caller hears nothing: {fetched.url}"
                    self.played += 1
                return answer
            self.unanswered += 1
            time.sleep(0.5)
        raise AssertionError("no answer in half a minute")


@dataclass
class Line:
    """A served line: what a fault may be done to."""

    port: int
    room: Path
    prompts: Path
    env: dict[str, str]
    server: Server | None = None
    process: subprocess.Popen[bytes] | None = None
    carrier: Carrier = field(default_factory=Carrier)
    through: int = 0
    """The port of a proxy, if calls come through one."""
    within: tuple[str, ...] = ()
    """A command within which it runs."""
    sounds: dict[str, Audio] = field(default_factory=dict)
    """What is heard in its clips."""
    api: int = 0
    """The port where it looks for the carrier's API, if it does."""
    untold: int = 0
    """Turns that are no answers, since something was tried for them in vain."""

    @property
    def state(self) -> Path:
        return self.room / "state"

    @property
    def log(self) -> Path:
        return self.room / "log"

    @property
    def clips(self) -> Path:
        return self.room / "clips"

    def start(self) -> None:
        command = [*IVR, "serve", "--port", str(self.port), "--prompts", str(self.prompts)]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [*self.within, *command, "--workers", "2"],
                env=environment(self.state, **REAL, **self.env),
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        until(lambda: answers(self.port), self.log, UNPROVED_SECONDS)
        self.sounds = list_audio(f"http://127.0.0.1:{self.port}/voice")

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(2 * PATIENCE_SECONDS) == 0, self.log.read_text()

    def end(self) -> None:
        """Stop it whatever state it is in."""
        self.carrier.close()
        if self.process is not None and self.process.poll() is None:
            self.stop()

    def workers(self) -> list[int]:
        return [int(pid) for pid in re.findall(r"with PID:? (\d+)", self.log.read_text())][-2:]

    def call(self) -> Caller:
        call = Call(self.carrier, f"http://127.0.0.1:{self.through or self.port}/voice")
        call.audio.update(self.sounds)
        return Caller(call)

    def steps(self) -> int:
        """Return how many turns are recorded."""
        query = "SELECT count(*) FROM steps"
        if self.server is not None:
            import psycopg

            with psycopg.connect(self.env["IVR_DATABASE_URL"]) as connection:
                row = connection.execute(query).fetchone()
        else:
            with closing(sqlite3.connect(self.state / "records.db")) as connection:
                row = connection.execute(query).fetchone()
        assert row is not None
        return int(row[0])


@contextmanager
def served(
    room: Path,
    prompts: Path,
    proves: Proves,
    server: Server | None,
    prepare: Callable[[Line], None] = lambda _: None,
    **env: str,
) -> Iterator[Line]:
    """Serve a line with records of its own, in SQLite or in a PostgreSQL server."""
    if server is not None:
        env["IVR_DATABASE_URL"] = server.new_database()
    line = Line(free_port(), room, prompts, env, server)
    prepare(line)
    proves(line.prompts, line.state)
    try:
        line.start()
        yield line
    finally:
        line.end()


class Proxy:
    """A proxy on the way to a port, which can drop connections or keep everything back."""

    def __init__(self, to: int) -> None:
        self.to = to
        self.drops = 0
        self.delay = 0.0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                come, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(come,), daemon=True).start()

    def _carry(self, come: socket.socket) -> None:
        with come, suppress(OSError), socket.create_connection(("127.0.0.1", self.to)) as go:
            back = threading.Thread(target=self._back, args=(go, come), daemon=True)
            back.start()
            while data := come.recv(65536):
                time.sleep(self.delay)
                go.sendall(data)
            go.shutdown(socket.SHUT_WR)
            back.join(5)

    def _back(self, go: socket.socket, come: socket.socket) -> None:
        with suppress(OSError):
            while data := go.recv(65536):
                if self.drops:
                    self.drops -= 1
                    come.sendall(data[: len(data) // 2])
                    come.shutdown(socket.SHUT_RDWR)
                    return
                come.sendall(data)

    def close(self) -> None:
        self._listener.close()
