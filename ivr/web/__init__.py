"""Flask lives here and nowhere else: the carrier's webhooks, and what operators see.

Any WSGI server can run `ivr.web:create_app()`.
"""

from ivr.web.app import create_app

__all__ = ["create_app"]
