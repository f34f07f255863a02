"""The second factor of a sign-in: a code of an authenticator app (TOTP, RFC 6238).

A recovery code takes its place if the telephone is lost.
The app's secret is stored encrypted, so that the database alone gives no codes. A code is accepted
once, and a recovery code is removed when it is used. All functions raise SQLAlchemyError if the
database fails.
"""

import base64
import datetime as dt
import hashlib
import hmac
import logging
import re
import secrets

import pyotp
from cryptography.fernet import InvalidToken
from sqlalchemy import Connection, delete, insert, select, update

from ivr.accounts.operators import Operator
from ivr.accounts.secret_key import cipher
from ivr.database.schema import operators, recovery_codes

log = logging.getLogger("ivr.auth")

INTERVAL = 30
"""Seconds for which a code is shown (RFC 6238)."""

RECOVERY_CODES = 10
"""How many recovery codes an operator gets."""

_SECRET = re.compile(r"[A-Z2-7]{32}")


def new_secret() -> str:
    """Return a secret of 160 bits for an authenticator app, in base 32."""
    return pyotp.random_base32()


def uri(secret: str, operator: str, issuer: str) -> str:
    """Return what an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=operator, issuer_name=issuer)


def enrol(
    connection: Connection, operator: Operator, secret: str, code: str, key: bytes
) -> list[str] | None:
    """Require codes of a secret from now on, and return the recovery codes.

    Returns None if the code is not that of the secret now. `key`: this installation's secret.
    """
    now = dt.datetime.now(dt.UTC)
    interval = _matching(secret, code, now) if _SECRET.fullmatch(secret) else None
    if interval is None:
        return None
    stored = cipher(key, "second factors").encrypt(secret.encode()).decode()
    values = {"totp": stored, "totp_used": interval}
    connection.execute(update(operators).where(operators.c.id == operator.id).values(values))
    return new_recovery_codes(connection, operator)


def new_recovery_codes(connection: Connection, operator: Operator) -> list[str]:
    """Give an operator new recovery codes in place of those they had, and return them."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.operator_id == operator.id))
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    rows = [{"operator_id": operator.id, "hash": _hash(code)} for code in codes]
    connection.execute(insert(recovery_codes), rows)
    return codes


def accepts(connection: Connection, operator: Operator, code: str, key: bytes) -> bool:
    """Return whether a code of the app, or a recovery code, is right; it is good only once."""
    row = connection.execute(select(operators).where(operators.c.id == operator.id)).one()
    secret = _decrypted(row.totp, key) if row.totp else ""
    interval = _matching(secret, code, dt.datetime.now(dt.UTC)) if secret else None
    if interval is not None:
        unused = (operators.c.id == operator.id, operators.c.totp_used < interval)
        used = update(operators).where(*unused).values(totp_used=interval)
        return connection.execute(used).rowcount == 1
    mine = (recovery_codes.c.operator_id == operator.id, recovery_codes.c.hash == _hash(code))
    return connection.execute(delete(recovery_codes).where(*mine)).rowcount > 0


def recovery_codes_left(connection: Connection, operator: Operator) -> int:
    """Return how many recovery codes an operator has not used."""
    mine = select(recovery_codes.c.id).where(recovery_codes.c.operator_id == operator.id)
    return len(connection.execute(mine).all())


def _matching(secret: str, code: str, now: dt.datetime) -> int | None:
    """Return the interval of which a code is; one before or after the present one is accepted."""
    digits = code.replace(" ", "")
    totp = pyotp.TOTP(secret)
    at = int(now.timestamp()) // INTERVAL
    for interval in (at, at - 1, at + 1):
        if hmac.compare_digest(totp.at(interval * INTERVAL).encode(), digits.encode()):
            return interval
    return None


def _recovery_code() -> str:
    """Return a code of 80 bits: four groups of four letters."""
    letters = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(letters[i : i + 4] for i in range(0, 16, 4))


def _hash(code: str) -> str:
    plain = "".join(code.split()).replace("-", "").lower()
    return hashlib.sha256(plain.encode()).hexdigest()


def _decrypted(stored: str, key: bytes) -> str:
    try:
        return cipher(key, "second factors").decrypt(stored.encode()).decode()
    except InvalidToken:
        log.error("a second factor cannot be read: IVR_SECRET_KEY was changed; see docs/console.md")  # noqa: TRY400
        return ""
