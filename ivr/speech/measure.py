"""Measures a sound, and says whether it is fit for a telephone (docs/requirements.md, R6).

All clips have one loudness: a caller who turns the volume up for one prompt must not be hurt by the
next.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ivr.speech.loudness import SILENT, loudness, true_peak
from ivr.speech.sound import Sound, loud_frames, silences

LOUDNESS, LOUDNESS_TOLERANCE = -19.0, 1.0
"""The loudness of a clip in LUFS, and how far it may be off, in LU."""

PEAK = -1.0
"""The highest true peak of a clip, in dB relative to full scale."""

BEFORE_SECONDS, BEHIND_SECONDS = (0.05, 0.2), (0.3, 0.5)
"""Shortest and longest silence before and behind the words, in seconds.

A caller who presses a key should hear at once that it worked, so what separates prompts stands
behind the words.
"""

INNER_SECONDS = 1.2
"""Seconds of the longest silence within a clip; a longer one sounds like a dead line."""

PACES = (120, 145)
"""Slowest and fastest pace, in words a minute without silences over 0.35 s (R6)."""

SLOW_PACE = 0.8
"""Slow speech as a part of the usual pace; 0.85 or less (docs/requirements.md, R6)."""


def paces(*, slow: bool) -> tuple[float, float]:
    """Return the slowest and the fastest pace of speech, in words a minute."""
    low, high = (pace * (SLOW_PACE if slow else 1) for pace in PACES)
    return low, high


@dataclass(frozen=True, slots=True)
class Measure:
    """The measurements of a sound: seconds of silence before, behind, and the longest within it."""

    seconds: float
    loudness: float
    peak: float
    before: float
    behind: float
    within: float
    speaking: float

    def faults(self) -> Iterator[str]:
        """Yield each reason why it is unfit for a telephone, with the measured figure."""
        if abs(self.loudness - LOUDNESS) > LOUDNESS_TOLERANCE:
            yield f"{self.loudness:.1f} LUFS, not {LOUDNESS:.0f} ± {LOUDNESS_TOLERANCE:.0f}"
        if self.peak > PEAK:
            yield f"peak {self.peak:.1f} dB, over {PEAK:.0f}"
        edges = (("before", self.before, BEFORE_SECONDS), ("behind", self.behind, BEHIND_SECONDS))
        for where, silence, (shortest, longest) in edges:
            if not shortest <= silence <= longest:
                yield f"{silence:.2f} s of silence {where} it, not {shortest} to {longest}"
        if self.within > INNER_SECONDS:
            yield f"{self.within:.1f} s of silence within it, over {INNER_SECONDS}"


def measure(sound: Sound) -> Measure:
    """Measure a sound."""
    level = loudness(sound.samples, sound.rate)
    peak = true_peak(sound.samples, sound.rate)
    if not len(loud_frames(sound)):
        return Measure(sound.seconds, SILENT, peak, sound.seconds, 0.0, 0.0, 0.0)
    first, *inner, last = [seconds for _, seconds in silences(sound)]
    within = max(inner, default=0.0)
    return Measure(sound.seconds, level, peak, first, last, within, speaking(sound))


def speaking(sound: Sound) -> float:
    """Return the seconds of a sound without silences over 0.35 s and those at its ends."""
    first, *inner, last = [seconds for _, seconds in silences(sound)]
    paused = first + last + sum(s for s in inner if s > _NO_PAUSE)
    return max(sound.seconds - paused, 0.1)


_NO_PAUSE = 0.35
"""Seconds of silence up to which it counts as speech."""
