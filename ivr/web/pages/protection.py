"""`/protection`: floods of calls. Operators see which limits hold, end blocks, set the challenge.

Nobody sees a number here: a caller who is blocked is known by a keyed hash alone.
"""

from flask import Response, render_template, request

from ivr.database.schema import LARGEST
from ivr.protection import blocks, uses
from ivr.web.auth import current_operator
from ivr.web.console import ConsolePages
from ivr.web.routes import get, post, redirected


class ProtectionPages(ConsolePages, name="protection"):
    """The page of one line."""

    @get("/protection")
    def page(self) -> str:
        """Show how much is used of each limit, the blocks, and the challenge."""
        now = self.console.clock()
        with self.database.reading() as connection:
            used = uses.counts(connection, now)
            holding = blocks.holding(connection, now)
            is_challenging = blocks.is_on(connection, blocks.CHALLENGE)
        limits = self.script.line.limits
        rows = [
            ("Rings of your people, in an hour", used["ring"], limits.rings),
            ("Messages, in an hour", used["message"], limits.messages),
            ("Texts to callers, in a day", used["text"], limits.texts),
        ]
        return render_template(
            "protection.html",
            rows=rows,
            blocks=holding,
            is_challenging=is_challenging,
        )

    @post("/protection/blocks/<int:number>/end")
    def end(self, number: int) -> Response:
        """End a block."""
        if number < LARGEST:
            with self.database.writing() as connection:
                if blocks.end(connection, number, self.console.clock()):
                    self.console.log("ended a block", f"block {number}", connection)
        return redirected("protection.page", 302)

    @post("/protection/challenge")
    def challenge(self) -> Response:
        """Switch the challenge on or off."""
        is_on, by, now = (
            request.form.get("on") == "1",
            current_operator().name,
            self.console.clock(),
        )
        with self.database.writing() as connection:
            self.console.log("set the challenge", "on" if is_on else "off", connection)
            blocks.set_switch(connection, blocks.CHALLENGE, by, now, is_on=is_on)
        return redirected("protection.page", 302)
