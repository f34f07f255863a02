"""Measures how answer times and memory grow with the number of calls at once, as `ivr bench` does.

    python -m bench.growth

It prints a table, and writes a plot to docs/performance-growth.svg.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pygal
from pygal.style import CleanStyle
from rich.console import Console
from rich.table import Table

from bench.rivals import TOKEN
from bench.served import ROOT, Served, line
from ivr.cli.bench import WAYS
from ivr.phone.load_generator import Load, Tally, make_calls

PAUSE = 2.0
"""Mean seconds before a caller acts."""

PLOT = Path(__file__).parent.parent / "docs" / "performance-growth.svg"
STARTS = 5
"""Times that a start is measured."""


def main() -> None:
    """Print and plot the growth, then the time that a start takes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, nargs="+", default=[10, 100, 500, 1000, 2000])
    asked = parser.parse_args()
    console = Console()
    with line() as served:
        rows = [measured(served, calls) for calls in asked.calls]
    table = Table("calls at once", "failed", "answers a second", "p50 ms", "p99 ms", "MiB a worker")
    table.title = "whole calls, two workers"
    for row in rows:
        table.add_row(*[f"{value:,.4g}" for value in row])
    console.print(table)
    plot(rows)
    console.print("from start to the first answer:", *[f"{s:.2f}" for s in starts()], "s")
    console.print("ivr --help:", *[f"{s:.2f}" for s in helps()], "s")


def measured(served: Served, calls: int) -> tuple[float, ...]:
    """Return calls at once, failed, answers a second, p50 and p99 in ms, and MiB of a worker."""
    ways = [[act for act in way.split(",") if act] for way in WAYS]
    url = f"http://127.0.0.1:{served.port}/voice"
    tally = Tally()
    began = time.monotonic()
    asyncio.run(make_calls(Load(url, TOKEN, calls, calls / PAUSE, ways, PAUSE), tally))
    seconds = time.monotonic() - began
    cuts = statistics.quantiles(tally.took, n=100, method="inclusive")
    memory = statistics.mean(served.memory())
    rate = len(tally.took) / seconds
    return tally.most, tally.failed.total(), rate, cuts[49], cuts[98], memory


def plot(rows: list[tuple[float, ...]]) -> None:
    """Plot the latency by calls at once."""
    chart = pygal.XY(
        style=CleanStyle,
        title="milliseconds to an answer, by calls at once",
        x_title="calls at once",
        js=(),
        width=800,
        height=400,
    )
    for name, at in (("p50", 3), ("p99", 4)):
        chart.add(name, [(row[0], round(row[at], 2)) for row in rows])
    PLOT.write_bytes(chart.render())


def starts() -> list[float]:
    """Return the seconds from the command to the first answer, if the script was checked today."""
    seconds = []
    with tempfile.TemporaryDirectory() as state:
        for _ in range(STARTS + 1):
            began = time.monotonic()
            with line(IVR_STATE=state):
                seconds.append(time.monotonic() - began)
    return seconds[1:]


def helps() -> list[float]:
    """Return the seconds that `ivr --help` takes."""
    seconds = []
    for _ in range(STARTS):
        began = time.monotonic()
        command = [sys.executable, "-m", "ivr", "--help"]
        subprocess.run(command, check=True, cwd=ROOT, env=dict(os.environ), capture_output=True)  # noqa: S603, TID251 ours
        seconds.append(time.monotonic() - began)
    return seconds


if __name__ == "__main__":
    main()
