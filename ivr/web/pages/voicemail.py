"""`/messages`: the messages of callers. Operators listen to them, call back, and delete them.

The sound comes from the carrier as it is played, and is not stored here. A log records which
operator did what.
"""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

from flask import Response, abort, make_response, render_template, request
from sqlalchemy import Connection

from ivr.accounts import audit_log
from ivr.carrier.client import Account
from ivr.database.schema import LARGEST
from ivr.errors import CarrierError
from ivr.phone_numbers import written_number
from ivr.protection import blocks
from ivr.script.line import Voicemail
from ivr.text import count_of
from ivr.transcript.labels import language_name
from ivr.voicemail import call_back as calling_back
from ivr.voicemail import store
from ivr.voicemail.store import Message
from ivr.web.auth import current_operator
from ivr.web.console import ConsolePages
from ivr.web.routes import get, not_stored, post, redirected, route
from ivr.web.voice.carrier_actions import streamed

log = logging.getLogger("ivr.messages")

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


class VoicemailPages(ConsolePages, name="messages"):
    """The inbox of one line."""

    @get("/messages")
    def page(self) -> str:
        """Show all messages: those to be called back first, urgent ones before others."""
        with self.database.reading() as connection:
            messages = store.listed(connection)
            entries = audit_log.about_messages(connection)
            held = store.held(connection, self.console.clock())
        return render_template(
            "messages.html",
            shown=[self._shown(message) for message in messages],
            waiting=sum(m.called_back is None for m in messages),
            days=self._keep_days(),
            done=entries,
            held=held,
            is_on=self.script.line.voicemail is not None,
            has_account=Account.configured(self.console.settings) is not None,
        )

    @get("/messages/<int:number>/sound")
    def sound(self, number: int) -> Response:
        """Play a message, or the part of it that is requested, from the carrier."""
        message = self._message(number)
        account = Account.configured(self.console.settings)
        if account is None:
            abort(503, "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN to hear messages.")
        # If this cannot be stored, the error ends the request, and nothing is played.
        with self.database.writing() as connection:
            store.log_listening(
                connection,
                current_operator().name,
                message.id,
                self.console.clock(),
                is_continued=not _is_first_part(),
            )
        return streamed(account, message.recording)

    @route("/messages/<int:number>/called-back", "GET", "POST")
    def called_back(self, number: int) -> Response:
        """Mark a message as called back by this operator."""
        if request.method == "POST":
            message = self._message(number)
            with self.database.writing() as connection:
                store.mark_called_back(
                    connection, message, current_operator().name, self.console.clock()
                )
        return redirected("messages.page", 302)

    @route("/messages/<int:number>/delete", "GET", "POST")
    def delete(self, number: int) -> Response | str:
        """Ask whether to delete a message; if confirmed, hold it, and delete it after that time."""
        message = self._message(number)
        if request.method == "GET":
            page = {"shown": self._shown(message), "hold": store.HOLD}
            return render_template("message-delete.html", **page)
        keep = dt.timedelta(days=self._keep_days())
        with self.database.writing() as connection:
            store.remove(connection, message, current_operator().name, self.console.clock(), keep)
        return redirected("messages.page", 302)

    @route("/messages/<int:number>/block", "GET", "POST")
    def block(self, number: int) -> Response:
        """Block the caller of a message for a day: they ring nobody of the agency."""
        if request.method == "POST":
            message, now = self._message(number), self.console.clock()
            if not message.caller:
                abort(
                    409, "This caller cannot be blocked: the number was withheld, or two days ago."
                )
            operator, mark = current_operator().name, f"message {message.id}"
            with self.database.writing() as connection:
                if blocks.add(connection, message.caller, mark, operator, now):
                    store.log_action(connection, operator, "blocked the caller", message.id, now)
        return redirected("messages.page", 302)

    @route("/messages/<int:number>/call-back", "GET", "POST")
    def call_back(self, number: int) -> Response:
        """Ask for the number that the caller spoke; once it is confirmed, ring them as the line."""
        message = self._message(number)
        if not message.safe:
            abort(409, "This caller did not say that it is safe to call back.")
        line = self.script.line
        phones = calling_back.telephones(line)
        page: dict[str, Any] = {"shown": self._shown(message), "telephones": phones}
        page["missing"] = calling_back.missing(self.script, self.console.settings)
        if request.method == "GET" or page["missing"]:
            return _unstored(page, 200)
        page["typed"] = typed = request.form.get("number", "")
        chosen = request.form.get("telephone", "")
        page["telephone"] = phone = next((p for p in phones if p.key == chosen), None)
        if phone is None:
            abort(400, "This telephone is not in line.yaml.")
        try:
            page["number"] = to = calling_back.caller_number(line, typed[:MOST_CHARACTERS])
        except ValueError as e:
            return _unstored({**page, "problem": f"{e}"}, 422)
        page["written"] = written_number(to)
        if request.form.get("confirmed") != "yes":
            return _unstored(page, 200)
        problem = self._ring(message, phone, to)
        return _unstored({**page, "problem": problem, "rung": not problem}, 502 if problem else 200)

    def _ring(self, message: Message, phone: calling_back.Telephone, to: str) -> str:
        """Ring; return why that is not possible, or nothing. What is not logged is not done."""
        now, operator = self.console.clock(), current_operator().name
        with self.database.writing() as connection:
            if calling_back.is_over_limit(connection, now):
                return "There were too many calls back in the last hour: use another telephone."
            store.log_action(connection, operator, store.RANG, message.id, now)
        try:
            calling_back.ring(
                Account.of(self.console.settings), self.script, self.console.settings, phone, to
            )
        except CarrierError as e:
            log.warning("nobody was called back: error %s", e.code or e.status or "without a code")
            return "The carrier could not ring your telephone. Try again, or use another one."
        return ""

    @post("/messages/<int:number>/restore")
    def restore(self, number: int) -> Response:
        """Bring a deleted message back into the inbox."""
        return self._end_hold(store.restore, number)

    @post("/messages/<int:number>/erase")
    def erase(self, number: int) -> Response:
        """Delete a message for good that an operator deleted."""
        return self._end_hold(store.end_hold, number)

    def _end_hold(
        self, end: Callable[[Connection, int, str, dt.datetime], bool], number: int
    ) -> Response:
        is_held = False
        if number < LARGEST:
            with self.database.writing() as connection:
                is_held = end(connection, number, current_operator().name, self.console.clock())
        if not is_held:
            abort(404, "There is no such message on hold. It may have been deleted for good.")
        return redirected("messages.page")

    def _message(self, number: int) -> Message:
        with self.database.reading() as connection:
            message = store.get(connection, number) if number < LARGEST else None
        if message is None:
            abort(404, "There is no such message. It may have been deleted.")
        return message

    def _shown(self, m: Message) -> dict[str, Any]:
        """Return a message as pages show it. `waits`: until now, or until it was called back."""
        goes, line = m.left + dt.timedelta(days=self._keep_days()), self.script.line
        return {
            "message": m,
            "language": language_name(m.language) if m.language in line.languages else m.language,
            "seconds": "" if m.seconds is None else f"{m.seconds // 60}:{m.seconds % 60:02}",
            "waits": spent(m.returned_in or self.console.clock() - m.left),
            "goes": goes,
        }

    def _keep_days(self) -> int:
        return (self.script.line.voicemail or Voicemail()).keep_days


def _unstored(page: dict[str, Any], status: int) -> Response:
    """Return the page of a call back, which no browser stores: it may have the caller's number."""
    return not_stored(make_response(render_template("message-call-back.html", **page), status))


MOST_CHARACTERS = 40
"""Characters of the longest number that is read."""


def spent(time: dt.timedelta) -> str:
    """Return a duration in words: "5 minutes", "3 hours", "2 days"."""
    unit, name = next(
        ((unit, name) for unit, name in ((DAY, "day"), (HOUR, "hour")) if time >= unit),
        (dt.timedelta(minutes=1), "minute"),
    )
    return count_of(max(time // unit, 0), name)


def _is_first_part() -> bool:
    """Tell whether the start is requested: players then request the rest in parts."""
    return request.headers.get("Range", "bytes=0-").startswith("bytes=0-")
