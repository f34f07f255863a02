"""Requests without a valid signature, reported with the cause that can be seen from here.

A wrong token or a wrong IVR_PUBLIC_URL lets the line refuse every call. The carrier then plays its
fallback, and nothing else tells the operators, so each refusal is counted, one line a minute is
logged, and the operators are alerted if the request seems to be the carrier's.
"""

import hmac
import logging
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from ivr.logs import Throttle
from ivr.settings import Settings
from ivr.web.voice.signature import HEADERS, Signature, called_url
from ivr.web.voice.webhook_form import WebhookRequest

log = logging.getLogger("ivr.voice")

MAX_URL = 200
"""Longest URL that is shown, in characters: strangers choose it."""

MAX_SIGNED_FIELDS = 100
"""Fields of the largest form whose signature is tried for other URLs; a carrier sends about 30."""


class Refusals:
    """Reports refused requests. `alert(kind, text)` alerts the operators."""

    def __init__(
        self,
        settings: Settings,
        signature: Signature | None,
        alert: Callable[[str, str], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._signature = signature
        self.alert = alert
        self._log_throttle = Throttle(now)
        self._alert_throttle = Throttle(now)

    def names_account(self, request: WebhookRequest) -> bool:
        """Tell whether a request bears a signature and our account's id, which few others know."""
        account = self._settings.account_sid
        given = request.webhook.values.get("AccountSid", "")
        return (
            bool(account)
            and any(name in request.environ for name in _SIGNATURE_HEADERS)
            and hmac.compare_digest(given.encode(), account.encode())
        )

    def report(self, request: WebhookRequest) -> None:
        """Log a refused request, at most one a minute, and alert if it seems to be the carrier's.

        Neither names a field of the form or of the query, which may hold a caller's number.
        """
        is_ours = self.names_account(request)
        count = self._log_throttle.count()
        is_alerted = is_ours and bool(self._alert_throttle.count())
        if not (count or is_alerted):
            return
        text = self._explanation(request, is_ours=is_ours)
        if count:
            more = f" ({count} requests since the last such line)" if count > 1 else ""
            log.error("a request was refused: %s%s", text, more)
        if is_alerted:
            self.alert("signature", f"the line refuses calls: {text}")

    def _explanation(self, request: WebhookRequest, *, is_ours: bool) -> str:
        seen = _shown(self.seen_url(request))
        if not any(name in request.environ for name in _SIGNATURE_HEADERS):
            return f"it has no signature, as requests of strangers; the line sees the URL {seen}"
        if signed := self._signed_url(request):
            base = signed.removesuffix(_target(request))
            return (
                f"the line sees the URL {seen}, but the carrier signed for {_shown(signed)}:"
                f" set IVR_PUBLIC_URL to {_shown(base)}"
            )
        if is_ours:
            return (
                f"the line sees the URL {seen}, and the signature is for another URL or by another"
                " token: compare TWILIO_AUTH_TOKEN with your carrier account, and IVR_PUBLIC_URL"
                " with the URL of the number"
            )
        return f"the signature is not that of this account; the line sees the URL {seen}"

    def seen_url(self, request: WebhookRequest) -> str:
        """Return the URL that a signature is compared with."""
        return called_url(request.environ, self._settings.public_url)

    def _signed_url(self, request: WebhookRequest) -> str:
        """Return the URL for which our token signed; empty if we can think of no such URL."""
        if self._signature is None or len(request.fields) > MAX_SIGNED_FIELDS:
            return ""
        for base in dict.fromkeys(self._bases(request)):
            for url in (f"{base}{_target(request)}", f"{base}/voice{_target(request)}"):
                if self._signature.signs(request.environ, request.fields, url):
                    return url
        return ""

    def _bases(self, request: WebhookRequest) -> Iterator[str]:
        """Yield the URLs under which the carrier may know this service, without "/voice"."""
        environ, public = request.environ, urlsplit(self._settings.public_url)
        hosts = [
            environ.get("HTTP_X_FORWARDED_HOST", "").split(",")[0].strip(),
            environ.get("HTTP_HOST", ""),
            public.netloc,
        ]
        prefixes = ["", environ.get("HTTP_X_FORWARDED_PREFIX", "").rstrip("/"), public.path]
        for host in filter(None, hosts):
            for scheme in ("https", "http"):
                for prefix in dict.fromkeys(prefixes):
                    yield f"{scheme}://{host}{prefix}"


_SIGNATURE_HEADERS = (*HEADERS.values(), "HTTP_TELNYX_SIGNATURE_ED25519")


def _target(request: WebhookRequest) -> str:
    """Return path and query as the server got them."""
    return called_url({**request.environ, "HTTP_HOST": "x"}, "http://x").removeprefix("http://x")


def _shown(url: str) -> str:
    """Return a URL without its query, printable and not too long."""
    bare = url.partition("?")[0]
    return "".join(c if c.isprintable() else "?" for c in bare)[:MAX_URL]
