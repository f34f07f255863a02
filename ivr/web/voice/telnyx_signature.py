"""Telnyx's signature: Ed25519 over the time and the body, by its webhook reference."""

import base64
import re
import time
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Request

from ivr.errors import SettingsError

TOLERANCE_SECONDS = 300
"""Oldest timestamp that is accepted (Telnyx, webhook reference)."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
"""Seconds since 1970. Python refuses to read a number of some thousand digits."""


def checker(tokens: tuple[str, ...]) -> Callable[[Request], bool]:
    """Return a check of requests against any of the public keys (base64).

    Raises SettingsError for a key that cannot be one.
    """
    keys = [_public_key(token) for token in tokens]
    return lambda request: _is_signed(request, keys)


def _is_signed(request: Request, keys: list[Ed25519PublicKey]) -> bool:
    """Tell whether Telnyx signed "timestamp|raw body" in the last TOLERANCE_SECONDS."""
    at = request.headers.get("Telnyx-Timestamp", "")
    if not _TIMESTAMP.fullmatch(at) or abs(time.time() - int(at)) > TOLERANCE_SECONDS:
        return False
    try:
        signature = base64.b64decode(request.headers.get("Telnyx-Signature-Ed25519", ""))
    except ValueError:  # no base64, or no ASCII
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
            "TWILIO_AUTH_TOKEN is not a Telnyx public key: copy it from Keys & Credentials,"
            " Public key, in your Telnyx portal"
        ) from None
