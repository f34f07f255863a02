"""Compares WSGI servers for the line: throughput, latency, reload, a killed worker, slow clients.

    pip install waitress cheroot pyuwsgi
    python -m bench.servers

Each server runs the line's application, with two workers of eight threads if it has workers. They
are measured in turns, so that the ratios to granian hold on any machine. It needs wrk (apt-get
install wrk).
"""

import argparse
import asyncio
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from math import isnan, nan
from pathlib import Path

import requests
from rich.console import Console
from rich.table import Table

from bench.calls import HOST, Webhook, webhooks
from bench.open_loop import latencies
from bench.rivals import TOKEN
from bench.served import Served, line, running
from bench.speed import drain, full_load, median, percentile
from tests.serving import free_port

GRANIAN = "granian"
APP = "ivr.web.worker:create"
PYTHON = (sys.executable, "-m")
SLOW_CLIENTS = 100
CALLERS = 8
ASKED_MEANWHILE = 10
WORKERS = 2
START_SECONDS = 90
PATIENCE_SECONDS = 5
"""Seconds after which an answer is too late: a carrier waits 15, but a caller hangs up."""

COMMANDS: dict[str, tuple[str, ...]] = {
    "gunicorn gthread": (*PYTHON, "gunicorn", "-c", "deploy/gunicorn.conf.py"),
    "uWSGI": (
        *(str(Path(sys.executable).with_name("uwsgi")), "--http11-socket", "{bind}"),
        *("--venv", sys.prefix, "--module", f"{APP}()", "--master", "--processes", "2"),
        *("--threads", "8", "--enable-threads", "--lazy-apps", "--single-interpreter"),
        *("--disable-logging", "--die-on-term"),
    ),
    "waitress": (*PYTHON, "bench.servers", "--serve", "waitress", "--port", "{port}"),
    "cheroot": (*PYTHON, "bench.servers", "--serve", "cheroot", "--port", "{port}"),
}
RELOADED = {GRANIAN, "gunicorn gthread", "uWSGI"}
"""The servers whose workers SIGHUP replaces; the others are one process."""


@dataclass
class Row:
    """The results of a server."""

    rates: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    reload: str = "cannot"
    killed: str = "the line is gone"
    slow: str = ""


def main() -> None:
    """Measure all servers, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--serve", choices=["waitress", "cheroot"], help="for the command itself")
    parser.add_argument("--port", type=int)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve, asked.port)
        return
    with ExitStack() as stack:
        servers = {GRANIAN: stack.enter_context(line())}
        servers |= {name: stack.enter_context(other(name)) for name in COMMANDS}
        rows = {name: Row() for name in servers}
        for _ in range(asked.rounds):
            for name, served in servers.items():
                rows[name].rates.append(rate(served, asked.seconds))
                drain(served)
            for name, served in servers.items():
                rows[name].p99.append(slowest(served, asked.seconds))
                drain(served)
        for name, served in servers.items():
            rows[name].slow = with_slow_clients(served)
            if name in RELOADED:
                rows[name].reload = under_load(served, reloads)
                rows[name].killed = under_load(served, kills)
            print(name, rows[name])
    Console().print(table(rows))


def rate(served: Served, seconds: int) -> float:
    """Return requests a second at full load; "nan" if some are not answered."""
    try:
        return full_load(served, seconds)[0]
    except SystemExit as e:
        print(e)
        return nan


def slowest(served: Served, seconds: int) -> float:
    """Return p99 in ms at 200 requests a second; "nan" if kept-alive connections are dropped."""
    try:
        return percentile(asyncio.run(latencies(served.port, list(_sent(seconds)), 200)), 99)
    except ExceptionGroup as e:
        print(served.name, e)
        return nan


def _sent(seconds: int) -> Iterator[Webhook]:
    return webhooks(200 * seconds, TOKEN)


def table(rows: dict[str, Row]) -> Table:
    """Return the table of results, with ratios to granian in the same round."""
    shown = Table("", "times granian", "p99 times granian's", "reload", "killed", "slow clients")
    first = rows[GRANIAN]
    for name, row in rows.items():
        of = [
            median(x / y for x, y in zip(ours, theirs, strict=True))
            for ours, theirs in ((row.rates, first.rates), (row.p99, first.p99))
        ]
        ratios = ("drops connections" if isnan(x) else f"{x:.2f}" for x in of)
        shown.add_row(name, *ratios, row.reload, row.killed, row.slow)
    shown.caption = (
        f"granian: {median(first.rates):,.0f} a second; p99 {median(first.p99):.1f} ms at 200"
    )
    return shown


@contextmanager
def other(name: str) -> Iterator[Served]:
    """Serve the line's application with another server."""
    port = free_port()
    command = [part.format(port=port, bind=f"127.0.0.1:{port}") for part in COMMANDS[name]]
    with tempfile.TemporaryDirectory() as room:
        variables = {
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "PYTHONPATH": os.pathsep.join(sys.path),  # for uWSGI, which restarts itself
            "IVR_BIND": f"127.0.0.1:{port}",
            "WEB_CONCURRENCY": "2",
            "PROMETHEUS_MULTIPROC_DIR": room,
        }
        with running(name, command, port, variables) as served:
            yield served


