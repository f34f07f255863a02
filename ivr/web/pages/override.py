"""`/override`: one touch, and the agency is open, closed or in an emergency for a while.

Behind the sign-in; the forms bear their CSRF token, as the door asks of every one.
"""

import datetime as dt
import logging
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError

from ivr.checks.engine.validate_override import MOST_CHARACTERS, checked
from ivr.database.engine import Database, reason
from ivr.errors import OverrideError, RecordsError
from ivr.local_time import parse_local
from ivr.schedule import override_store
from ivr.schedule.override import STATES, Override, State
from ivr.script.model import Script
from ivr.transcript.labels import language_name

log = logging.getLogger("ivr.web")


@dataclass(frozen=True)
class Standing:
    """What holds at the agency now, in an operator's words; `override` while there is one."""

    override: Override | None
    told: str
    trouble: str = ""

    @property
    def words(self) -> dict[str, str]:
        """What is announced, by language."""
        return dict(self.override.announcement) if self.override else {}


def standing(script: Script, database: Database, now: dt.datetime) -> Standing:
    """Return what holds now; where the records cannot be asked, what the hours say."""
    zone = ZoneInfo(script.line.time_zone)
    try:
        held = override_store.latest(database)
    except (SQLAlchemyError, RecordsError) as e:
        why = str(e) if isinstance(e, RecordsError) else reason(e)
        log.warning("the override cannot be looked up: %s", why)
        return Standing(None, _by_hours(script, now), "The records cannot be reached.")
    if held and held.holds(now):
        state = "In an emergency" if held.state == "emergency" else held.state.capitalize()
        return Standing(held, f"{state} until {clock(held.until, zone)}, whatever the hours")
    return Standing(None, _by_hours(script, now))


def clock(moment: dt.datetime, zone: ZoneInfo) -> str:
    """Return a moment as an operator reads it: "Wed, Dec 2, 8:30 AM EST"."""
    here = moment.astimezone(zone)
    return f"{here:%a}, {here:%b} {here.day}, {here.hour % 12 or 12}:{here:%M} {here:%p} {here:%Z}"


def midnight(now: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return when the day ends: until then one touch holds."""
    tomorrow = now.astimezone(zone).date() + dt.timedelta(days=1)
    return dt.datetime.combine(tomorrow, dt.time(), zone).astimezone(dt.UTC)


class OverridePage:
    """The page of one script's override, and what its buttons do."""

    def __init__(self, script: Script, database: Database) -> None:
        self.script = script
        self._database = database
        self.zone = ZoneInfo(script.line.time_zone)

    def blueprint(self) -> Blueprint:
        """Return the routes `/override` and `/override/end`."""
        pages = Blueprint("override", __name__)
        pages.add_url_rule("/override", view_func=self.page)
        pages.add_url_rule("/override", view_func=self.put, methods=["POST"])
        pages.add_url_rule("/override/end", view_func=self.end, methods=["POST"])
        return pages

    def page(self) -> str:
        """Show what holds, and offer something else."""
        return self._shown("", standing(self.script, self._database, _now()).words)

    def put(self) -> Response | tuple[str, int]:
        """Let what was chosen hold; refuse what may not be, with what was written kept."""
        words = {code: request.form.get(f"say-{code}", "") for code in self.script.line.languages}
        now = _now()
        try:
            made = checked(self.script, _state(), self._until(now), words, now)
        except OverrideError as e:
            return self._shown(str(e), words), 422
        try:
            override_store.put(self._database, made)
        except SQLAlchemyError as e:
            raise RecordsError(reason(e)) from None
        log.info("an operator put the override %s", made.state)
        return _home()

    def end(self) -> Response:
        """End the override: the hours rule again."""
        try:
            override_store.end(self._database)
        except SQLAlchemyError as e:
            raise RecordsError(reason(e)) from None
        log.info("an operator ended the override")
        return _home()

    def _until(self, now: dt.datetime) -> dt.datetime:
        text = request.form.get("until", "").strip()
        if not text:
            return midnight(now, self.zone)
        try:
            return parse_local(text, self.zone.key)
        except ValueError as e:
            raise OverrideError(str(e)) from None

    def _shown(self, wrong: str, words: dict[str, str]) -> str:
        now = _now()
        until = request.form.get("until") or f"{midnight(now, self.zone).astimezone(self.zone)}"
        return render_template(
            "override.html",
            standing=standing(self.script, self._database, now),
            wrong=wrong[:1].upper() + wrong[1:],
            words=words,
            languages=[(code, language_name(code)) for code in self.script.line.languages],
            state=request.form.get("state", ""),
            until=until[:16].replace(" ", "T"),
            most=MOST_CHARACTERS,
        )


def _state() -> State:
    text = request.form.get("state", "")
    found = next((state for state in STATES if state == text), None)
    if found is None:
        raise OverrideError(f"choose one of: {', '.join(STATES)}")
    return found


def _by_hours(script: Script, now: dt.datetime) -> str:
    line = script.line
    if not line.office.numbers:
        rung = (
            "the people on call are rung"
            if line.on_call
            else "an announcement is heard all the same"
        )
        return f"No telephone of the office is in line.yaml; {rung}"
    opening = script.schedule.opening(now)
    return f"{'Open' if opening.is_open else 'Closed'}, by line.yaml: {opening.why}"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _home() -> Response:
    return redirect(url_for("console.home"), 303)  # type: ignore[return-value]
