"""`/override`: with one touch the agency is open, closed or in an emergency for a while."""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError

from ivr.accounts import override_log
from ivr.accounts.audit_log import Entry
from ivr.checks.engine.validate_override import MOST_CHARACTERS, announced_in, validated
from ivr.database.engine import Database, reason
from ivr.errors import OverrideError, RecordsError
from ivr.local_time import parse_local, short_local
from ivr.schedule import override_store
from ivr.schedule.override import STATES, Override, State
from ivr.script.model import Script
from ivr.transcript.labels import language_name
from ivr.web.auth import current_operator

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


def standing(script: Script, database: Database, now: dt.datetime) -> Standing:
    """Return whether the agency is open now; by its hours if the database cannot be reached."""
    zone = ZoneInfo(script.line.time_zone)
    try:
        override = override_store.latest(database)
        change = _change(database)
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


def _change(database: Database) -> Entry | None:
    with database.reading() as connection:
        return override_log.latest_change(connection)


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


class OverridePage:
    """The page of one script's override, and what its buttons do."""

    def __init__(
        self,
        script: Script,
        database: Database,
        clock: Callable[[], dt.datetime],
        notify: Callable[[str, str, str], object],
    ) -> None:
        self.script = script
        self._database = database
        self._clock = clock
        self._notify = notify
        self.zone = ZoneInfo(script.line.time_zone)

    def blueprint(self) -> Blueprint:
        """Return the page, and the ways to put, end and undo an override."""
        pages = Blueprint("override", __name__)
        pages.add_url_rule("/override", view_func=self.page)
        pages.add_url_rule("/override", view_func=self.put, methods=["POST"])
        pages.add_url_rule("/override/end", view_func=self.end, methods=["POST"])
        pages.add_url_rule("/override/undo", view_func=self.undo, methods=["POST"])
        return pages

    def page(self) -> str:
        """Show whether the agency is open, and offer to override that."""
        return self._shown("", standing(self.script, self._database, self._clock()).words)

    def put(self) -> Response | tuple[str, int]:
        """Put the override that was chosen; if it is refused, show the form again as it was."""
        words = {code: request.form.get(f"say-{code}", "") for code in announced_in(self.script)}
        now = self._clock()
        try:
            override = validated(self.script, _state(), self._until(now), words, now)
        except OverrideError as e:
            return self._shown(str(e), words), 422
        entry = override_log.put(self._database, override, current_operator().name, now)
        self._tell(entry)
        return _home()

    def end(self) -> Response:
        """End the override: the hours apply again."""
        entry = override_log.end(self._database, current_operator().name, self._clock())
        self._tell(entry)
        return _home()

    def undo(self) -> Response | tuple[str, int]:
        """Restore what applied before the latest change, which the form names."""
        number, now = request.form.get("entry", ""), self._clock()
        entry_id = int(number) if number.isascii() and number.isdigit() else 0
        try:
            entry = override_log.undo(self._database, entry_id, current_operator().name, now)
        except OverrideError as e:
            return self._shown(str(e), {}), 409
        self._tell(entry)
        return _home()

    def _tell(self, entry: Entry) -> None:
        override_log.tell(self._notify, entry, url_for("override.page", _external=True))

    def _until(self, now: dt.datetime) -> dt.datetime:
        text = request.form.get("until", "").strip()
        if not text:
            return midnight(now, self.zone)
        try:
            return parse_local(text, self.zone.key)
        except ValueError as e:
            raise OverrideError(str(e)) from None

    def _shown(self, wrong: str, words: dict[str, str]) -> str:
        now = self._clock()
        until = request.form.get("until") or f"{midnight(now, self.zone).astimezone(self.zone)}"
        return render_template(
            "override.html",
            standing=standing(self.script, self._database, now),
            wrong=wrong[:1].upper() + wrong[1:],
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


def _home() -> Response:
    return redirect(url_for("console.home"), 303)  # type: ignore[return-value]
