"""Two servers behind a balancer: whatever happens to one, no call is lost and records are right."""

import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
import trustme

from ivr.phone.call import Call
from tests.caller import Caller
from tests.faults.conftest import FULL, Carrier, Line, processes_of, served
from tests.records.conftest import Server
from tests.serving import Proves, free_port, until, until_pages_answer

CONFIG = Path(__file__).parents[2] / "deploy" / "many" / "nginx.conf"
HOTLINE = "+18883737888"
PROVING_SECONDS = 150
"""Two servers prove the new script at once, while calls go on."""

CALLERS = 20 if FULL else 6


@contextmanager
def balancer(room: Path, port: int, ports: list[int]) -> Iterator[None]:
    """Run nginx with the shipped configuration, except for its addresses and folder."""
    assert shutil.which("nginx"), "nginx is missing: apt-get install -y nginx-light"
    text = CONFIG.read_text().replace("listen 8443", f"listen 127.0.0.1:{port}")
    text = text.replace("/etc/line-tls", str(room))
    for name, at in zip(("one", "two"), ports, strict=True):
        text = text.replace(f"server {name}:5000", f"server 127.0.0.1:{at}")
    (room / "temp").mkdir()
    (room / "temp").chmod(0o777)
    room.chmod(0o755)
    (room / "line.conf").write_text(text)
    process = subprocess.Popen(["nginx", "-p", str(room), "-c", str(room / "line.conf")])
    try:
        end = time.monotonic() + 20
        while not listens(port):
            assert time.monotonic() < end, "nginx does not listen"
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


@dataclass
class Callers:
    """People who call all the while; when each of their turns was answered."""

    url: str
    over: threading.Event = field(default_factory=threading.Event)
    answered: list[float] = field(default_factory=list)
    calls: int = 0
    asked_again: int = 0

    def keep_calling(self, _: int) -> None:
        carrier = Carrier()
        while not self.over.is_set():
            caller = self._did(Caller(Call(carrier, self.url)), "dial")
            for act, what in (("press", "1"), ("press", "#"), ("press", "7"), ("press", "0")):
                self.over.wait(0.5)
                self._did(caller, act, what)
            caller.is_connected_to(HOTLINE)
            self._did(caller, "ends", "busy").is_listened_to()
            self.calls += 1
        self.asked_again += carrier.unanswered
        carrier.close()

    def _did(self, caller: Caller, act: str, *what: str) -> Caller:
        getattr(caller, act)(*what)
        self.answered.append(time.monotonic())
        return caller


@pytest.mark.timeout(300)
def test_no_call_is_lost_while_servers_die_restart_and_take_a_new_script(
    tmp_path: Path,
    prompts: Path,
    proves: Proves,
    postgresql: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = free_port()
    url = f"https://127.0.0.1:{port}"
    authority, authority_file = trustme.CA(), tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(authority_file)
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(authority_file))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority_file))
    env = {"IVR_SECRET_KEY": "s" * 32, "IVR_PUBLIC_URL": url}
    env["IVR_DAY_KEYS"] = str(tmp_path / "day-keys")
    with ExitStack() as stack:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
        one = stack.enter_context(served(tmp_path / "one", prompts, proves, postgresql, **env))
        shared = {**env, "IVR_DATABASE_URL": one.env["IVR_DATABASE_URL"]}
        two = Line(free_port(), tmp_path / "two", prompts, shared, postgresql)
        proves(prompts, two.state)
        stack.callback(two.end)
        two.start()
        (tmp_path / "nginx").mkdir()
        certificate = authority.issue_cert("127.0.0.1")
        certificate.private_key_pem.write_to_path(tmp_path / "nginx" / "privkey.pem")
        for part in certificate.cert_chain_pems:
            part.write_to_path(tmp_path / "nginx" / "fullchain.pem", append=True)
        stack.enter_context(balancer(tmp_path / "nginx", port, [one.port, two.port]))
        callers = Callers(f"{url}/voice")
        with ThreadPoolExecutor(CALLERS) as pool:
            making = [pool.submit(callers.keep_calling, i) for i in range(CALLERS)]
            try:
                time.sleep(2)
                killed = kill(one)
                time.sleep(2)
                one.start()
                two.stop()
                two.start()
                take_a_new_script(prompts, [one, two], url)
            finally:
                callers.over.set()
            for caller in making:
                caller.result()
        one.stop()
        at_risk = sum(killed - 1 <= at <= killed + 0.1 for at in callers.answered)
        asked = len(callers.answered)
        until(lambda: one.steps() >= asked - at_risk, two.log)  # the other still writes
        recorded = one.steps()
    assert callers.calls >= CALLERS
    assert recorded <= asked + callers.asked_again
    assert callers.asked_again == 0, "the balancer let a carrier wait"


def kill(line: Line) -> float:
    assert line.process is not None
    doomed = processes_of([line.process.pid])
    for pid in doomed:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    line.process.wait(10)
    return time.monotonic()


def take_a_new_script(prompts: Path, lines: list[Line], url: str) -> None:
    words = prompts / "en.yaml"
    text = re.sub(r"(?m)^  main\.welcome:.*$", "  main.welcome: A new welcome.", words.read_text())
    words.write_text(text)
    for line in lines:
        assert line.process is not None
        line.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + PROVING_SECONDS
    while not all("the script was read again" in line.log.read_text() for line in lines):
        assert time.monotonic() < end, "the new script is not read"
        time.sleep(0.2)
    for line in lines:
        until_pages_answer(f"http://127.0.0.1:{line.port}", line.log)
    until(lambda: requests.get(f"{url}/text/en", timeout=9).ok)
    time.sleep(3)  # the last old workers go
