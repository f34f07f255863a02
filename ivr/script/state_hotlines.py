"""The child-abuse hotlines of the states and territories, each with the pages that it is from.

Reports of child abuse go to the state (docs/requirements.md, R17). state_hotlines.yaml has a row
for each one for which a public page could be read; a state without a number has a note that says
where reports go. A number of this list is never on the air by itself: somebody writes it into
line.yaml, and a person dials it (docs/states.md).
"""

import datetime as dt
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

import phonenumbers
from pydantic import Field, TypeAdapter, model_validator

from ivr.phone_numbers import E164
from ivr.script.yaml_source import read_yaml
from ivr.strict_model import StrictModel

LIST_DAYS = 365
"""Days after which a row of the list is called old."""


class Source(StrictModel):
    """A page, and the number as it writes it; None if it gives no number for the whole state."""

    page: str = Field(pattern=r"^https?://[\w.-]+\.[a-z]{2,}\.?(:\d+)?/\S*$")
    gives: str | None = None

    def agrees(self, number: str) -> bool:
        """Tell whether the page gives this number (E.164), in digits or in a keypad's letters."""
        digits = phonenumbers.convert_alpha_characters_in_number(self.gives or "")
        given = "".join(filter(str.isdigit, digits)).removeprefix("1")
        return len(given) >= _LOCAL_DIGITS and number.endswith(given)


_LOCAL_DIGITS = 7
"""The fewest digits of a number that is written without its area."""


class StateHotline(StrictModel):
    """Where child abuse is reported in a state, as pages told on the day `read_on`.

    `areas` are numbers of parts of the state, and `elsewhere` is that for those who call from
    another state. `tty` is a number (E.164), or the relay service's, 711.
    """

    name: Mapping[str, str]
    number: E164 | None
    areas: Mapping[str, E164] = {}
    elsewhere: E164 | None = None
    hours: str | None = None
    tty: Annotated[str, Field(pattern=r"^(711|\+1\d{10})$")] | None = None
    text: E164 | None = None
    note: str | None = None
    read_on: dt.date
    sources: tuple[Source, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _says_where_to_report(self) -> "StateHotline":
        if not (self.number or self.areas or self.note):
            raise ValueError("a row has a number, numbers of areas, or a note")
        for number in self.numbers:
            if not self.pages(number):
                raise ValueError(f"no source gives {number}")
        return self

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every number of the row that a page must give (E.164)."""
        whole = filter(None, (self.number, self.elsewhere, self.text))
        return (*whole, *self.areas.values())

    def pages(self, number: str) -> tuple[str, ...]:
        """Return the pages that give a number (E.164)."""
        return tuple(dict.fromkeys(s.page for s in self.sources if s.agrees(number)))

    def is_old(self, today: dt.date) -> bool:
        """Tell whether the pages were read so long ago that they should be read again."""
        return (today - self.read_on).days > LIST_DAYS


@cache
def state_hotlines() -> Mapping[str, StateHotline]:
    """Return the rows of the list, by the two letters of the state or territory."""
    data = read_yaml(Path(__file__).parent / "state_hotlines.yaml").data
    return TypeAdapter(dict[str, StateHotline]).validate_python(data)


NOT_LISTED: Mapping[str, str] = {
    "AS": "American Samoa",
    "MP": "the Northern Mariana Islands",
    "VI": "the U.S. Virgin Islands",
}
"""Territories for which no page with a number could be read."""
