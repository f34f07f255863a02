"""`ivr audio`: make the clips that callers hear, measure them, and print what is to be read."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ivr.dialog import Spoken
from ivr.errors import SpeechError
from ivr.settings import Settings
from ivr.speech import manifest as kept
from ivr.speech.alone import alone
from ivr.speech.manifest import Clip, Manifest
from ivr.speech.recorded import recordings
from ivr.speech.speakers import SPEAKERS

_CODE = ("dialog", "checks/walk.py", "checks/tokens.py", "speech/plan.py")
"""What decides, with the script, which words are said."""

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


_prompts = click.option("--prompts", type=click.Path(path_type=Path), help="The script's folder.")
_clips = click.option("--clips", type=click.Path(path_type=Path), help="The folder of the clips.")


@audio.command()
@click.option(
    "--engine",
    type=click.Choice(SPEAKERS),
    help="Who speaks. With it, clips of other engines are made anew.  [default: pico, for what is"
    " missing]",
)
@click.option("--voice", "voices", multiple=True, metavar="LANGUAGE=VOICE", help="Another voice.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["mp3", "wav"]),
    default="mp3",
    show_default=True,
    help="MP3, or µ-law WAV: four times as big, and no loss on the telephone.",
)
@click.option("--prune", is_flag=True, help="Delete clips that are not in use any more.")
@click.option("--wait", is_flag=True, help="Wait for another renderer in this folder to end.")
@_prompts
@_clips
def render(  # noqa: PLR0913 its options
    engine: str | None,
    voices: tuple[str, ...],
    form: str,
    prompts: Path | None,
    clips: Path | None,
    *,
    prune: bool,
    wait: bool,
) -> None:
    """Make the clips that are missing or stale. It may be stopped, and goes on where it was.

    \b
    Example:
      ivr audio render
      ivr audio render --engine gtts --voice es=es
    """
    settings, folder, source = _rooms(prompts, clips)
    with alone(folder, wait=wait):
        of = _digest(source, folder, [engine or "", form, *sorted(voices)])
        there = kept.read(folder)
        if there.of == of and _all_there(folder, there):
            click.echo(f"{folder}: all {len(there.clips)} clips are fresh; nothing to do")
        else:
            there = _render(settings.models, folder, _wanted(source), (engine, voices, form), of)
        if prune:
            from ivr.speech.render import prune as delete

            click.echo(f"{delete(folder, there)} clips deleted that were not in use")


def _render(
    models: Path,
    folder: Path,
    wanted: Mapping[str, Spoken],
    asked: tuple[str | None, tuple[str, ...], str],
    of: str,
) -> Manifest:
    from ivr.speech.engines import ENGINES, Speaker
    from ivr.speech.render import Rendering, missing
    from ivr.speech.render import render as make

    engine, voices, form = asked
    speaker = Speaker(ENGINES[engine or "pico"](models), _voices(voices))
    rendering = Rendering(speaker, "mp3" if form == "mp3" else "wav", any_engine=engine is None)
    todo = missing(folder, wanted, rendering, kept.read(folder))
    click.echo(f"{folder}: {len(wanted)} clips are wanted, {len(todo)} are to be made")
    with _bar(len(todo)) as told:
        made = make(folder, wanted, rendering, of=of, told=told)
    seconds = sum(clip.seconds for clip in made.clips.values())
    size = sum(clip.size for clip in made.clips.values())
    click.echo(f"{len(made.clips)} clips, {seconds / 60:.1f} minutes, {size / 1e6:.1f} MB")
    return made


@audio.command()
@click.option("--all", "everything", is_flag=True, help="Show the clips that are well, too.")
@_prompts
@_clips
def check(prompts: Path | None, clips: Path | None, *, everything: bool) -> None:
    """Measure every clip: is it fresh, as loud as the others, without long silence, not too fast?

    Exits 1 if a clip is unfit or words have none. A pace outside 120 to 145 words a minute is only
    told.

    \b
    Example:
      ivr audio check
    """
    from ivr.cli.audio_table import tables
    from ivr.speech.inspect import inspect

    _, folder, source = _rooms(prompts, clips)
    inspected = inspect(folder, _wanted(source))
    console = Console(highlight=False)
    console.width = max(console.width, _WIDTH)
    for table in tables(inspected, everything=everything):
        console.print(table)
    for prompt in inspected.missing:
        console.print(f"no clip: {prompt.language} {prompt.prompt}: {prompt.text}", markup=False)
    for file in inspected.stale:
        console.print(f"stale, and not played: {file}", markup=False)
    if inspected.is_unfit:
        raise SpeechError(f"{inspected.summary}: ivr audio render makes what is missing")
    click.echo(inspected.summary)


@audio.command()
@click.option("--language", help="Only clips of this language.")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Only N clips, here and there.")
@_clips
def listen(clips: Path | None, language: str | None, sample: int | None) -> None:
    """Let a machine listen to the clips, and print what it heard, the worst first.

    Exits 1 if a digit was not heard. It needs `pip install "csec-ivr[listen]"`.

    \b
    Example:
      ivr audio listen --language es --sample 20
    """
    from ivr.cli.audio_table import tell_heard
    from ivr.speech.hearing import Ear

    settings, folder, _ = _rooms(None, clips)
    there = [c for c in kept.read(folder).clips.values() if language in {None, c.language}]
    chosen = there[:: max(len(there) // sample, 1)] if sample else there
    ear = Ear(settings.models)
    heard = []
    with _bar(len(chosen), "listening") as told:
        for clip in chosen:
            heard.append(ear.listen(folder, clip))
            told(clip)
    summary, missed = tell_heard(heard)
    if missed:
        raise SpeechError(f"{summary}; in {missed} clips a digit was not heard")
    click.echo(f"{summary}; every digit was heard")


@audio.command()
@_prompts
@_clips
def record(prompts: Path | None, clips: Path | None) -> None:
    """Tell how to record prompts by phone, and how many each language has of your own.

    Give the recording menu a PIN with IVR_RECORDING_PIN, and let "a call comes in" of a number of
    yours, other than the line's, post to /record. It reads each prompt, records it and plays it.

    \b
    Example:
      IVR_RECORDING_PIN=314159 ivr audio record
    """
    from ivr.speech.recorded import fresh

    settings, folder, source = _rooms(prompts, clips)
    root = settings.public_url or "http://127.0.0.1:5000"
    if settings.recording_pin:
        click.echo(f"The recording menu is at {root}/record: call it, and enter the PIN.")
    else:
        click.echo("There is no recording menu: set IVR_RECORDING_PIN where ivr serve runs.")
    wanted = _wanted(source)
    own = fresh(folder, wanted, kept.read(folder).recorded)
    for language in dict.fromkeys(words.language for words in wanted.values()):
        keys = [key for key, words in wanted.items() if words.language == language]
        click.echo(f"{language}: {len(own.keys() & set(keys))} of {len(keys)} recorded")


@audio.command()
@click.argument("language")
@_prompts
def sheet(language: str, prompts: Path | None) -> None:
    """Print what a reader is to say in LANGUAGE, and the name under which to save each recording.

    \b
    Example:
      ivr audio sheet es
    """
    from ivr.speech.recorded import file_names

    _, _, source = _rooms(prompts, None)
    wanted = _wanted(source)
    if language not in {words.language for words in wanted.values()}:
        raise SpeechError(f'the script has no language "{language}"')
    names = file_names(wanted)
    for key, words in wanted.items():
        if words.language == language:
            pace = "  (slowly)" if words.slow else ""
            click.echo(f"{names[key]}{pace}\n    {words.text}\n")


def _rooms(prompts: Path | None, clips: Path | None) -> tuple[Settings, Path, Path]:
    settings = Settings.from_env()
    return settings, clips or settings.clips, prompts or settings.prompts


def _wanted(source: Path) -> Mapping[str, Spoken]:
    """Return all that the line of a script can say, found by walking through it."""
    from ivr.checks.said import said
    from ivr.script.load import load

    return said(load(source))


def _digest(source: Path, folder: Path, asked: list[str]) -> str:
    """Return a hash of all that decides which clips there are to be.

    The walk through a script takes seconds; where nothing has changed since the last one, it need
    not be done.
    """
    code = Path(__file__).parent.parent
    parts = [
        p for name in _CODE for p in ([code / name] if "." in name else (code / name).glob("*.py"))
    ]
    digest = hashlib.sha256("\n".join(asked).encode())
    own = recordings(folder).values()
    for path in sorted([*source.glob("*.yaml"), *parts, *own]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:20]


def _all_there(folder: Path, there: Manifest) -> bool:
    from ivr.speech.files import is_whole

    return all(is_whole(folder, clip) for clip in there.clips.values())


def _voices(told: tuple[str, ...]) -> dict[str, str]:
    for one in told:
        language, _, voice = one.partition("=")
        if not language or not voice:
            raise click.UsageError(f'--voice is "{one}": write it as es=ef_dora')
    return dict(one.split("=", 1) for one in told)


@contextmanager
def _bar(total: int, doing: str = "rendering") -> Iterator[Callable[[Clip], None]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not total) as progress:
        task = progress.add_task(doing, total=total)

        def told(clip: Clip) -> None:
            progress.update(task, advance=1, description=f"{clip.language} {clip.prompt}"[:40])

        yield told
