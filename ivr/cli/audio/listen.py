"""The work of `ivr audio listen`: recognizes clips, stores the transcripts, and reports them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ivr.cli.audio.options import progress_bar
from ivr.speech import clip_key, transcripts
from ivr.speech.asr_check import Hearing, SpeechRecognizer, compare
from ivr.speech.manifest import Clip, read_manifest

_RATES = (0.0, 0.1, 0.25, 0.5, 1.0)
"""The upper bounds of the word error rates by which clips are counted."""


def listen_to(
    folder: Path, clips: Sequence[Clip], models: Path, *, everything: bool
) -> tuple[list[Hearing], int]:
    """Return the results of clips, and how many were recognized now, not before.

    Raises SpeechError if Whisper is not installed.
    """
    before = {} if everything else transcripts.read(folder)
    new = [clip for clip in clips if transcripts.mark(folder, clip) not in before]
    if new:
        _listen(folder, new, SpeechRecognizer(models))
    after = transcripts.read(folder)
    return [compare(clip, after[transcripts.mark(folder, clip)]) for clip in clips], len(new)


def _listen(folder: Path, clips: Sequence[Clip], recognizer: SpeechRecognizer) -> None:
    """Recognize clips and store each transcript at once; those of deleted clips are dropped."""
    marks = {transcripts.mark(folder, clip) for clip in read_manifest(folder).clips.values()}
    with progress_bar(len(clips), "listening") as advance:
        for clip in clips:
            words = recognizer.listen(folder, clip).transcript
            # Read again, since another process may recognize clips of another language meanwhile.
            by_mark = {**transcripts.read(folder), transcripts.mark(folder, clip): words}
            transcripts.write(folder, {m: by_mark[m] for m in by_mark if m in marks})
            advance(clip)


def report_lines(hearings: Sequence[Hearing]) -> Iterator[str]:
    """Yield the report: the differences, the worst first, then the counts by word error rate."""
    for one in sorted(hearings, key=lambda h: (h.is_well, -h.errors)):
        if one.errors or one.extra_digits or not one.is_well:
            extra = f"  {one.extra_digits} digits too many were heard" if one.extra_digits else ""
            digit = extra if one.has_all_digits else "  a digit was not heard"
            missed = f"  not heard: {', '.join(one.missed_words)}" if one.missed_words else ""
            yield f"{one.errors:4.0%} {one.clip.file}{digit}{missed}"
            yield f"     words: {one.clip.text}"
            yield f"     heard: {one.transcript}"
    words = sum(clip_key.count(one.clip.words) for one in hearings)
    wrong = sum(one.errors * clip_key.count(one.clip.words) for one in hearings)
    yield f"{wrong / max(words, 1):.1%} of all words heard otherwise; clips by word error rate:"
    last = -1.0
    for rate in (*_RATES, float("inf")):
        count = sum(last < one.errors <= rate for one in hearings)
        named = "none" if not rate else f"to {rate:.0%}" if rate <= _RATES[-1] else "more"
        if count:
            yield f"{named:>8} {count}"
        last = rate
