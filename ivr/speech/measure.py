"""What is measured of a sound, and what is fit for a telephone.

Levels, silences and paces are those of human-factors.md (1.5): a caller who turns the volume up for
one prompt must not be hurt by the next.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ivr.speech.loudness import SILENT, loudness, true_peak
from ivr.speech.sound import Sound, loud_frames, silences

LOUDNESS, LOUDNESS_TOLERANCE = -19.0, 1.0
"""LUFS."""

PEAK = -1.0
"""dB, true peak."""

EDGES_SECONDS = (0.1, 0.3)
"""How long the silence at either end may be; two of them part one prompt from the next."""

INNER_SECONDS = 1.2
"""The longest silence within a clip: longer ones sound as if the line were dead."""

PACES = (120, 145)
"""Words a minute, silences over 0.35 s not counted."""

SLOW_PACE = 0.8
"""Slow speech is at 85 % of the usual rate or less (human-factors.md, R6)."""


def paces(*, slow: bool) -> tuple[float, float]:
    """Return between which paces speech is to be, in words a minute."""
    low, high = (pace * (SLOW_PACE if slow else 1) for pace in PACES)
    return low, high


@dataclass(frozen=True, slots=True)
class Measure:
    """What can be told of a sound. Silences in seconds: before, behind, the longest within."""

    seconds: float
    loudness: float
    peak: float
    before: float
    behind: float
    within: float
    speaking: float

    def faults(self) -> Iterator[str]:
        """Yield what makes it unfit for a telephone, with the measured figure."""
        if abs(self.loudness - LOUDNESS) > LOUDNESS_TOLERANCE:
            yield f"{self.loudness:.1f} LUFS, not {LOUDNESS:.0f} ± {LOUDNESS_TOLERANCE:.0f}"
        if self.peak > PEAK:
            yield f"peak {self.peak:.1f} dB, over {PEAK:.0f}"
        shortest, longest = EDGES_SECONDS
        for where, silence in (("before", self.before), ("behind", self.behind)):
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
    """Return how many seconds a sound lasts without its silences over 0.35 s and at its ends."""
    first, *inner, last = [seconds for _, seconds in silences(sound)]
    paused = first + last + sum(s for s in inner if s > _NO_PAUSE)
    return max(sound.seconds - paused, 0.1)


_NO_PAUSE = 0.35
"""Seconds; a shorter silence belongs to the speech."""
