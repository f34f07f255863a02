"""An override: what the agency says of itself for a while, whatever its hours say."""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal, get_args

State = Literal["open", "closed", "emergency"]
"""`open` and `closed` stand in for the hours; in an `emergency` the office is closed, and who is on
call is rung as soon as a caller asks for the agency, whatever the hours."""

STATES: Final[tuple[State, ...]] = get_args(State)

MOST_DAYS: Final = 31
"""An override ends by itself, within a month: what lasts longer belongs in line.yaml."""


@dataclass(frozen=True, slots=True)
class Override:
    """What holds in place of the hours, from a moment until before another (both in UTC).

    The announcement is language and words; a language without words announces nothing.
    """

    state: State
    begins: dt.datetime
    until: dt.datetime
    announcement: tuple[tuple[str, str], ...] = ()

    def holds(self, moment: dt.datetime) -> bool:
        """Tell whether it holds at a moment (aware)."""
        return self.begins <= moment < self.until
