"""What the commands share that write a script out: which one, in which language, where to."""

from pathlib import Path

import click

from ivr.errors import IvrError
from ivr.script.load import load
from ivr.script.model import Script
from ivr.settings import Settings


def script_in(prompts: Path | None) -> Script:
    """Return the script of a folder, or of the settings' one. Raises ScriptError."""
    return load(prompts or Settings.from_env().prompts)


def language_of(script: Script, language: str | None) -> str:
    """Return a language of the script, its default without one. Raises IvrError."""
    if language is None:
        return script.line.default_language
    if language not in script.words:
        codes = ", ".join(script.words)
        raise IvrError(f'the script has no language "{language}": name one of {codes}')
    return language


def written_to(output: Path | None, text: str) -> None:
    """Write a text to a file, or to the screen without one. Raises IvrError."""
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as e:
        raise IvrError(f"{output} cannot be written: {e.strerror}") from None
    click.echo(f"Written to {output}")
