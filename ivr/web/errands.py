"""What a turn wants of the carrier before it can be answered: to send a text, to play a recording.

A webhook waits for that a few seconds at most, and few of them at a time, so that a carrier that
hangs keeps no other caller waiting.
"""

import datetime as dt
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Final, TypeVar

from flask import Response, abort, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from limits import RateLimitItemPerDay
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from ivr.carrier.account import Account
from ivr.carrier.messages import text
from ivr.carrier.recordings import Media, recording
from ivr.dialog.events import TextStatus
from ivr.dialog.texting import can_be_texted
from ivr.errors import CarrierError, RecordsError
from ivr.records import texts
from ivr.records.database import opened, writing
from ivr.records.digest import Digest
from ivr.records.secret import secret
from ivr.script.model import Script
from ivr.settings import Settings

log = logging.getLogger("ivr.errands")

T = TypeVar("T")

WAIT_SECONDS = 4.0
"""How long a caller waits for the carrier's API; their webhook has 15 seconds (Twilio)."""

AT_ONCE = 3
"""So many webhooks of a process wait for the carrier's API at a time; others do without."""

SOUND_SECONDS = 600
"""How long the address of a sound is good."""

STOPPED: Final = 21610
"""The carrier's error for a telephone whose owner has answered STOP (Twilio)."""

AGAIN_SECONDS = 0.7
"""A recording is there a moment after the call has gone on (Twilio, Record)."""


class Errands:
    """Asks the carrier for what the turns of a line want."""

    def __init__(
        self, script: Script, settings: Settings, clock: Callable[[], dt.datetime]
    ) -> None:
        self.script = script
        self.settings = settings
        self._clock = clock
        self._seals = URLSafeTimedSerializer(secret(settings), salt="sound")
        self._digest = Digest(secret(settings))
        self._busy = threading.BoundedSemaphore(AT_ONCE)
        self._engine: Engine | None = None
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def can_text(self, caller: str, own: str | None, *, rehearsed: bool) -> bool:
        """Tell whether a caller is offered a text: line.yaml says so, and there is an account."""
        if not self.script.line.text_me or not can_be_texted(caller, own or ""):
            return False
        return rehearsed or Account.known(self.settings) is not None

    def text(self, caller: str, own: str | None, body: str, *, rehearsed: bool) -> TextStatus:
        """Send a text to who is calling, if anybody; "late" where the carrier takes its time."""
        account = Account.known(self.settings)
        if rehearsed:
            return "sent"
        if account is None or own is None or not can_be_texted(caller, own):
            return "refused"
        return self._within(lambda: self._send(account, caller, own, body), "refused", "late")

    def sound_url(self, root: str, sound: str, *, rehearsed: bool) -> str:
        """Return where the carrier finds a recording for some minutes; "" where it has none."""
        account = Account.known(self.settings)
        if account is None or rehearsed:
            return ""
        if not self._within(lambda: _is_there(account, sound), False, False):
            return ""
        return f"{root}sound/{self._seals.dumps(sound)}"

    def sound(self, seal: str) -> Response:
        """Serve a recording to the carrier, who does not sign what it plays (Twilio, Play)."""
        try:
            name = self._seals.loads(seal, max_age=SOUND_SECONDS)
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
        hashes = texts.hashes(self._digest, caller, now)
        try:
            if self._engine is None:
                self._engine = opened(self.settings)
            with writing(self._engine) as connection:
                return texts.claim(connection, hashes, now)
        except (SQLAlchemyError, RecordsError, OSError):
            return self._limiter.hit(RateLimitItemPerDay(texts.MOST), hashes[0])

    def _within(self, work: Callable[[], T], busy: T, late: T) -> T:
        """Return what some work gives, if in time; it goes on behind the call."""
        if not self._busy.acquire(blocking=False):
            return busy
        done: queue.SimpleQueue[T] = queue.SimpleQueue()

        def run() -> None:
            try:
                done.put(work())
            except Exception:
                log.exception("the carrier could not be asked")
                done.put(busy)
            finally:
                self._busy.release()

        threading.Thread(target=run, name="errand", daemon=True).start()
        try:
            return done.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            return late


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


def _is_there(account: Account, name: str) -> bool:
    """Tell whether a recording can be played, which it can some moments after it was made."""
    until = time.monotonic() + WAIT_SECONDS - AGAIN_SECONDS
    while True:
        try:
            with closing(recording(account, name)):
                return True
        except CarrierError as e:
            if time.monotonic() > until or e.status != 404:  # noqa: PLR2004 it may still come
                return False
        time.sleep(AGAIN_SECONDS)
