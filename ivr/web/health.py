"""Is the service alive, and is it ready? For load balancers and monitors."""

from flask import Blueprint, Response


def blueprint() -> Blueprint:
    """Return `/healthz` (the process answers) and `/readyz` (the script is loaded)."""
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    @health.get("/readyz")
    def ok() -> Response:
        # The application does not exist without a sound script, so an answer is proof.
        return Response("ok\n", content_type="text/plain")

    return health
