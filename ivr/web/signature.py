"""Is a request really the carrier's? Each carrier's signature, by its published algorithm.

Twilio and SignalWire sign the URL as they called it, so the raw request target counts, not Flask's
decoded `request.url` (reference: Twilio, webhooks security), and behind a proxy the public URL.
Telnyx signs the time and the body.
"""

import base64
import binascii
import time
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Request
from twilio.request_validator import RequestValidator

from ivr.errors import SettingsError
from ivr.script.carriers import CarrierName

Check = Callable[[Request], bool]

TOLERANCE_SECONDS = 300
"""How old what Telnyx signed may be (its webhook reference)."""


def checker(tokens: tuple[str, ...], public_url: str, carrier: CarrierName = "twilio") -> Check:
    """Return a check of requests against any of the tokens (two while one is being rotated).

    A token is Twilio's auth token, SignalWire's signing key, or Telnyx's public key (base64).
    Raises SettingsError for a key that cannot be one.
    """
    if carrier == "telnyx":
        keys = [_public_key(token) for token in tokens]
        return lambda request: _is_by_telnyx(request, keys)
    header = "X-SignalWire-Signature" if carrier == "signalwire" else "X-Twilio-Signature"
    validators = [RequestValidator(token) for token in tokens]

    def is_signed(request: Request) -> bool:
        signature = request.headers.get(header, "")
        if not signature:
            return False
        url = called_url(request, public_url)
        form = request.form if request.method == "POST" else {}
        return any(v.validate(url, form, signature) for v in validators)

    return is_signed


def _is_by_telnyx(request: Request, keys: list[Ed25519PublicKey]) -> bool:
    """Tell whether Telnyx signed "timestamp|raw body", and just now (Ed25519)."""
    at = request.headers.get("Telnyx-Timestamp", "")
    if not (at.isascii() and at.isdigit()) or abs(time.time() - int(at)) > TOLERANCE_SECONDS:
        return False
    try:
        signature = base64.b64decode(request.headers.get("Telnyx-Signature-Ed25519", ""))
    except binascii.Error:
        return False
    signed = at.encode() + b"|" + request.get_data()
    return any(_verifies(key, signature, signed) for key in keys)


def _verifies(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def _public_key(text: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except ValueError:
        raise SettingsError(
            "TWILIO_AUTH_TOKEN is no public key of Telnyx: copy it from Keys & Credentials,"
            " Public key, in your Telnyx portal"
        ) from None


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
