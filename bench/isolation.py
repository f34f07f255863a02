"""Whether pages slow calls down: signed webhooks at 50 a second, alone and beside 200 busy clients.

    python -m bench.isolation

The clients post wrong passwords and load the sign-in and text pages without a pause; signed-in ones
load reports and voices, and clips are rendered over and over. The same line, in the same run,
answers calls before and meanwhile; the 99th percentiles are compared, and no call may fail.
"""

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from bench.calls import webhooks
from bench.open_loop import latencies
from bench.rivals import TOKEN
from bench.served import ROOT, line
from ivr.accounts import operators
from ivr.database.engine import open_and_migrate
from ivr.priority import start_process
from ivr.settings import Settings
from tests.serving import end_processes

RATE = 50
SECONDS = 12
CLIENTS = 200
SIGNED_IN = 40
"""How many of them are signed in, and load reports and voices."""

NAME, PASSWORD = "bench", "a password for measuring"
MOST_TIMES = 3.0
"""How many times the p99 of an idle line calls may take beside busy clients."""


def p99(port: int) -> float:
    """Return the 99th percentile in milliseconds of webhooks at RATE a second."""
    took = sorted(asyncio.run(latencies(port, list(webhooks(RATE * SECONDS, TOKEN)), RATE)))
    return took[int(len(took) * 0.99)]


def csrf_of(page: str) -> str:
    """Return the token that a page's forms bear."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    return token[1] if token else ""


def sign_in(url: str) -> str:
    """Sign an operator in; return the Cookie header of the session."""
    with requests.Session() as client:
        token = csrf_of(client.get(f"{url}/sign-in", timeout=30).text)
        form = {"name": NAME, "password": PASSWORD, "csrf_token": token}
        answer = client.post(f"{url}/sign-in", form, timeout=30, allow_redirects=False)
        if answer.status_code != requests.codes.found:
            raise SystemExit(f"the operator could not sign in: {answer.status_code}")
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies)


class Visitors:
    """Clients that keep the pages of a line busy until they are told to end."""

    def __init__(self, url: str, cookie: str) -> None:
        self._url = url
        self._signed_in = {"Cookie": cookie}
        self._ending = threading.Event()

    def run(self) -> None:
        """Keep CLIENTS visitors busy until standard input closes."""
        with ThreadPoolExecutor(CLIENTS) as clients:
            for number in range(CLIENTS):
                visit = self._look if number < SIGNED_IN else self._guess
                clients.submit(self._repeat, visit, number)
            sys.stdin.read()
            self._ending.set()

    def _repeat(self, visit: Callable[[int], None], number: int) -> None:
        while not self._ending.is_set():
            try:
                visit(number)
            except requests.RequestException:
                self._ending.wait(0.2)

    def _guess(self, number: int) -> None:
        with requests.Session() as client:
            page = client.get(f"{self._url}/sign-in", timeout=30).text
            form = {"name": f"n{number}", "password": "guess", "csrf_token": csrf_of(page)}
            client.post(f"{self._url}/sign-in", form, timeout=30)
            client.get(f"{self._url}/text/en", timeout=30)

    def _look(self, number: int) -> None:
        with requests.Session() as client:
            client.headers.update(self._signed_in)
            client.get(f"{self._url}/reports", timeout=30)
            page = client.get(f"{self._url}/voices", timeout=30).text
            if number == 0:
                form = {"csrf_token": csrf_of(page), "engine": "pico"}
                client.post(f"{self._url}/voices/render", form, timeout=30)


def main() -> None:
    """Measure, print a table, and exit with 1 if calls took too long."""
    with tempfile.TemporaryDirectory() as clips:
        shutil.copytree(ROOT / "audio", clips, dirs_exist_ok=True)
        measure(Path(clips))


def measure(clips: Path) -> None:
    """Measure with a folder of clips of its own, since they are rendered meanwhile."""
    with line(IVR_CLIPS=str(clips)) as served:
        url = f"http://127.0.0.1:{served.port}"
        served.wait_for_pages()
        operators.add(open_and_migrate(Settings(state=served.state)), NAME, PASSWORD)
        cookie = sign_in(url)
        p99(served.port)  # warm
        idle = p99(served.port)
        command = [sys.executable, "-m", "bench.isolation", url, cookie]
        # Clients do not work on the server's processor.
        clients = start_process(command, stdin=subprocess.PIPE)
        try:
            threading.Event().wait(3)
            busy = p99(served.port)
        finally:
            clients.kill()
            clients.communicate()
            end_processes(str(clips))  # the renderer goes on
    print(f"| p99 of webhooks at {RATE} a second | ms |\n|---|---|")
    print(f"| alone | {idle:.1f} |")
    print(f"| beside {CLIENTS} clients | {busy:.1f} ({busy / idle:.1f} times) |")
    sys.exit(busy > MOST_TIMES * idle)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Visitors(*sys.argv[1:]).run()
    else:
        main()
