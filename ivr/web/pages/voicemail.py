"""`/messages`: what callers left. For operators: they listen, call back, and delete.

The sound comes from the carrier as it is listened to, and is kept nowhere here. Who did what is
written down.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from ivr.carrier.client import Account
from ivr.database.engine import opened, reason, writing
from ivr.errors import RecordsError
from ivr.script.line import Voicemail
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.transcript.labels import language_name
from ivr.voicemail import store
from ivr.voicemail.store import Message
from ivr.web.pages.dashboard import moment
from ivr.web.voice.carrier_actions import streamed

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@dataclass(frozen=True)
class Shown:
    """A message as the page shows it. `waits`: how long, until now or until the call back."""

    message: Message
    left: str
    language: str
    seconds: str
    waits: str
    goes: str


class Messages:
    """The inbox of one line."""

    def __init__(
        self, script: Script, settings: Settings, clock: Callable[[], dt.datetime]
    ) -> None:
        self.script = script
        self.settings = settings
        self._clock = clock
        self._zone = ZoneInfo(script.line.time_zone)

    def blueprint(self) -> Blueprint:
        """Return the page, a message's sound, and what can be done with it."""
        pages = Blueprint("messages", __name__)
        pages.add_url_rule("/messages", view_func=self.page)
        pages.add_url_rule("/messages/<int:number>/sound", view_func=self.sound)
        for path, view in (("called-back", self.called_back), ("delete", self.delete)):
            pages.add_url_rule(
                f"/messages/<int:number>/{path}", view_func=view, methods=["GET", "POST"]
            )
        pages.register_error_handler(SQLAlchemyError, _no_records)
        return pages

    def page(self) -> str:
        """Show all messages: those to be called back first, urgent ones before others."""
        with opened(self.settings).connect() as connection:
            found = store.listed(connection)
            done = store.audit_log(connection)
        return render_template(
            "messages.html",
            shown=list(self._shown(found)),
            waiting=sum(m.called_back is None for m in found),
            days=self._keep_days(),
            done=[(moment(d.moment, self._zone), d) for d in done],
            is_on=self.script.line.voicemail is not None,
            has_account=Account.configured(self.settings) is not None,
        )

    def sound(self, number: int) -> Response:
        """Play a message, from the carrier, to who is signed in; a part of it where asked for."""
        message = self._found(number)
        account = Account.configured(self.settings)
        if account is None:
            abort(503, "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN to hear messages.")
        if _is_first_part():
            with writing(opened(self.settings)) as connection:
                store.log_action(
                    connection, current_user.name, "listened", message.id, self._clock()
                )
        return streamed(account, message.recording)

    def called_back(self, number: int) -> Response:
        """Take it that the operator has called back."""
        if request.method == "POST":
            message = self._found(number)
            with writing(opened(self.settings)) as connection:
                store.mark_called_back(connection, message, current_user.name, self._clock())
        return redirect(url_for("messages.page"))  # type: ignore[return-value]

    def delete(self, number: int) -> Response | str:
        """Ask whether to delete a message; told yes, delete it here and at the carrier."""
        message = self._found(number)
        if request.method == "GET":
            shown = next(self._shown([message]))
            return render_template("message-delete.html", shown=shown)
        with writing(opened(self.settings)) as connection:
            store.remove(connection, message, current_user.name, self._clock())
        return redirect(url_for("messages.page"))  # type: ignore[return-value]

    def _found(self, number: int) -> Message:
        with opened(self.settings).connect() as connection:
            message = store.get(connection, number) if number < LARGEST else None
        if message is None:
            abort(404, "This message is not here. It may have been deleted.")
        return message

    def _shown(self, messages: list[Message]) -> Iterator[Shown]:
        now = self._clock()
        for m in messages:
            goes = m.left + dt.timedelta(days=self._keep_days())
            yield Shown(
                m,
                moment(m.left, self._zone),
                language_name(m.language) if m.language in self.script.words else m.language,
                "" if m.seconds is None else f"{m.seconds // 60}:{m.seconds % 60:02}",
                spent(m.returned_in or now - m.left),
                moment(goes, self._zone).partition(",")[0],
            )

    def _keep_days(self) -> int:
        return (self.script.line.voicemail or Voicemail()).keep_days


LARGEST = 2**63
"""No id is larger, and no database takes one."""


def spent(time: dt.timedelta) -> str:
    """Return a time as people say it: "5 minutes", "3 hours", "2 days"."""
    unit, name = next(
        ((unit, name) for unit, name in ((DAY, "day"), (HOUR, "hour")) if time >= unit),
        (dt.timedelta(minutes=1), "minute"),
    )
    count = max(time // unit, 0)
    return f"{count} {name}{'' if count == 1 else 's'}"


def _is_first_part() -> bool:
    """Tell whether listening begins: players ask for what follows in parts."""
    return request.headers.get("Range", "bytes=0-").startswith("bytes=0-")


def _no_records(error: SQLAlchemyError) -> Response:
    raise RecordsError(reason(error))
