"""`ivr check`: find every problem of a phone script before it answers calls."""

import datetime as dt
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ivr.cli.options import PATH, format_option
from ivr.errors import IvrError
from ivr.problem import Problem
from ivr.script.model import Script
from ivr.script.yaml_source import read_yaml
from ivr.settings import Settings
from ivr.text import count_of


@click.command()
@click.argument("folder", required=False, type=PATH)
@format_option("text", "json", "github", help="How problems are written.")
@click.option("--times", is_flag=True, help="Show how long it takes to reach help, too.")
@click.option("--seconds", is_flag=True, help="Show how long each prompt takes to say, too.")
@click.option("--language", metavar="CODE", help="Check a language as if it were on the air.")
@click.option("--explain", metavar="CHECK", help="Print a check's manual page.")
def check(
    folder: Path | None,
    form: str,
    language: str | None,
    explain: str | None,
    *,
    times: bool,
    seconds: bool,
) -> None:
    """Find every problem of the phone script in FOLDER (default: IVR_PROMPTS, or the shipped one).

    Exits 0 without problems, 1 if there are only warnings, 2 if there are errors; errors keep a
    script from being published.

    \b
    Example:
      ivr check prompts
      ivr check --explain reading
      ivr check --times
      ivr check --language vi
    """
    if explain is not None:
        _explain(explain)
        return
    if form != "text" and (times or seconds):
        raise click.UsageError("--times and --seconds are tables: they go with --format text")
    from ivr.checks.engine.registry import run_checks

    settings = Settings.from_env()
    folder = folder or settings.prompts
    started = time.perf_counter()
    today, also = dt.datetime.now(dt.UTC).date(), _listed_language(folder, language)
    script, problems = run_checks(
        folder, today, settings.state, also=also, clips=settings.clips_in_use
    )
    if form == "text":
        console = Console(soft_wrap=True, highlight=False, emoji=False)
        _list(console, problems)
        if script and times:
            console.print(_times(script))
        if script and seconds:
            console.print(_seconds(script))
        _sum_up(console, folder, script, problems)
        console.print(f"{_counted(problems, also)} ({time.perf_counter() - started:.1f} s)")
    elif form == "json":
        click.echo(json.dumps([asdict(p) for p in problems], indent=1, ensure_ascii=False))
    else:
        for problem in problems:
            click.echo(_for_github(problem))
    levels = {p.level for p in problems}
    sys.exit(2 if "error" in levels else 1 if "warning" in levels else 0)


def _listed_language(folder: Path, language: str | None) -> str:
    """Return a language of line.yaml, or "" for None. Raises IvrError for another one."""
    if language is None:
        return ""
    if ("languages", language) not in (line := read_yaml(folder / "line.yaml")).marks:
        raise IvrError(
            f'{line.path}: languages: "{language}" is not there: run ivr language add {language}'
        )
    return language


def _explain(name: str) -> None:
    from ivr.checks.engine.registry import manual_pages

    manual = manual_pages()
    if name not in manual:
        raise click.UsageError(f'there is no check "{name}"; there are: {", ".join(manual)}')
    click.echo(manual[name])


def _list(console: Console, problems: Sequence[Problem]) -> None:
    """Print the problems, those of a file together; a terminal makes their places links."""
    for _, of_a_file in groupby(problems, lambda problem: problem.path):
        for p in of_a_file:
            colour = "red" if p.level == "error" else "yellow"
            place = f"[bold]{escape(p.path)}:{p.line}:{p.column}[/bold]"
            named = f"[{colour}]{p.level}[/{colour}] [cyan]{escape(p.check)}[/cyan]"
            console.print(f"{place} {named}: {escape(p.text)}: [green]{escape(p.remedy)}[/green]")
        console.print()


def _sum_up(
    console: Console, folder: Path, script: Script | None, problems: Sequence[Problem]
) -> None:
    """Print what was checked, and where to read more."""
    from ivr.checks.exploration import explore
    from ivr.script.review import drafts, notices

    where = escape(str(folder))
    if script is None:
        console.print(f"{where}: not read as a whole: correct this, and check again for the rest")
    else:
        languages = ", ".join(script.every_words)
        walked = explore(script)
        console.print(
            f"{where}: {len(script.graph.nodes)} nodes in {languages};"
            f" {walked.places:,} places visited, {walked.turns:,} different turns heard,"
            f" in {walked.seconds:.1f} s"
        )
        for language, count in drafts(script).items():
            of = len(script.every_words[language].prompts)
            console.print(f"{where}: {count} of {of} texts in {language} are not reviewed")
        for notice in notices(script):
            console.print(f"{where}: {escape(notice.text)}")
    if problems:
        counted = Counter(p.check for p in problems)
        checks = ", ".join(f"{check} {count}" for check, count in counted.most_common())
        more = f"ivr check --explain {next(iter(counted.most_common()))[0]}"
        console.print(f"by check: {checks} (more: {more})")


def _counted(problems: Sequence[Problem], also: str) -> str:
    """Return how many problems there are, and what that means for publishing, or for `also`."""
    errors = sum(p.level == "error" for p in problems)
    warnings = len(problems) - errors
    counts = f"{count_of(errors, 'error')}, {count_of(warnings, 'warning')}"
    colour = "red" if errors else "yellow" if warnings else "green"
    may = f"{also} can go on the air" if also else "can be published"
    may_not = f"{also} cannot go on the air yet" if also else "cannot be published"
    return f"[{colour}]{counts}: {may_not if errors else may}[/{colour}]"


def _for_github(problem: Problem) -> str:
    """Return a problem as a command that GitHub's log shows at the line of the file."""
    where = {"file": problem.path, "line": problem.line, "col": problem.column}
    named = {**where, "title": problem.check}
    properties = ",".join(
        f"{name}={_data(str(value)).translate(_IN_PROPERTY)}" for name, value in named.items()
    )
    return f"::{problem.level} {properties}::{_data(f'{problem.text}: {problem.remedy}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


_IN_PROPERTY = str.maketrans({":": "%3A", ",": "%2C"})


def _times(script: Script) -> Table:
    from ivr.checks.times import times

    table = Table(title="Time to help, at worst", title_justify="left")
    for name in ("language", "way", "to", "", "keys", "seconds", "limit"):
        table.add_column(name, overflow="fold")
    for row in times(script):
        seconds = (
            f"[red]{row.seconds:.0f}[/red]" if row.seconds > row.limit else f"{row.seconds:.0f}"
        )
        names = (row.language, row.way, row.to, row.done, row.keys)
        table.add_row(*map(escape, names), seconds, f"{row.limit:.0f}")
    return table


def _seconds(script: Script) -> Table:
    from ivr.checks.measures.duration import lengths

    languages = list(script.words)
    table = Table(title="How long each prompt takes", title_justify="left")
    table.add_column("prompt", overflow="fold")
    for code in languages:
        table.add_column(f"words {code}")
        table.add_column(f"seconds {code}")
    for length in lengths(script):
        cells = [(str(length.words[c]), f"{length.seconds[c]:.1f}") for c in languages]
        table.add_row(escape(length.prompt), *(cell for pair in cells for cell in pair))
    return table
