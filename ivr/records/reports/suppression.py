"""Small-cell suppression: no cell of a report counts fewer than five callers, and all are rounded.

Reports can be asked for any days, and the difference of two reports must not show a single call.
"""

from collections.abc import Sequence

SMALLEST = 5
"""The smallest count that is shown: a person who knows a caller must not find them in a table."""

STEP = 5
"""To which all counts are rounded."""

HIDDEN = "hidden"
"""Stands in a cell in place of a suppressed count."""

Cell = str | int


def suppress(column: Sequence[int]) -> list[Cell]:
    """Return counts rounded to STEP, with those from 1 to 4 suppressed.

    If that is only one cell, the next smallest is suppressed, too: otherwise the first could be
    computed from the total of the column, which is shown elsewhere.
    """
    small = {i for i, n in enumerate(column) if 0 < n < SMALLEST}
    others = [i for i, n in enumerate(column) if n >= SMALLEST]
    if len(small) == 1 and others:
        small.add(min(others, key=lambda i: column[i]))
    return [HIDDEN if i in small else rounded(n) for i, n in enumerate(column)]


def rounded(count: float) -> int:
    """Return a count, or seconds, rounded to the nearest STEP."""
    return int((count + STEP / 2) // STEP) * STEP
