"""Requests to the carrier's API that a turn needs before it can be answered.

They send a text, look for a recording, or look up whether the caller can take texts. Each waits
`Waits.carrier` seconds at most, and few of them run at a time, so that a carrier that hangs delays
no other caller.
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

from ivr.accounts.secret_key import secret
from ivr.carrier.client import Account
from ivr.carrier.recordings import Media, open_recording
from ivr.dialog.events import TextStatus
from ivr.dialog.nodes.text import can_be_texted
from ivr.errors import CarrierError
from ivr.protection.uses import Verdict
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.sms.send import text
from ivr.web.page_limit import STREAMED
from ivr.web.voice.call_limits import CallLimits
from ivr.web.voice.call_state import CallState
from ivr.web.voice.line_type_cache import LineTypeCache
from ivr.web.voice.timeouts import LimitedWork
from ivr.web.voice.webhook_form import Webhook
from ivr.web.waits import Waits

log = logging.getLogger("ivr.carrier_actions")

STOPPED: Final = 21610
"""The carrier's error code for a number whose owner has replied STOP (Twilio)."""

RETRY_SECONDS = 0.7
"""How long to wait before a recording is looked for again: it appears a moment after its end."""


class CarrierActions:
    """Sends texts and finds recordings for the calls of one script."""

    def __init__(
        self,
        script: Script,
        settings: Settings,
        limits: CallLimits,
        clock: Callable[[], dt.datetime],
        waits: Waits = Waits(),
    ) -> None:
        self.script = script
        self.settings = settings
        self.limits = limits
        self._waits = waits
        self._clock = clock
        self._tokens = URLSafeTimedSerializer(secret(settings), salt="sound")
        self._requests = LimitedWork()
        self._line_types = LineTypeCache(limits.digest, clock, waits.line_type)

    def can_text(self, caller: str, own: str | None, *, rehearsed: bool) -> bool:
        """Tell whether to offer a caller a text: line.yaml has `text_me`, and there is an account.

        With `ask_line_type` in line.yaml, a caller with a landline is not offered one.
        """
        line = self.script.line
        if not line.text_me or not self.is_textable(caller, own):
            return False
        account = Account.configured(self.settings)
        if rehearsed or account is None:
            return rehearsed
        return not (line.ask_line_type and self._line_types.is_landline(account, caller))

    def is_textable(self, caller: str, own: str | None) -> bool:
        """Tell whether a caller's number is a mobile one of a country that texts are sent to."""
        return can_be_texted(caller, own or "", self.script.line.limits.text_countries)

    def text(self, webhook: Webhook, own: str | None, body: str, state: CallState) -> TextStatus:
        """Send a text to the caller; "late" if the carrier takes longer than `Waits.carrier`.

        A copied request sends none: one that was counted before, or that is older than a call.
        """
        caller, account = webhook.values.get("From", ""), Account.configured(self.settings)
        if webhook.is_rehearsal:
            return "sent"
        if account is None or own is None or not self.is_textable(caller, own):
            return "refused"
        if not state.began or state.is_copy(self._clock()):
            return "refused"
        verdict = self.limits.claim("text", webhook, state)
        if verdict is not Verdict.NEW:
            return "late" if verdict is Verdict.AGAIN else "enough"
        send: Callable[[], TextStatus] = partial(self._send, account, caller, own, body)
        status: TextStatus = self._requests.run_with_timeout(
            self._waits.carrier, send, if_busy="refused", if_late="late"
        )
        if status == "refused":
            self.limits.release("text", webhook, state)
        return status

    def sound_url(self, root: str, sound: str, *, rehearsed: bool) -> str:
        """Return a URL that plays a recording for a while; "" if it cannot be played."""
        account = Account.configured(self.settings)
        if account is None or rehearsed:
            return ""
        wait = self._waits.carrier
        look = partial(_is_ready, account, sound, wait)
        is_ready = self._requests.run_with_timeout(wait, look, if_busy=False, if_late=False)
        return f"{root}sound/{self._tokens.dumps(sound)}" if is_ready else ""

    def sound(self, token: str) -> Response:
        """Serve a recording by our signed URL: the carrier signs no such request (Twilio, Play)."""
        try:
            name = self._tokens.loads(token, max_age=self._waits.sound)
        except BadSignature:
            abort(403, "this URL is not valid, or has expired")
        account = Account.configured(self.settings)
        if account is None:
            abort(404)
        return streamed(account, str(name))

    def _send(self, account: Account, caller: str, own: str, body: str) -> TextStatus:
        try:
            text(account, caller, own, body)
        except CarrierError as e:
            log.warning("the text could not be sent: %s", e.code or e.status or "no answer")
            if e.code == STOPPED:
                return "stopped"
            return "late" if e.unsure else "refused"
        return "sent"


def streamed(account: Account, name: str) -> Response:
    """Return a recording, or the part of it that is requested, as it comes from the carrier.

    Nothing of it is stored here. A recording that the carrier does not have is a 404.
    """
    try:
        media = open_recording(account, name, byte_range=request.headers.get("Range", ""))
    except CarrierError as e:
        log.warning("%s", e)
        abort(404 if e.status in {404, 416} else 502, "The recording cannot be fetched now.")
    request.environ[STREAMED] = True
    response = Response(_chunks(media), media.status, content_type=media.content_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers.extend(media.headers)
    response.call_on_close(media.close)
    return response


def _chunks(media: Media) -> Iterator[bytes]:
    try:
        yield from media.chunks
    except CarrierError as e:
        log.warning("%s", e)


def _is_ready(account: Account, name: str, seconds: float) -> bool:
    """Wait until a recording can be played, which takes some moments; return whether it can."""
    until = time.monotonic() + seconds - RETRY_SECONDS
    while True:
        try:
            with closing(open_recording(account, name)):
                return True
        except CarrierError as e:
            if time.monotonic() > until or e.status != 404:  # noqa: PLR2004 it may still come
                return False
        time.sleep(RETRY_SECONDS)
