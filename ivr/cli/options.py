"""Options that several commands share, and what they stand for: the script, a language, a file."""

from dataclasses import replace
from pathlib import Path

import click

from ivr.errors import IvrError
from ivr.script.model import Script
from ivr.settings import Settings

prompts_option = click.option(
    "--prompts", type=click.Path(path_type=Path), help="The phone script's folder."
)
output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
)


def settings_with(prompts: Path | None) -> Settings:
    """Return the settings of the environment, with the folder of --prompts if it was given."""
    settings = Settings.from_env()
    return replace(settings, prompts=prompts) if prompts else settings


def script_in(prompts: Path | None) -> Script:
    """Return the script in the folder of --prompts, or of the settings. Raises ScriptError."""
    from ivr.script.load import load

    return load(settings_with(prompts).prompts)


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
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as e:
        raise IvrError(f"{output} cannot be written: {e.strerror}") from None
    click.echo(f"Written to {output}")
