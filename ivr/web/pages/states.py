"""`/states`: where child abuse is reported in each state, and by which pages."""

from collections.abc import Iterator

from flask import render_template

from ivr.phone_numbers import written_number
from ivr.script.state_choice import is_state
from ivr.script.state_hotlines import NOT_LISTED, StateHotline, state_hotlines
from ivr.web.console import ConsolePages
from ivr.web.routes import get


class StatesPage(ConsolePages, name="states"):
    """The list of the states' hotlines, beside what the line dials."""

    @get("/states")
    def page(self) -> str:
        """Show every row with its sources, and which numbers the line has."""
        rows = sorted(state_hotlines().items(), key=lambda row: row[1].name["en"].lower())
        return render_template(
            "states.html",
            rows=[(code, row, list(_numbers(row))) for code, row in rows],
            old=[code for code, row in rows if row.is_old(self.console.today())],
            not_listed=NOT_LISTED,
            written_number=written_number,
            on_line=[
                (to.number, written_number(to.number), to.verified_on)
                for name, to in self.script.line.destinations.items()
                if is_state(name) and to.number
            ],
        )


def _numbers(row: StateHotline) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield what each number is for, the number as it is written, and the pages that give it."""
    labelled = [
        ("whole state", row.number),
        *row.areas.items(),
        ("from other states", row.elsewhere),
        ("text", row.text),
    ]
    for label, number in labelled:
        if number:
            yield label, written_number(number), row.pages(number)
