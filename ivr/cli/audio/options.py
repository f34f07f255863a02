"""The shared parts of the commands of `ivr audio`: folders, wanted words, a progress bar."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ivr.cli.options import PATH, settings_with
from ivr.dialog import Spoken
from ivr.settings import Settings
from ivr.speech.manifest import Clip

clips_option = click.option("--clips", type=PATH, help="The folder of the clips.")


def folders(prompts: Path | None, clips: Path | None) -> tuple[Settings, Path, Path]:
    """Return the settings, the folder of the clips, and that of the script."""
    settings = settings_with(prompts)
    return settings, clips or settings.clips, settings.prompts


def words_to_make(source: Path) -> tuple[Mapping[str, Spoken], frozenset[str], Sequence[str]]:
    """Return all words that need a clip, and the languages in which people record them all.

    Recorded languages that are off the air are among them, once their texts can be recorded; of
    each other one there is a line that says why they cannot.
    """
    from ivr.explore.recordings import words_for_clips
    from ivr.script.load import load

    script = load(source)
    wanted, off_air = words_for_clips(script, source)
    return wanted, script.line.recorded_languages | off_air.languages, off_air.waiting


@contextmanager
def progress_bar(total: int, doing: str = "rendering") -> Iterator[Callable[[Clip], None]]:
    """Show a progress bar; yield the function to call for each finished clip."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not total) as progress:
        task = progress.add_task(doing, total=total)

        def advance(clip: Clip) -> None:
            progress.update(
                task, advance=1, description=escape(f"{clip.language} {clip.prompt}"[:40])
            )

        yield advance
