"""Whether pages slow calls down: signed webhooks at 50 a second, alone and beside 200 busy clients.

    python -m bench.isolation

The clients post wrong passwords and load pages without a pause. The same line, in the same run,
answers calls before and meanwhile; the 99th percentiles are compared, and no call may fail.
"""

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import requests

from bench.calls import webhooks
from bench.open_loop import latencies
from bench.rivals import TOKEN
from bench.served import line

RATE = 50
SECONDS = 12
CLIENTS = 200
MOST_TIMES = 3.0
"""How many times the p99 of an idle line calls may take beside busy clients."""


def p99(port: int) -> float:
    """Return the 99th percentile in milliseconds of webhooks at RATE a second."""
    took = sorted(asyncio.run(latencies(port, list(webhooks(RATE * SECONDS, TOKEN)), RATE)))
    return took[int(len(took) * 0.99)]


def flood(url: str) -> None:
    """Post wrong passwords and load pages from CLIENTS threads until standard input closes."""
    ending = threading.Event()

    def visit(number: int) -> None:
        with requests.Session() as client:
            while not ending.is_set():
                try:
                    page = client.get(f"{url}/sign-in", timeout=30).text
                    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
                    form = {"name": f"n{number}", "password": "a guess", "csrf_token": token}
                    client.post(f"{url}/sign-in", form, timeout=30)
                    client.get(f"{url}/text/en", timeout=30)
                except requests.RequestException:
                    ending.wait(0.2)

    with ThreadPoolExecutor(CLIENTS) as clients:
        for number in range(CLIENTS):
            clients.submit(visit, number)
        sys.stdin.read()
        ending.set()


def main() -> None:
    """Measure, print a table, and exit with 1 if calls took too long."""
    with line() as served:
        url = f"http://127.0.0.1:{served.port}"
        p99(served.port)  # warm
        idle = p99(served.port)
        command = ["nice", "-n", "5", sys.executable, "-m", "bench.isolation", url]
        clients = subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603 our own program
        try:
            threading.Event().wait(3)
            busy = p99(served.port)
        finally:
            clients.communicate()
    print(f"| p99 of webhooks at {RATE} a second | ms |\n|---|---|")
    print(f"| alone | {idle:.1f} |")
    print(f"| beside {CLIENTS} clients | {busy:.1f} ({busy / idle:.1f} times) |")
    sys.exit(busy > MOST_TIMES * idle)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        flood(sys.argv[1])
    else:
        main()
