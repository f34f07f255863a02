"""Flask lives here and nowhere else: the carrier's webhooks, and what operators see.

Any WSGI server can run `ivr.web:create_app()`. It is imported when it is asked for, since some want
no more of this package than how it logs.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ivr.web.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 PEP 562
    if name != "create_app":
        raise AttributeError(name)
    from ivr.web import app

    return app.create_app
