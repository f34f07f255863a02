"""`ivr translate`: export the prompts for translators, and import their work."""

from pathlib import Path

import click

from ivr.cli.options import prompts_option, settings_with
from ivr.errors import IvrError
from ivr.problem import ScriptError
from ivr.script.load import SPEAKER, read_parts
from ivr.script.model import Prompt


@click.command()
@click.argument("language")
@click.option("--export", "out", type=click.Path(path_type=Path), help="Write this PO file.")
@click.option("--import", "back", type=click.Path(path_type=Path), help="Import this PO file.")
@click.option("--speaker", is_flag=True, help="The words of a voice assistant.")
@prompts_option
def translate(
    language: str, out: Path | None, back: Path | None, prompts: Path | None, *, speaker: bool
) -> None:
    """Export the prompts of LANGUAGE as a PO file, or import a translated PO file.

    Stale translations and drafts are marked fuzzy; a translation without the mark counts as
    reviewed. A new language needs its entry in line.yaml, but no file.

    \b
    Example:
      ivr translate es --export es.po
      ivr translate es --import es.po
      ivr translate es --speaker --export speaker.po
    """
    if (out is None) == (back is None):
        raise click.UsageError("give either --export FILE or --import FILE")
    from ivr.script import po

    folder = settings_with(prompts).prompts
    words = folder / f"{SPEAKER if speaker else ''}{language}.yaml"
    source, translated = _prompts(folder, language, speaker=speaker)
    if out is not None:
        try:
            po.export_po(source, translated, language).save(str(out))
        except OSError as e:
            raise IvrError(f"{out} cannot be written ({e.strerror})") from None
        new = sum(prompt not in translated for prompt in source)
        click.echo(f"{out}: prompts: {len(source)}, of which new: {new}")
    elif back is not None:
        changed = po.import_po(back, words, source)
        click.echo(f"{words}: prompts changed: {changed}; now run: ivr check {folder}")


def _prompts(
    folder: Path, language: str, *, speaker: bool
) -> tuple[dict[str, Prompt], dict[str, Prompt]]:
    """Return the prompts of the default language and of another, which may have none yet.

    The rest of the script may have problems: missing prompts are the reason to translate.
    """
    parts, files, problems = read_parts(folder)
    if parts.line is None:
        raise ScriptError(problems)
    default = parts.line.default_language
    others = [code for code in parts.line.languages if code != default]
    if language not in others:
        use = f"use one of {', '.join(others)}" if others else "add it to languages in line.yaml"
        raise IvrError(f'"{language}" is not a translation of this script: {use}')
    words, sources = (parts.speaker, files.speaker) if speaker else (parts.words, files.words)
    if speaker and not sources:
        raise IvrError("line.yaml has no assistant: (docs/assistant.md)")
    source, translated = words.get(default), words.get(language)
    unread = {default} if source is None else set()
    unread |= {language} if translated is None and sources[language].path.exists() else set()
    if source is None or unread:
        paths = {str(sources[code].path) for code in unread}
        raise ScriptError([p for p in problems if p.path in paths])
    return source.prompts, translated.prompts if translated else {}
