"""`ivr audio render`: make the clips that are missing or stale."""

import hashlib
from pathlib import Path

import click

import ivr
from ivr.cli.audio.options import clips_option, folders, progress_bar, words_to_make
from ivr.cli.options import format_option, prompts_option
from ivr.errors import EXTRAS, require
from ivr.speech.clips import lacking
from ivr.speech.engines import ENGINES
from ivr.speech.manifest import Manifest, read_manifest
from ivr.speech.recorded import recordings
from ivr.speech.render_lock import hold_render_lock

_CODE = ("dialog", "explore", "schedule", "script", "speech")
"""The packages that decide, with the script, which words are said and how they sound."""


@click.command()
@click.option(
    "--engine",
    type=click.Choice(list(ENGINES)),
    help="The engine that speaks; clips of other engines are replaced.  [default: pico, only for"
    " missing clips]",
)
@click.option(
    "--voice", "voices", multiple=True, metavar="LANGUAGE=VOICE", help="A voice for a language."
)
@format_option(
    "mp3",
    "wav",
    help="MP3, or µ-law WAV: four times as big, without further loss on the telephone.",
)
@click.option("--prune", is_flag=True, help="Delete clips that are no longer used.")
@click.option("--wait", is_flag=True, help="Wait if another renderer works in this folder.")
@prompts_option
@clips_option
def render(  # noqa: PLR0913 one for each option
    engine: str | None,
    voices: tuple[str, ...],
    form: str,
    prompts: Path | None,
    clips: Path | None,
    *,
    prune: bool,
    wait: bool,
) -> None:
    """Make the clips that are missing or stale. If it is stopped, the next run goes on from there.

    \b
    Example:
      ivr audio render
      ivr audio render --engine gtts --voice es=es
    """
    settings, folder, source = folders(prompts, clips)
    with hold_render_lock(folder, wait=wait):
        of = _digest(source, folder, [engine or "", form, *sorted(voices)])
        manifest = read_manifest(folder)
        if manifest.of == of and not lacking(folder, manifest.clips, manifest.clips):
            click.echo(f"{folder}: all {len(manifest.clips)} clips are fresh; nothing to do")
        else:
            manifest = _render(settings.models, folder, source, (engine, voices, form), of)
        if prune:
            from ivr.speech.render import prune as delete

            click.echo(f"{delete(folder, manifest)} unused clips deleted")


def _render(
    models: Path,
    folder: Path,
    source: Path,
    asked: tuple[str | None, tuple[str, ...], str],
    of: str,
) -> Manifest:
    engine, voices, form = asked
    by = engine or "pico"
    require(by if by in EXTRAS else "clips", EXTRAS["clips"])  # the engine asks for the rest
    from ivr.speech.engines.engine import Speaker, load_engine
    from ivr.speech.render import Rendering, missing
    from ivr.speech.render import render as make
    from ivr.speech.telephone import Form

    wanted, alone, _ = words_to_make(source)
    speaker = Speaker(load_engine(by, models), _voices(voices))
    in_form: Form = "mp3" if form == "mp3" else "wav"
    rendering = Rendering(speaker, in_form, any_engine=engine is None, recorded_alone=alone)
    todo = missing(folder, wanted, rendering, read_manifest(folder))
    click.echo(f"{folder}: {len(wanted)} clips are wanted, {len(todo)} are to be made")
    faults: list[str] = []
    with progress_bar(len(todo)) as advance:
        made = make(folder, wanted, rendering, of=of, on_clip=advance, on_refused=faults.append)
    for fault in faults:
        click.echo(f"recording not used: {fault}", err=True)
    for code in sorted(alone):
        keys = {key for key, words in wanted.items() if words.language == code}
        if lacking := keys - made.clips.keys():
            click.echo(
                f"{code}: {len(lacking)} of {len(keys)} wait for people: ivr audio sheet {code}"
            )
    seconds = sum(clip.seconds for clip in made.clips.values())
    size = sum(clip.size for clip in made.clips.values())
    click.echo(f"{len(made.clips)} clips, {seconds / 60:.1f} minutes, {size / 1e6:.1f} MB")
    return made


def _digest(source: Path, folder: Path, asked: list[str]) -> str:
    """Return a hash of all that decides which clips are wanted.

    Finding all words of a script takes seconds; while this hash is the same, it can be skipped.
    """
    code = Path(ivr.__file__).parent
    parts = [path for package in _CODE for path in (code / package).rglob("*.py")]
    digest = hashlib.sha256("\n".join(asked).encode())
    own = recordings(folder).values()
    for path in sorted([*source.rglob("*.yaml"), *parts, *own]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:20]


def _voices(options: tuple[str, ...]) -> dict[str, str]:
    for one in options:
        language, _, voice = one.partition("=")
        if not language or not voice:
            raise click.UsageError(f'--voice is "{one}": write it as es=ef_dora')
    return dict(one.split("=", 1) for one in options)
