"""`/override`: with one touch the agency is open, closed or in an emergency for a while."""

import datetime as dt
import logging
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Response, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError

from ivr.accounts import override_log
from ivr.accounts.audit_log import Entry
from ivr.checks.engine.validate_override import MOST_CHARACTERS, announced_in, validated
from ivr.database.engine import reason
from ivr.errors import OverrideError, RecordsError
from ivr.local_time import parse_local, short_local
from ivr.schedule import override_store
from ivr.schedule.override import STATES, Override, State
from ivr.script.model import Script
from ivr.transcript.labels import language_name
from ivr.web.auth import current_operator
from ivr.web.console import Console, ConsolePages, sentence
from ivr.web.routes import get, post, redirected

log = logging.getLogger("ivr.web")


@dataclass(frozen=True)
class Standing:
    """Whether the agency is open now, in words for operators; `override` while there is one.

    `change` is the latest change if undoing it changes something, and `undone` what then applies.
    """

    override: Override | None
    text: str
    trouble: str = ""
    change: Entry | None = None
    changed_at: str = ""
    undone: str = ""

    @property
    def words(self) -> dict[str, str]:
        """The announcement by language."""
        return dict(self.override.announcement) if self.override else {}


def standing(console: Console) -> Standing:
    """Return whether the agency is open now; by its hours if the database cannot be reached."""
    script, zone, now = console.script, console.zone, console.clock()
    try:
        override = override_store.latest(console.database)
        with console.database.reading() as connection:
            change = override_log.latest_change(connection)
    except (SQLAlchemyError, RecordsError) as e:
        why = str(e) if isinstance(e, RecordsError) else reason(e)
        log.warning("the override cannot be looked up: %s", why)
        return Standing(None, _by_hours(script, now), "The records cannot be reached.")
    if override and not override.holds(now):
        override = None
    text = f"{_state_until(override, zone)}, whatever the hours" if override else ""
    text = text or _by_hours(script, now)
    former = override_log.former(change, now) if change else None
    if change is None or former == override:
        return Standing(override, text)
    undone = _state_until(former, zone) if former else "the hours of line.yaml"
    return Standing(override, text, "", change, day_and_time(change.moment, zone), undone)


def _state_until(override: Override, zone: ZoneInfo) -> str:
    state = "In an emergency" if override.state == "emergency" else override.state.capitalize()
    return f"{state} until {day_and_time(override.until, zone)}"


def day_and_time(moment: dt.datetime, zone: ZoneInfo) -> str:
    """Return a moment as an operator reads it: "Wed, Dec 2, 8:30 AM EST"."""
    return f"{moment.astimezone(zone):%a}, {short_local(moment, zone)}"


def midnight(now: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the end of the local day: until then an override by one touch lasts."""
    tomorrow = now.astimezone(zone).date() + dt.timedelta(days=1)
    return dt.datetime.combine(tomorrow, dt.time(), zone).astimezone(dt.UTC)


class OverridePage(ConsolePages, name="override"):
    """The page of one script's override, and what its buttons do."""

    @get("/override")
    def page(self) -> str:
        """Show whether the agency is open, and offer to override that."""
        return self._shown("", standing(self.console).words)

    @post("/override")
    def put(self) -> Response | tuple[str, int]:
        """Put the override that was chosen; if it is refused, show the form again as it was."""
        words = {code: request.form.get(f"say-{code}", "") for code in announced_in(self.script)}
        now = self.console.clock()
        try:
            override = validated(self.script, _state(), self._until(now), words, now)
        except OverrideError as e:
            return self._shown(str(e), words), 422
        entry = override_log.put(self.database, override, current_operator().name, now)
        self._tell(entry)
        return redirected("console.home")

    @post("/override/end")
    def end(self) -> Response:
        """End the override: the hours apply again."""
        entry = override_log.end(self.database, current_operator().name, self.console.clock())
        self._tell(entry)
        return redirected("console.home")

    @post("/override/undo")
    def undo(self) -> Response | tuple[str, int]:
        """Restore what applied before the latest change, which the form names."""
        entry_id, now = request.form.get("entry", 0, type=int), self.console.clock()
        try:
            entry = override_log.undo(self.database, entry_id, current_operator().name, now)
        except OverrideError as e:
            return self._shown(str(e), {}), 409
        self._tell(entry)
        return redirected("console.home")

    def _tell(self, entry: Entry) -> None:
        override_log.tell(self.console.notify, entry, url_for("override.page", _external=True))

    def _until(self, now: dt.datetime) -> dt.datetime:
        text = request.form.get("until", "").strip()
        if not text:
            return midnight(now, self.console.zone)
        try:
            return parse_local(text, self.console.zone.key)
        except ValueError as e:
            raise OverrideError(str(e)) from None

    def _shown(self, wrong: str, words: dict[str, str]) -> str:
        zone = self.console.zone
        end = midnight(self.console.clock(), zone).astimezone(zone)
        until = request.form.get("until") or f"{end}"
        return render_template(
            "override.html",
            standing=standing(self.console),
            wrong=sentence(wrong),
            words=words,
            languages=[(code, language_name(code)) for code in announced_in(self.script)],
            state=request.form.get("state", ""),
            until=until[:16].replace(" ", "T"),
            most=MOST_CHARACTERS,
        )


def _state() -> State:
    text = request.form.get("state", "")
    state = next((state for state in STATES if state == text), None)
    if state is None:
        raise OverrideError(f"choose one of: {', '.join(STATES)}")
    return state


def _by_hours(script: Script, now: dt.datetime) -> str:
    line = script.line
    if not line.office.numbers:
        if line.on_call:
            return "line.yaml has no number of the office; the person on call is rung"
        return "line.yaml has no number of the office; callers still hear an announcement"
    hours = script.schedule.opening(now)
    return f"{'Open' if hours.is_open else 'Closed'}, by line.yaml: {hours.why}"
