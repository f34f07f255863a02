"""The secret of this installation, which keys its hashes and the console's sessions."""

import base64
import hmac
import logging
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from ivr.atomic_file import create_atomically
from ivr.settings import Settings

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

log = logging.getLogger("ivr.records")

FILE = "secret-key"
"""The file in IVR_STATE that holds the secret if IVR_SECRET_KEY is not set."""

_OF_THIS_PROCESS = secrets.token_hex(32).encode()


def secret(settings: Settings) -> bytes:
    """Return IVR_SECRET_KEY, or the secret in IVR_STATE, which is made at its first use.

    If it cannot be stored, return one that only this process has, so that no call fails.
    """
    if settings.secret_key:
        return settings.secret_key.encode()
    path = settings.state / FILE
    try:
        with suppress(FileNotFoundError):
            return path.read_bytes()
        create_atomically(path, secrets.token_hex(32).encode())
        return path.read_bytes()  # another process may have been faster
    except OSError as e:
        log.error("no secret can be stored in %s (%s): set IVR_SECRET_KEY", path, e.strerror)  # noqa: TRY400 expected
        return _OF_THIS_PROCESS


def cipher(key: bytes, purpose: str) -> "Fernet":
    """Return what encrypts for one purpose; `key` is the secret of an installation."""
    from cryptography.fernet import Fernet  # late: it takes long to import

    derived = hmac.new(key, purpose.encode(), "sha256").digest()
    return Fernet(base64.urlsafe_b64encode(derived))
