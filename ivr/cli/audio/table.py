"""The tables of `ivr audio check`: the clips in groups, and the faults of each."""

from collections import defaultdict
from collections.abc import Iterator
from statistics import median

from rich.markup import escape
from rich.table import Table

from ivr.speech.clip_check import Inspected, Inspection


def tables(inspection: Inspection, *, everything: bool) -> Iterator[Table]:
    """Yield a table of all clips in groups, and one of the unfit clips (or of all)."""
    yield _groups(inspection)
    shown = [one for one in inspection.clips if everything or one.faults]
    if shown:
        yield _clips(shown)


def _groups(inspection: Inspection) -> Table:
    groups: dict[tuple[str, str, str], list[Inspected]] = defaultdict(list)
    for one in inspection.clips:
        clip = one.clip
        groups[clip.language, "slow" if clip.slow else "normal", clip.engine].append(one)
    table = Table(title="Clips", title_justify="left")
    for name in ("language", "pace", "engine", "clips", "seconds", "kB", "LUFS", "peak dB", "wpm"):
        table.add_column(name)
    for named, ones in sorted(groups.items()):
        levels = [one.measured.loudness for one in ones if one.measured]
        peaks = [one.measured.peak for one in ones if one.measured]
        table.add_row(
            *map(escape, named),
            str(len(ones)),
            f"{sum(one.clip.seconds for one in ones):.0f}",
            f"{sum(one.clip.size for one in ones) / 1000:.0f}",
            f"{min(levels, default=0):.1f} to {max(levels, default=0):.1f}",
            f"{max(peaks, default=0):.1f}",
            f"{median(one.clip.pace for one in ones):.0f}",
        )
    return table


def _clips(ones: list[Inspected]) -> Table:
    table = Table(title="Each clip", title_justify="left")
    for name in ("prompt", "seconds", "LUFS", "peak dB", "wpm", "silences", "engine", "found"):
        table.add_column(name, overflow="fold")
    for one in ones:
        clip, m = one.clip, one.measured
        remarks = ", ".join((*one.faults, *one.remarks))
        table.add_row(
            escape(f"{clip.language} {clip.prompt}{' slow' if clip.slow else ''}"),
            f"{clip.seconds:.1f}",
            f"{m.loudness:.1f}" if m else "",
            f"{m.peak:.1f}" if m else "",
            f"{clip.pace:.0f}",
            f"{m.before:.2f} {m.within:.2f} {m.behind:.2f}" if m else "",
            escape(clip.engine),
            f"[red]{escape(remarks)}[/red]" if one.faults else escape(remarks),
        )
    return table
