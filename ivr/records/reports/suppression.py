"""What may be shown of counts: no cell tells of fewer than five callers."""

from collections.abc import Sequence

SMALLEST = 5
"""A count from 1 to 4 is hidden: who knows one of the callers must not know them in a table."""

HIDDEN = "hidden"

Cell = str | int


def hide(column: Sequence[int]) -> list[Cell]:
    """Return counts as they may be shown: 1 to 4 hidden, and a second where only one would be.

    From a lone hidden count and the sum of all, which stands elsewhere, it could be worked out.
    """
    small = {i for i, n in enumerate(column) if 0 < n < SMALLEST}
    others = [i for i, n in enumerate(column) if n >= SMALLEST]
    if len(small) == 1 and others:
        small.add(min(others, key=lambda i: column[i]))
    return [HIDDEN if i in small else n for i, n in enumerate(column)]
