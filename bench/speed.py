"""Measures how fast webhooks are answered: the line, an empty Flask view, and a plain sample.

    python -m bench.speed

All run on the same server with two workers, and are measured in turns, so that the ratios hold on
any machine. The requests are signed and those of whole calls; no two are alike. It needs wrk
(apt-get install wrk).
"""

import argparse
import asyncio
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.calls import HOST, Webhook, webhooks
from bench.open_loop import latencies
from bench.rivals import TOKEN
from bench.served import Served, line, rival

OURS, EMPTY, SAMPLE = "ours", "empty", "sample"
TITLES = {OURS: "ivr", EMPTY: "(a) empty Flask view", SAMPLE: "(b) Flask and twilio, plain"}
CONNECTIONS = 32


def main() -> None:
    """Measure throughput and latency in interleaved rounds, and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    asked = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is missing: apt-get install -y wrk")
    console = Console()
    for rate in (200, 1000):
        with started() as servers:
            console.print(steady(servers, rate, asked.rounds, asked.seconds))
    with started() as servers:
        console.print(throughput(servers, asked.rounds, asked.seconds))
        memory = ", ".join(f"{m:.0f}" for m in servers[0].memory())
        console.print(f"memory of the line's workers: {memory} MiB")


@contextmanager
def started() -> Iterator[list[Served]]:
    """Start the three servers; the line begins with empty records for each table."""
    with ExitStack() as stack:
        servers = [stack.enter_context(line())]
        yield servers + [stack.enter_context(rival(name)) for name in (EMPTY, SAMPLE)]


def throughput(servers: list[Served], rounds: int, seconds: int) -> Table:
    """Return requests a second at full load, and the ratios to (a) and (b) round by round."""
    rounds_of: dict[str, list[tuple[float, float, float, float]]] = {s.name: [] for s in servers}
    drained = []
    for _ in range(rounds):
        for served in servers:
            rounds_of[served.name].append(full_load(served, seconds))
            if served.name == OURS:
                drained.append(drain(served))
    table = Table("", "a second", "of (a)", "times (b)", "p50 ms", "p99 ms", "CPU µs each")
    table.title = f"full load, {CONNECTIONS} connections, {rounds} rounds of {seconds} s, medians"
    for name, rows in rounds_of.items():
        to_a = median(x[0] / a[0] for x, a in zip(rows, rounds_of[EMPTY], strict=True))
        to_b = median(x[0] / b[0] for x, b in zip(rows, rounds_of[SAMPLE], strict=True))
        ms = [f"{median(x[i] for x in rows):.2f}" for i in (1, 2)]
        rate, cpu = f"{median(x[0] for x in rows):,.0f}", f"{median(x[3] for x in rows):.0f}"
        table.add_row(TITLES[name], rate, f"{to_a:.2f}", f"{to_b:.2f}", *ms, cpu)
    table.caption = f"all facts written {median(drained):.0f} s after each round, none dropped"
    return table


def full_load(served: Served, seconds: int) -> tuple[float, float, float, float]:
    """Return requests a second, p50 and p99 in ms, and CPU µs a request, at full load."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        for w in webhooks(12_000 * seconds, TOKEN):
            file.write(f"{w.path}\t{w.signature}\t{w.token}\t{w.body}\n")
        file.flush()
        script = Path(__file__).with_name("load.lua")
        url = f"http://127.0.0.1:{served.port}"
        command = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "-s", str(script)]
        before = served.cpu()
        done = subprocess.run(  # noqa: S603 our own command
            [*command, url, "--", file.name, HOST], capture_output=True, text=True, check=True
        )
    figures = next(x for x in done.stdout.splitlines() if x.startswith("RESULT")).split()[1:]
    count, duration, failed, refused, p50, p99 = (float(x) for x in figures)
    if failed or refused:
        raise SystemExit(f"{served.name}: {failed:.0f} unanswered, {refused:.0f} refused")
    return count / duration * 1e6, p50, p99, (served.cpu() - before) / count * 1e6


def drain(served: Served) -> float:
    """Return the seconds until no fact waits to be written."""
    began = time.monotonic()
    while served.waiting():
        time.sleep(0.2)
    return time.monotonic() - began


def steady(servers: list[Served], rate: int, rounds: int, seconds: int) -> Table:
    """Return latencies at a steady rate, from when a request was due (an open loop)."""
    latencies_of: dict[str, list[list[float]]] = {s.name: [] for s in servers}
    for _ in range(rounds):
        for served in servers:
            sent: list[Webhook] = list(webhooks(rate * seconds, TOKEN))
            latencies_of[served.name].append(asyncio.run(latencies(served.port, sent, rate)))
    table = Table("", "p50 ms", "p99 ms", "of (a)'s p99")
    table.title = f"{rate:,} a second, open loop, {rounds} rounds of {seconds} s, medians"
    p99 = {name: [percentile(x, 99) for x in rows] for name, rows in latencies_of.items()}
    for name, rows in latencies_of.items():
        p50 = median(percentile(x, 50) for x in rows)
        to_a = median(x / a for x, a in zip(p99[name], p99[EMPTY], strict=True))
        table.add_row(TITLES[name], f"{p50:.2f}", f"{median(p99[name]):.2f}", f"{to_a:.2f}")
    return table


def percentile(values: list[float], percent: int) -> float:
    """Return a percentile of some values."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


median = statistics.median

if __name__ == "__main__":
    main()
