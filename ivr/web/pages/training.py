"""`/training`: typical calls, each to be played in the browser phone, with what to notice."""

from flask import render_template

from ivr.explore.training import TrainingCall, training_calls
from ivr.web.console import ConsolePages
from ivr.web.routes import get


class TrainingPage(ConsolePages, name="training"):
    """The training calls of one script."""

    @get("/training")
    def page(self) -> str:
        """Show all calls."""
        return render_template("training.html", calls=self.calls())

    def calls(self) -> tuple[TrainingCall, ...]:
        """Return the calls as they go today."""
        return training_calls(self.script, self.console.today())
