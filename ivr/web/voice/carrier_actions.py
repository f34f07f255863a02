"""What a turn wants of the carrier before it can be answered: to send a text, to play a recording.

A webhook waits for that a few seconds at most, and few of them at a time, so that a carrier that
hangs keeps no other caller waiting. Before a call's first words there is one thing to ask: whether
who calls can take a text.
"""

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Final

from flask import Response, abort, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from limits import RateLimitItemPerDay
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from ivr.accounts.secret_key import secret
from ivr.carrier.client import Account
from ivr.carrier.recordings import Media, recording
from ivr.database.engine import opened, writing
from ivr.dialog.events import TextStatus
from ivr.dialog.nodes.text import can_be_texted
from ivr.errors import CarrierError, RecordsError
from ivr.records.pseudonyms import Digest
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.sms import quota
from ivr.sms.send import text
from ivr.web.voice.line_type_cache import Landlines
from ivr.web.voice.timeouts import Waiting
from ivr.web.waits import Waits

log = logging.getLogger("ivr.errands")

STOPPED: Final = 21610
"""The carrier's error for a telephone whose owner has answered STOP (Twilio)."""

AGAIN_SECONDS = 0.7
"""A recording is there a moment after the call has gone on (Twilio, Record)."""


class CarrierActions:
    """Asks the carrier for what the turns of a line want."""

    def __init__(
        self,
        script: Script,
        settings: Settings,
        clock: Callable[[], dt.datetime],
        waits: Waits = Waits(),
    ) -> None:
        self.script = script
        self.settings = settings
        self._waits = waits
        self._clock = clock
        self._seals = URLSafeTimedSerializer(secret(settings), salt="sound")
        self._digest = Digest(secret(settings))
        self._waiting = Waiting()
        self._landlines = Landlines(self._digest, clock, waits.line_type)
        self._engine: Engine | None = None
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def can_text(self, caller: str, own: str | None, *, rehearsed: bool) -> bool:
        """Tell whether a caller is offered a text: line.yaml says so, and there is an account.

        Where line.yaml wants that, the carrier is asked whether they have a landline.
        """
        line = self.script.line
        if not line.text_me or not can_be_texted(caller, own or ""):
            return False
        account = Account.known(self.settings)
        if rehearsed or account is None:
            return rehearsed
        return not (line.ask_line_type and self._landlines.has(account, caller))

    def text(self, caller: str, own: str | None, body: str, *, rehearsed: bool) -> TextStatus:
        """Send a text to who is calling, if anybody; "late" where the carrier takes its time."""
        account = Account.known(self.settings)
        if rehearsed:
            return "sent"
        if account is None or own is None or not can_be_texted(caller, own):
            return "refused"
        send: Callable[[], TextStatus] = partial(self._send, account, caller, own, body)
        return self._waiting.within(self._waits.carrier, send, "refused", "late")

    def sound_url(self, root: str, sound: str, *, rehearsed: bool) -> str:
        """Return where the carrier finds a recording for some minutes; "" where it has none."""
        account = Account.known(self.settings)
        if account is None or rehearsed:
            return ""
        wait = self._waits.carrier
        look = partial(_is_there, account, sound, wait)
        if not self._waiting.within(wait, look, busy=False, late=False):
            return ""
        return f"{root}sound/{self._seals.dumps(sound)}"

    def sound(self, seal: str) -> Response:
        """Serve a recording to the carrier, who does not sign what it plays (Twilio, Play)."""
        try:
            name = self._seals.loads(seal, max_age=self._waits.sound)
        except BadSignature:
            abort(403, "this address is not good, or not any more")
        account = Account.known(self.settings)
        if account is None:
            abort(404)
        return streamed(account, str(name))

    def _send(self, account: Account, caller: str, own: str, body: str) -> TextStatus:
        if not self._may_send(caller):
            return "enough"
        try:
            text(account, caller, own, body)
        except CarrierError as e:
            log.warning("the numbers could not be texted: %s", e.code or e.status or "no answer")
            if e.code == STOPPED:
                return "stopped"
            return "late" if e.unsure else "refused"
        return "sent"

    def _may_send(self, caller: str) -> bool:
        """Count a text; where the records cannot, each process counts for itself."""
        now = self._clock()
        hashes = quota.hashes(self._digest, caller, now)
        try:
            if self._engine is None:
                self._engine = opened(self.settings)
            with writing(self._engine) as connection:
                return quota.claim(connection, hashes, now)
        except (SQLAlchemyError, RecordsError, OSError):
            return self._limiter.hit(RateLimitItemPerDay(quota.MOST), hashes[0])


def streamed(account: Account, name: str) -> Response:
    """Return a recording as it comes from the carrier, or the part that is asked for.

    It is kept nowhere on the way. A recording that is not there is a plain 404.
    """
    try:
        media = recording(account, name, within=request.headers.get("Range", ""))
    except CarrierError as e:
        log.warning("%s", e)
        abort(404 if e.status in {404, 416} else 502, "The recording cannot be fetched now.")
    answer = Response(_sent(media), media.status, content_type=media.content_type)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers.extend(media.headers)
    answer.call_on_close(media.close)
    return answer


def _sent(media: Media) -> Iterator[bytes]:
    try:
        yield from media.chunks
    except CarrierError as e:
        log.warning("%s", e)


def _is_there(account: Account, name: str, seconds: float) -> bool:
    """Tell whether a recording can be played, which it can some moments after it was made."""
    until = time.monotonic() + seconds - AGAIN_SECONDS
    while True:
        try:
            with closing(recording(account, name)):
                return True
        except CarrierError as e:
            if time.monotonic() > until or e.status != 404:  # noqa: PLR2004 it may still come
                return False
        time.sleep(AGAIN_SECONDS)
