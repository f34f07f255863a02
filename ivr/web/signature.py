"""Is a request really the carrier's? The check of X-Twilio-Signature.

Signed is the URL as the carrier called it, so the raw request target counts, not Flask's decoded
`request.url` (reference: Twilio, webhooks security), and behind a proxy the public URL.
"""

from collections.abc import Callable
from urllib.parse import quote, urlsplit

from flask import Request
from twilio.request_validator import RequestValidator

Check = Callable[[Request], bool]


def checker(tokens: tuple[str, ...], public_url: str) -> Check:
    """Return a check of requests against any of the tokens (two while one is being rotated)."""
    validators = [RequestValidator(token) for token in tokens]

    def is_signed(request: Request) -> bool:
        signature = request.headers.get("X-Twilio-Signature", "")
        if not signature:
            return False
        url = called_url(request, public_url)
        form = request.form if request.method == "POST" else {}
        return any(v.validate(url, form, signature) for v in validators)

    return is_signed


def called_url(request: Request, public_url: str) -> str:
    """Return the URL as the carrier called it.

    Its path and query are the raw target where the server tells it (gunicorn, Werkzeug), else
    made from the WSGI path and raw query, which is the same for the plain ASCII of our URLs.
    """
    environ = request.environ
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if not target:
        target = quote(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""))
        if query := environ.get("QUERY_STRING"):
            target += f"?{query}"
    elif not target.startswith("/"):  # the absolute form, which proxies may send
        parts = urlsplit(target)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
    if not public_url:
        return f"{request.scheme}://{request.host}{target}"
    return public_url + target
