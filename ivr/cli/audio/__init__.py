"""`ivr audio`: make the clips that callers hear, check them, and print the words to record."""

from pathlib import Path

import click
from rich.console import Console

from ivr.cli.audio.options import clips_option, folders, words_to_make
from ivr.cli.audio.render import render
from ivr.cli.options import prompts_option
from ivr.errors import EXTRAS, SpeechError, require
from ivr.speech.manifest import read_manifest

_WIDTH = 110
"""The least columns of the tables, for output that goes into a file."""


@click.group()
def audio() -> None:
    """Make the clips that callers hear, and check them. More in docs/voices.md.

    The carrier's own voice says a prompt without a fresh clip, so calls are answered without
    clips, too.

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
@click.option("--all", "everything", is_flag=True, help="Show the good clips, too.")
@prompts_option
@clips_option
def check(prompts: Path | None, clips: Path | None, *, everything: bool) -> None:
    """Check that every clip is fresh, as loud as the others, and without long silences.

    Exits 1 if a clip is unfit or missing. A pace outside of 120 to 145 words a minute is listed for
    information only.

    \b
    Example:
      ivr audio check
    """
    require("clips")
    from ivr.cli.audio.table import tables
    from ivr.explore.utterances import all_utterances
    from ivr.script.load import load
    from ivr.speech.clip_check import inspect

    _, folder, source = folders(prompts, clips)
    script = load(source)
    inspected = inspect(folder, all_utterances(script))
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
        alone = script.line.recorded_languages
        waiting = sorted({words.language for words in inspected.missing} & alone)
        sheets = "".join(f"; ivr audio sheet {code}: what to record" for code in waiting)
        raise SpeechError(f"{inspected.summary}: ivr audio render makes the missing clips{sheets}")
    click.echo(inspected.summary)


@audio.command()
@click.option("--language", help="Only clips of this language.")
@click.option(
    "--sample", type=click.IntRange(1), metavar="N", help="Only N clips, spread over all."
)
@click.option(
    "--all", "everything", is_flag=True, help="Also the clips that were recognized before."
)
@clips_option
def listen(
    clips: Path | None, language: str | None, sample: int | None, *, everything: bool
) -> None:
    """Check the clips by speech recognition, and print the differences, the worst first.

    Only new clips are recognized; the transcripts are stored beside the clips. Exits 1 if a digit
    of a key or a telephone number was not recognized. It needs `pip install "csec-ivr[listen]"`.
    Clips in languages that no voice speaks are left out: people listen to them.

    \b
    Example:
      ivr audio listen --language es --sample 20
    """
    require("listen", EXTRAS["clips"])  # the rest if a clip is to be listened to
    from ivr.cli.audio.listen import listen_to, report_lines
    from ivr.script.load import load

    settings, folder, source = folders(None, clips)
    of_line = load(source).line
    voiced = of_line.languages.keys() - of_line.recorded_languages
    every = [c for c in read_manifest(folder).clips.values() if language in {None, c.language}]
    listed = [clip for clip in every if clip.language in voiced]
    for code in sorted({clip.language for clip in every} - voiced):
        click.echo(f"{code}: no ear understands it: people listen to its clips")
    chosen = listed[:: max(len(listed) // sample, 1)] if sample else listed
    hearings, new = listen_to(folder, chosen, settings.models, everything=everything)
    for line in report_lines(hearings):
        click.echo(line)
    missed = sum(bool(one.missed_words) for one in hearings)
    summary = (
        f"{len(chosen)} clips, {new} of them listened to now; in {missed} a word that matters was"
        " not heard"
    )
    if unheard := sum(not one.has_all_digits for one in hearings):
        raise SpeechError(f"{summary}; in {unheard} a digit was not heard")
    click.echo(f"{summary}; every digit was")


@audio.command()
@prompts_option
@clips_option
def record(prompts: Path | None, clips: Path | None) -> None:
    """Print how to record prompts by phone, and how many recordings each language has.

    Set a PIN for the recording menu with IVR_RECORDING_PIN. At the carrier, let "a call comes in"
    of another number than the line's post to /record. The menu reads each prompt, records it and
    plays it back.

    \b
    Example:
      IVR_RECORDING_PIN=314159 ivr audio record
    """
    from ivr.speech.recorded import fresh

    settings, folder, source = folders(prompts, clips)
    root = settings.public_url or "http://127.0.0.1:5000"
    if settings.recording_pin:
        click.echo(f"The recording menu is at {root}/record: call it, and enter the PIN.")
    else:
        click.echo("There is no recording menu: set IVR_RECORDING_PIN for ivr serve.")
    wanted, alone, waiting = words_to_make(source)
    own = fresh(folder, wanted, read_manifest(folder).recorded)
    for language in dict.fromkeys(words.language for words in wanted.values()):
        keys = [key for key, words in wanted.items() if words.language == language]
        if language in alone:  # slow clips are made from the others
            keys = [key for key in keys if not wanted[key].slow]
        click.echo(f"{language}: {len(own.keys() & set(keys))} of {len(keys)} recorded")
    for line in waiting:
        click.echo(line)


@audio.command()
@click.argument("language")
@prompts_option
def sheet(language: str, prompts: Path | None) -> None:
    """Print the words to record in LANGUAGE, and the file name for each recording.

    In a language that no voice speaks (recorded: true), slow clips are made from the normal ones.

    \b
    Example:
      ivr audio sheet es
    """
    from ivr.speech.recorded import file_names

    _, _, source = folders(prompts, None)
    wanted, alone, waiting = words_to_make(source)
    if why := next((line for line in waiting if line.startswith(f"{language}: ")), ""):
        raise SpeechError(why)
    if language not in {words.language for words in wanted.values()}:
        raise SpeechError(f'the script has no language "{language}"')
    names = file_names(wanted)
    for key, words in wanted.items():
        if words.language == language and not (words.slow and language in alone):
            pace = "  (slowly)" if words.slow else ""
            click.echo(f"{names[key]}{pace}\n    {words.text}\n")
