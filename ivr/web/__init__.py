"""The only package that imports Flask: the carrier's webhooks, and the pages of operators.

Any WSGI server can run `ivr.web:create_app()`. The function is imported at its first use, so that
modules of this package can be imported without the whole application.
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
