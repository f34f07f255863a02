"""Is the service alive, and is it ready? For load balancers and monitors."""

import hmac

from flask import Blueprint, Response, abort, request

from ivr import metrics
from ivr.records.recorder import Recorder
from ivr.settings import Settings
from ivr.web.auth import LOOPBACK_ADDRESSES


def blueprint(settings: Settings, recorder: Recorder) -> Blueprint:
    """Return `/healthz` (the process answers), `/readyz` (it can take calls) and `/metrics`."""
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def alive() -> Response:
        return _text("ok\n")

    @health.get("/readyz")
    def ready() -> Response:
        # The application does not exist without a sound script, so an answer is proof of that.
        # Records that cannot be written take no line out of service: calls go on without them.
        records = "cannot be written, facts wait" if recorder.trouble else "ok"
        return _text(f"ok\nscript: ok\nrecords: {records}\n")

    @health.get("/metrics")
    def figures() -> Response:
        if not _may_read(settings.metrics_token):
            abort(403, "metrics are for this machine alone, or for who has IVR_METRICS_TOKEN")
        recorder.catch_up()
        body, kind = metrics.page()
        return Response(body, content_type=kind)

    return health


def _text(text: str) -> Response:
    return Response(text, content_type="text/plain")


def _may_read(token: str) -> bool:
    if token:
        told = request.headers.get("Authorization", "")
        return hmac.compare_digest(told.encode(), f"Bearer {token}".encode())
    # A proxy on this machine speaks for others.
    proxied = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.remote_addr in LOOPBACK_ADDRESSES and not proxied