def serve(name: str, port: int) -> None:
    """Serve the line's application in this process, with a server that has no command."""
    from ivr.web.worker import create

    app = create()
    if name == "waitress":
        import waitress

        waitress.serve(app, host="127.0.0.1", port=port, threads=16, _quiet=True)
        return
    from cheroot.wsgi import Server

    Server(("127.0.0.1", port), app, numthreads=16).safe_start()


# ── Events under load ────────────────────────────────────────────────────


def under_load(served: Served, happens: Callable[[Served], None]) -> str:
    """Return how many of the requests around an event failed, each on its own connection."""
    over, took = threading.Event(), list[bool]()
    sent = cycle(list(webhooks(5_000, TOKEN)))
    lock = threading.Lock()

    def call() -> None:
        while not over.is_set():
            with lock:
                webhook = next(sent)
            took.append(ask(served, webhook))
            time.sleep(0.02)

    callers = [threading.Thread(target=call) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    time.sleep(1)
    happens(served)
    time.sleep(8)
    over.set()
    for caller in callers:
        caller.join()
    return f"{took.count(False)} of {len(took)} failed"


def reloads(served: Served) -> None:
    """Ask for new workers."""
    served.process.send_signal(signal.SIGHUP)


def kills(served: Served) -> None:
    """Kill a worker, once the reload before it is done."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and served.process.poll() is None:
        if len(workers := served.workers()) >= WORKERS:
            os.kill(workers[-1], signal.SIGKILL)
            return
        time.sleep(0.1)


def with_slow_clients(served: Served) -> str:
    """Return how many requests are answered in time while 100 others are never finished."""
    slow = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(SLOW_CLIENTS)]
    for i, client in enumerate(slow):
        head = b"POST /voice HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n"
        client.sendall(head + (b"\r\nDigits=" if i % 2 else b"X-Slow: "))
    time.sleep(0.5)
    done = sum(ask(served, webhook) for webhook in webhooks(ASKED_MEANWHILE, TOKEN))
    for client in slow:
        client.close()
    time.sleep(1)
    return f"{done} of {ASKED_MEANWHILE} answered"


def ask(served: Served, webhook: Webhook) -> bool:
    """Make a request; return whether it was answered in time and successfully."""
    headers = {
        "Host": HOST,
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": webhook.signature,
        "I-Twilio-Idempotency-Token": webhook.token,
    }
    url = f"http://127.0.0.1:{served.port}{webhook.path}"
    try:
        return requests.post(url, webhook.body, headers=headers, timeout=PATIENCE_SECONDS).ok
    except requests.RequestException:
        return False


if __name__ == "__main__":
    main()
