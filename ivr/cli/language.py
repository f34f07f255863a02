"""`ivr language`: prepare a language that callers do not hear yet."""

import re
from pathlib import Path

import click

from ivr.cli.options import prompts_option, settings_with
from ivr.errors import IvrError
from ivr.problem import ScriptError
from ivr.script.line import LANGUAGE_CODE
from ivr.script.load import read_parts
from ivr.script.yaml_edit import put_in_file, save

_NEW_FILE = """\
# yaml-language-server: $schema=schema/words.json
# Texts in {code}. Callers hear them when line.yaml has it on the air; docs/languages.md.

prompts: {{}}
"""


@click.group()
def language() -> None:
    """Prepare a language: callers hear it only when it is complete and reviewed.

    \b
    Example:
      ivr language add pl
      ivr translate pl --export pl.po
      ivr check --language pl
    """


@language.command()
@click.argument("code")
@click.option("--voice", help="The carrier's voice.  [default: the first that speaks it]")
@click.option(
    "--bridge", metavar="NAME", help="Few texts, and an interpreter in NAME, as in English."
)
@click.option(
    "--recorded", is_flag=True, help="No voice speaks it: people record all of its texts."
)
@prompts_option
def add(
    code: str, voice: str | None, bridge: str | None, prompts: Path | None, *, recorded: bool
) -> None:
    """Add the language CODE, off the air: an entry in line.yaml, and a file for its texts.

    CODE is that of BCP 47: vi, pt-BR, zh-Hant. The line is published as before.

    \b
    Example:
      ivr language add pl
      ivr language add am --bridge Amharic
      ivr language add zh-Hant --voice Polly.Hiujin-Neural
      ivr language add so --bridge Somali --recorded
    """
    if voice and recorded:
        raise click.UsageError("a language with --recorded has no --voice")
    folder = settings_with(prompts).prompts
    parts, files, problems = read_parts(folder)
    if parts.line is None:
        raise ScriptError([p for p in problems if p.path == str(files.line.path)])
    path = files.line.path
    if not re.fullmatch(LANGUAGE_CODE, code):
        raise IvrError(f'"{code}" is no language code: write it like vi, pt-BR or zh-Hant')
    if ("languages", code) in files.line.marks:
        at = f"{path}:{files.line.at(('languages', code))[0]}"
        raise IvrError(f'{at}: "{code}" is there already: run ivr check --language {code}')
    entry: dict[str, object] = {"recorded": True, "on_air": False}
    if not recorded:
        entry = _spoken(code, voice)
    if bridge:
        entry |= {"tier": "bridge", "called": {parts.line.default_language: bridge}}
    words = folder / f"{code}.yaml"
    if not words.exists():
        save(words, _NEW_FILE.format(code=code))
    put_in_file(path, ("languages",), code, entry)
    speaker = "people, who record it" if recorded else entry["voice"]
    click.echo(f"{path}: languages: {code}, off the air, spoken by {speaker}")
    click.echo(f"{words}: the file for its texts; now run: ivr translate {code} --export {code}.po")


def _spoken(code: str, voice: str | None) -> dict[str, object]:
    """Return the entry of a language that a voice speaks. Raises IvrError if none does."""
    from ivr.checks.voices import example, languages_of, recognised, tags_of

    tags = list(languages_of(voice)) if voice else tags_of(code)
    if not tags and voice:
        raise IvrError(
            f'the carrier has no voice "{voice}": name one with --voice; docs/languages.md tells'
            " where they are listed"
        )
    if not tags:
        raise IvrError(f"no voice speaks {code}: add it with --recorded, and record its texts")
    entry: dict[str, object] = {
        "voice": voice or example(tags[0]),
        "speech": tags[0],
        "on_air": False,
    }
    if tags[0] not in (heard_as := recognised(code)):
        entry["recognised"] = next(iter(heard_as), False)
    return entry
