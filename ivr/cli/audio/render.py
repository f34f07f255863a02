"""`ivr audio render`: make the clips that are missing or stale."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import click

import ivr
from ivr.cli.audio.options import clips_option, progress_bar, prompts_option, rooms, wanted_words
from ivr.dialog import Spoken
from ivr.errors import EXTRAS, require
from ivr.speech import manifest as kept
from ivr.speech.manifest import Manifest
from ivr.speech.recorded import recordings
from ivr.speech.render_lock import alone
from ivr.speech.speakers import SPEAKERS

_CODE = ("dialog", "explore", "schedule", "script", "speech")
"""The packages that decide, with the script, which words are said, and how they sound."""


@click.command()
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
@prompts_option
@clips_option
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
    settings, folder, source = rooms(prompts, clips)
    with alone(folder, wait=wait):
        of = _digest(source, folder, [engine or "", form, *sorted(voices)])
        there = kept.read(folder)
        if there.of == of and _all_there(folder, there):
            click.echo(f"{folder}: all {len(there.clips)} clips are fresh; nothing to do")
        else:
            there = _render(
                settings.models, folder, wanted_words(source), (engine, voices, form), of
            )
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
    engine, voices, form = asked
    by = engine or "pico"
    require(by if by in EXTRAS else "clips", EXTRAS["clips"])  # the engine asks for the rest
    from ivr.speech.engines import ENGINES, Speaker
    from ivr.speech.render import Rendering, missing
    from ivr.speech.render import render as make

    speaker = Speaker(ENGINES[by](models), _voices(voices))
    rendering = Rendering(speaker, "mp3" if form == "mp3" else "wav", any_engine=engine is None)
    todo = missing(folder, wanted, rendering, kept.read(folder))
    click.echo(f"{folder}: {len(wanted)} clips are wanted, {len(todo)} are to be made")
    faults: list[str] = []
    with progress_bar(len(todo)) as told:
        made = make(folder, wanted, rendering, of=of, told=told, refused=faults.append)
    for fault in faults:
        click.echo(f"recording not used: {fault}", err=True)
    seconds = sum(clip.seconds for clip in made.clips.values())
    size = sum(clip.size for clip in made.clips.values())
    click.echo(f"{len(made.clips)} clips, {seconds / 60:.1f} minutes, {size / 1e6:.1f} MB")
    return made


def _digest(source: Path, folder: Path, asked: list[str]) -> str:
    """Return a hash of all that decides which clips there are to be.

    The walk through a script takes seconds; where nothing has changed since the last one, it need
    not be done.
    """
    code = Path(ivr.__file__).parent
    parts = [path for package in _CODE for path in (code / package).rglob("*.py")]
    digest = hashlib.sha256("\n".join(asked).encode())
    own = recordings(folder).values()
    for path in sorted([*source.glob("*.yaml"), *parts, *own]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:20]


def _all_there(folder: Path, there: Manifest) -> bool:
    from ivr.speech.clips import is_whole

    return all(is_whole(folder, clip) for clip in there.clips.values())


def _voices(told: tuple[str, ...]) -> dict[str, str]:
    for one in told:
        language, _, voice = one.partition("=")
        if not language or not voice:
            raise click.UsageError(f'--voice is "{one}": write it as es=ef_dora')
    return dict(one.split("=", 1) for one in told)
