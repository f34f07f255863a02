"""Options that several commands share, and what they stand for: the script, a language, a file."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from ivr.errors import IvrError, report_unwritable
from ivr.local_time import parse_local
from ivr.script.model import Script
from ivr.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

PATH, FILE = click.Path(path_type=Path), click.Path(path_type=Path, dir_okay=False)
"""The types of an option for a file or folder, and for a file."""

prompts_option = click.option("--prompts", type=PATH, help="The phone script's folder.")
output_option = click.option("-o", "--output", type=FILE, help="Write to this file.")


def format_option(*formats: str, help: str) -> Callable[[F], F]:  # noqa: A002 click's name
    """Return the option --format, passed as `form`; the first format is the default."""
    kind = click.Choice(formats)
    return click.option("--format", "form", type=kind, default=formats[0], help=help)


def settings_with(prompts: Path | None) -> Settings:
    """Return the settings of the environment, with the folder of --prompts if it was given."""
    settings = Settings.from_env()
    return replace(settings, prompts=prompts) if prompts else settings


def opened(prompts: Path | None) -> tuple[Settings, Script]:
    """Return the settings, and the script that they or --prompts name. Raises ScriptError."""
    from ivr.script.load import load

    settings = settings_with(prompts)
    return settings, load(settings.prompts)


def script_in(prompts: Path | None) -> Script:
    """Return the script in the folder of --prompts, or of the settings. Raises ScriptError."""
    return opened(prompts)[1]


def moment_of(text: str | None, zone: str) -> dt.datetime:
    """Return the moment of an option, or now; see `parse_local`. Raises click.UsageError."""
    try:
        return parse_local(text, zone) if text else dt.datetime.now(dt.UTC)
    except ValueError as e:
        raise click.UsageError(str(e)) from None


def language_of(script: Script, language: str | None) -> str:
    """Return a language of the script; None stands for its default. Raises IvrError."""
    if language is None:
        return script.line.default_language
    if language not in script.words:
        codes = ", ".join(script.words)
        raise IvrError(f'the script has no language "{language}": name one of {codes}')
    return language


def write_output(output: Path | None, text: str) -> None:
    """Write a text to a file, or to the screen if there is no file. Raises IvrError."""
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    with report_unwritable(output):
        output.write_text(text, encoding="utf-8")
    click.echo(f"Written to {output}")
