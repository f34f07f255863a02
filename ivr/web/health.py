"""Whether the service is alive and ready, for load balancers and monitors."""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Response, abort, request

from ivr import metrics
from ivr.background import PeriodicWorker
from ivr.records.recorder import Recorder
from ivr.settings import Settings
from ivr.web.demo_access import is_local
from ivr.web.routes import Routes, get


@dataclass(frozen=True)
class HealthChecks(Routes, name="health"):
    """`/healthz` (the process answers), `/readyz` (it can take calls) and `/metrics`.

    `trouble_of_pages` returns why the process of the pages is down; None if pages have none.
    """

    settings: Settings
    recorder: Recorder
    workers: Sequence[PeriodicWorker]
    trouble_of_pages: Callable[[], str] | None = None

    @get("/healthz")
    def alive(self) -> Response:
        """Answer: the process lives."""
        return _text("ok\n")

    @get("/readyz")
    def ready(self) -> Response:
        """Tell that calls can be taken, if records can be written, and what is down.

        The application does not exist without a sound script, so an answer is proof of one. If the
        records cannot be written, the line stays in service: calls go on without them.
        """
        records = "cannot be written, facts wait" if self.recorder.trouble else "ok"
        down = [f"worker {w.name}: {w.trouble}\n" for w in self.workers if w.trouble]
        if self.trouble_of_pages is not None:
            down.append(f"pages: {self.trouble_of_pages() or 'ok'}\n")
        return _text(f"ok\nscript: ok\nrecords: {records}\n{''.join(down)}")

    @get("/metrics")
    def metrics(self) -> Response:
        """Serve the Prometheus metrics of all processes of the line."""
        if not self._may_read():
            abort(403, "metrics are only served to this machine, or with IVR_METRICS_TOKEN")
        self.recorder.catch_up()
        body, content_type = metrics.page(exact=self.settings.metrics_exact)
        return Response(body, content_type=content_type)

    def _may_read(self) -> bool:
        if token := self.settings.metrics_token:
            given = request.headers.get("Authorization", "")
            return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
        # A request that a proxy on this machine passes on is somebody else's.
        is_proxied = any(name.upper().startswith(_FORWARDED) for name, _ in request.headers)
        return is_local(request) and not is_proxied


_FORWARDED = ("X-FORWARDED-", "FORWARDED", "VIA", "X-REAL-IP", "X-CLIENT-IP", "CF-", "TRUE-CLIENT")
"""What the headers begin with that proxies add."""


def _text(text: str) -> Response:
    return Response(text, content_type="text/plain")
