"""`ivr audio`: make the clips that callers hear, measure them, and print what is to be read."""

from pathlib import Path

import click
from rich.console import Console

from ivr.cli.audio.options import clips_option, prompts_option, rooms, wanted_words
from ivr.cli.audio.render import render
from ivr.errors import EXTRAS, SpeechError, require
from ivr.speech import manifest as kept

_WIDTH = 110
"""Columns that the tables take at least, where they go into a file."""


@click.group()
def audio() -> None:
    """Make the clips that callers hear, and measure them. More in docs/voices.md.

    A prompt without a fresh clip is said by the carrier's own voice, so nothing here is needed to
    answer calls.

    \b
    Example:
      ivr audio render
      ivr audio render --engine kokoro
      ivr audio check
      ivr audio listen --sample 20
      ivr audio sheet es
      ivr audio record
    """


audio.add_command(render)


@audio.command()
@click.option("--all", "everything", is_flag=True, help="Show the clips that are well, too.")
@prompts_option
@clips_option
def check(prompts: Path | None, clips: Path | None, *, everything: bool) -> None:
    """Measure every clip: is it fresh, as loud as the others, without long silence, not too fast?

    Exits 1 if a clip is unfit or words have none. A pace outside 120 to 145 words a minute is only
    told.

    \b
    Example:
      ivr audio check
    """
    require("clips")
    from ivr.cli.audio.table import tables
    from ivr.speech.clip_check import inspect

    _, folder, source = rooms(prompts, clips)
    inspected = inspect(folder, wanted_words(source))
    console = Console(highlight=False)
    console.width = max(console.width, _WIDTH)
    for table in tables(inspected, everything=everything):
        console.print(table)
    for prompt in inspected.missing:
        console.print(f"no clip: {prompt.language} {prompt.prompt}: {prompt.text}", markup=False)
    for file in inspected.stale:
        console.print(f"stale, and not played: {file}", markup=False)
    for line in inspected.refused:
        console.print(f"recording not used: {line}", markup=False, soft_wrap=True)
    if inspected.is_unfit:
        raise SpeechError(f"{inspected.summary}: ivr audio render makes what is missing")
    click.echo(inspected.summary)


@audio.command()
@click.option("--language", help="Only clips of this language.")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Only N clips, here and there.")
@click.option("--all", "everything", is_flag=True, help="Also to clips that were heard before.")
@clips_option
def listen(
    clips: Path | None, language: str | None, sample: int | None, *, everything: bool
) -> None:
    """Let a machine listen to the clips, and print what it heard, the worst first.

    It listens to clips that it has not heard yet, and keeps what it heard beside them. Exits 1 if
    a digit of a key or a telephone number was not heard. It needs `pip install "csec-ivr[listen]"`.

    \b
    Example:
      ivr audio listen --language es --sample 20
    """
    require("listen", EXTRAS["clips"])  # the rest if a clip is to be listened to
    from ivr.cli.audio.listen import listened, told

    settings, folder, _ = rooms(None, clips)
    there = [c for c in kept.read(folder).clips.values() if language in {None, c.language}]
    chosen = there[:: max(len(there) // sample, 1)] if sample else there
    hearings, new = listened(folder, chosen, settings.models, everything=everything)
    for line in told(hearings):
        click.echo(line)
    missed = sum(bool(one.missed) for one in hearings)
    summary = (
        f"{len(chosen)} clips, {new} of them listened to now; in {missed} a word that matters was"
        " not heard"
    )
    if unheard := sum(not one.digits for one in hearings):
        raise SpeechError(f"{summary}; in {unheard} a digit was not heard")
    click.echo(f"{summary}; every digit was")


@audio.command()
@prompts_option
@clips_option
def record(prompts: Path | None, clips: Path | None) -> None:
    """Tell how to record prompts by phone, and how many each language has of your own.

    Give the recording menu a PIN with IVR_RECORDING_PIN, and let "a call comes in" of a number of
    yours, other than the line's, post to /record. It reads each prompt, records it and plays it.

    \b
    Example:
      IVR_RECORDING_PIN=314159 ivr audio record
    """
    from ivr.speech.recorded import fresh

    settings, folder, source = rooms(prompts, clips)
    root = settings.public_url or "http://127.0.0.1:5000"
    if settings.recording_pin:
        click.echo(f"The recording menu is at {root}/record: call it, and enter the PIN.")
    else:
        click.echo("There is no recording menu: set IVR_RECORDING_PIN where ivr serve runs.")
    wanted = wanted_words(source)
    own = fresh(folder, wanted, kept.read(folder).recorded)
    for language in dict.fromkeys(words.language for words in wanted.values()):
        keys = [key for key, words in wanted.items() if words.language == language]
        click.echo(f"{language}: {len(own.keys() & set(keys))} of {len(keys)} recorded")


@audio.command()
@click.argument("language")
@prompts_option
def sheet(language: str, prompts: Path | None) -> None:
    """Print what a reader is to say in LANGUAGE, and the name under which to save each recording.

    \b
    Example:
      ivr audio sheet es
    """
    from ivr.speech.recorded import file_names

    _, _, source = rooms(prompts, None)
    wanted = wanted_words(source)
    if language not in {words.language for words in wanted.values()}:
        raise SpeechError(f'the script has no language "{language}"')
    names = file_names(wanted)
    for key, words in wanted.items():
        if words.language == language:
            pace = "  (slowly)" if words.slow else ""
            click.echo(f"{names[key]}{pace}\n    {words.text}\n")
