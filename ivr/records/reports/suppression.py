"""Small-cell suppression: no cell of a report counts fewer than five callers."""

from collections.abc import Sequence

SMALLEST = 5
"""The smallest count that is shown: a person who knows a caller must not find them in a table."""

HIDDEN = "hidden"
"""Stands in a cell in place of a suppressed count."""

Cell = str | int


def suppress(column: Sequence[int]) -> list[Cell]:
    """Return counts with those from 1 to 4 suppressed.

    If that is only one cell, the next smallest is suppressed, too: otherwise the first could be
    computed from the total of the column, which is shown elsewhere.
    """
    small = {i for i, n in enumerate(column) if 0 < n < SMALLEST}
    others = [i for i, n in enumerate(column) if n >= SMALLEST]
    if len(small) == 1 and others:
        small.add(min(others, key=lambda i: column[i]))
    return [HIDDEN if i in small else n for i, n in enumerate(column)]
