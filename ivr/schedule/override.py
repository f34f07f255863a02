"""An override: for a while the agency is open, closed or in an emergency, whatever its hours."""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal, get_args

State = Literal["open", "closed", "emergency"]
"""`open` and `closed` take the place of the hours. In an `emergency` the office is closed, and the
people on call are rung as soon as a caller asks for the agency, whatever the hours."""

STATES: Final[tuple[State, ...]] = get_args(State)

MOST_DAYS: Final = 31
"""How many days an override lasts at most: what lasts longer belongs in line.yaml."""


@dataclass(frozen=True, slots=True)
class Override:
    """A state that holds in place of the hours, from `begins` to before `until` (both UTC).

    `announcement` holds pairs of language and words; without any, nothing is announced.
    """

    state: State
    begins: dt.datetime
    until: dt.datetime
    announcement: tuple[tuple[str, str], ...] = ()

    def holds(self, moment: dt.datetime) -> bool:
        """Return whether it holds at a moment (aware)."""
        return self.begins <= moment < self.until
