"""`ivr bench calls`: a load test with many whole calls at once."""

import asyncio
import statistics
from collections.abc import Sequence

import click
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from ivr.errors import PhoneError
from ivr.phone.load_generator import Load, Tally, make_calls
from ivr.phone.scenario.run import check
from ivr.settings import Settings

WAYS = ("", "1", "1,1", "1,#", "1,1,7,*", "0")
"""The acts of the callers, in turn; then each is silent until a number rings or the call ends."""

REFRESH_SECONDS = 0.5
"""Seconds between two updates of the table."""


@click.group()
def bench() -> None:
    """Measure a line.

    \b
    Example:
      ivr bench calls http://127.0.0.1:5000/voice --calls 100 --rate 10
    """


@bench.command()
@click.argument("url")
@click.option("--calls", default=100, type=click.IntRange(1), help="Calls to make.")
@click.option("--rate", default=10.0, help="New calls a second.")
@click.option("--pause", default=2.0, help="Seconds that a caller takes to act.")
@click.option(
    "--keys",
    multiple=True,
    help="Acts, as for `ivr call`; if given several times, callers take turns.",
)
def calls(url: str, calls: int, rate: float, pause: float, keys: Sequence[str]) -> None:
    """Make whole calls to the line at URL, many at once, and check every answer.

    The line records them like other calls. No number is dialled. A call is good if it leads to a
    person or a whole number, as for `ivr call --keys`. Exits 1 if a call failed. Requests are
    signed with the token in TWILIO_AUTH_TOKEN.

    \b
    Example:
      ivr bench calls http://127.0.0.1:5000/voice --calls 1000 --rate 100
    """
    if rate <= 0 or pause < 0:
        raise click.UsageError("--rate must be above 0, and --pause must not be negative")
    ways = [[act.strip() for act in way.split(",") if act.strip()] for way in keys or WAYS]
    for act in (act for way in ways for act in way):
        check(act)
    tokens = Settings.from_env().auth_tokens
    load = Load(url, tokens[0] if tokens else None, calls, rate, ways, pause)
    tally = Tally()
    asyncio.run(_watched(load, tally))
    if tally.failed:
        raise PhoneError(f"{tally.failed.total()} of {calls} calls failed")


async def _watched(load: Load, tally: Tally) -> None:
    making = asyncio.create_task(make_calls(load, tally))
    with Live(table(tally, load.calls), console=Console()) as live:
        while not making.done():
            await asyncio.wait([making], timeout=REFRESH_SECONDS)
            live.update(table(tally, load.calls))
    await making


def table(tally: Tally, calls: int) -> Table:
    """Return a table with the results of the calls so far."""
    shown = Table(show_header=False)
    shown.add_row("calls ended", f"{tally.ended:,} of {calls:,}")
    shown.add_row("at once, now and at most", f"{tally.now:,}, {tally.most:,}")
    shown.add_row("failed", f"{tally.failed.total():,}")
    shown.add_row("answers", f"{len(tally.took):,}")
    if len(tally.took) > 1:
        cuts = statistics.quantiles(tally.took, n=1000, method="inclusive")
        for name, at in (("p50", 500), ("p90", 900), ("p99", 990), ("p99.9", 999)):
            shown.add_row(f"{name} ms", f"{cuts[at - 1]:.1f}")
        shown.add_row("slowest ms", f"{max(tally.took):.1f}")
    for why, count in tally.failed.most_common(5):
        shown.add_row(f"failed {count:,}", escape(why))
    return shown
