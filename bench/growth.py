"""How answers and memory grow with the calls that go on at once: whole calls, by `ivr bench calls`.

    python -m bench.growth

Writes the table to the screen and the plot to docs/performance-growth.svg.
"""

import argparse
import asyncio
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from jinja2 import Template
from rich.console import Console
from rich.table import Table

from bench.rivals import TOKEN
from bench.served import ROOT, Served, line
from ivr.cli.bench import WAYS
from ivr.phone.load_generator import Load, Tally, make_calls

PAUSE = 2.0
PLOT = Path(__file__).parent.parent / "docs" / "performance-growth.svg"
STARTS = 5


def main() -> None:
    """Print and plot the growth, then how long a start takes."""
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
    """Return at once, failed, answers a second, p50, p99, memory, for so many calls at once."""
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
    """Draw latency over calls at once."""
    template = Template(
        Path(__file__).with_name("growth.svg.jinja").read_text(),
        trim_blocks=True,
        autoescape=True,
    )
    lines = {
        name: [(int(row[0]), round(row[at], 2)) for row in rows]
        for name, at in (("p50", 3), ("p99", 4))
    }
    drawn = template.render(
        title="milliseconds to an answer, by calls at once",
        below="calls at once",
        lines=lines.items(),
        marks_x=marks(max(row[0] for row in rows)),
        marks_y=marks(max(row[4] for row in rows)),
    )
    PLOT.write_text(drawn + "\n")


def marks(most: float) -> list[int]:
    """Return round figures from 0 to what is just above the most: 4 to 10 of them."""
    for step in (round(n * 10**power) for power in range(7) for n in (1, 2, 5)):
        if step * 10 > most:
            break
    return list(range(0, math.ceil(most / step) * step + 1, step))


def starts() -> list[float]:
    """Return the seconds from the command to the first answer, of a script checked before today."""
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
