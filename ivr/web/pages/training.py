"""`/training`: typical calls, each to be played in the browser phone, with what to notice."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template

from ivr.explore.training import TrainingCall, training_calls
from ivr.script.model import Script


@dataclass(frozen=True)
class TrainingPage:
    """The training calls of one script."""

    script: Script
    clock: Callable[[], dt.datetime]

    def blueprint(self) -> Blueprint:
        """Return the page."""
        pages = Blueprint("training", __name__)
        pages.add_url_rule("/training", view_func=self.page)
        return pages

    def page(self) -> str:
        """Show all calls."""
        return render_template("training.html", calls=self.calls())

    def calls(self) -> tuple[TrainingCall, ...]:
        """Return the calls as they go today."""
        today = self.clock().astimezone(ZoneInfo(self.script.line.time_zone)).date()
        return training_calls(self.script, today)
