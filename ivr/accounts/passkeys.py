"""Passkeys (WebAuthn) as a second factor: the browser signs a challenge, for this site alone.

All functions raise SQLAlchemyError if the database fails.
"""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import webauthn
from sqlalchemy import Connection, insert, select, update
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import PublicKeyCredentialDescriptor

from ivr.accounts.operators import Operator
from ivr.accounts.sessions import Session
from ivr.database.schema import operators, passkeys, sessions

log = logging.getLogger("ivr.auth")

T = TypeVar("T")

MAX_PASSKEYS = 10
"""Passkeys that an operator has at most."""


@dataclass(frozen=True, slots=True)
class Site:
    """What a passkey is bound to: a host name, and the origin of its pages."""

    host: str
    origin: str
    name: str


def registration(connection: Connection, session: Session, site: Site) -> str:
    """Return, as JSON, what a browser needs to make a passkey."""
    operator = session.operator
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=str(operator.id).encode(),
        user_name=operator.name,
        exclude_credentials=_descriptors(connection, operator),
    )
    _store_challenge(connection, session, options.challenge)
    return webauthn.options_to_json(options)


def register(connection: Connection, session: Session, credential: Any, site: Site) -> bool:  # noqa: ANN401 JSON
    """Store a passkey that a browser made; return whether it was for this session and site."""
    operator, challenge = session.operator, _take_challenge(connection, session)
    has_most = len(_descriptors(connection, operator)) >= MAX_PASSKEYS
    if challenge is None or not isinstance(credential, dict) or has_most:
        return False
    verify = partial(webauthn.verify_registration_response, expected_challenge=challenge)
    made = _verified(operator, site, credential, verify)
    if made is None:
        return False
    row = insert(passkeys).values(
        operator_id=operator.id,
        credential=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        created=dt.datetime.now(dt.UTC),
    )
    connection.execute(row)
    count = {"passkeys": operators.c.passkeys + 1}
    connection.execute(update(operators).where(operators.c.id == operator.id).values(count))
    return True


def authentication(connection: Connection, session: Session, site: Site) -> str:
    """Return, as JSON, what a browser needs to sign with one of the operator's passkeys."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host, allow_credentials=_descriptors(connection, session.operator)
    )
    _store_challenge(connection, session, options.challenge)
    return webauthn.options_to_json(options)


def accepts(connection: Connection, session: Session, credential: Any, site: Site) -> bool:  # noqa: ANN401 JSON
    """Return whether a browser signed this session's challenge with the operator's passkey."""
    challenge = _take_challenge(connection, session)
    name = credential.get("id") if isinstance(credential, dict) else None
    mine = (passkeys.c.operator_id == session.operator.id, passkeys.c.credential == str(name))
    row = connection.execute(select(passkeys).where(*mine)).first()
    if challenge is None or row is None:
        return False
    verify = partial(
        webauthn.verify_authentication_response,
        expected_challenge=challenge,
        credential_public_key=row.public_key,
        credential_current_sign_count=row.sign_count,
    )
    signed = _verified(session.operator, site, credential, verify)
    if signed is None:
        return False
    used = update(passkeys).where(passkeys.c.id == row.id).values(sign_count=signed.new_sign_count)
    connection.execute(used)
    return True


def _verified(
    operator: Operator,
    site: Site,
    credential: Any,  # noqa: ANN401 JSON
    verify: Callable[..., T],
) -> T | None:
    """Return what the library has verified; None, with a line in the log, if it refuses it."""
    try:
        own = {"expected_rp_id": site.host, "expected_origin": site.origin}
        return verify(credential=credential, **own)
    except (WebAuthnException, ValueError, TypeError, KeyError) as e:
        log.warning("a passkey of %s was refused: %s", operator.name, type(e).__name__)
        return None


def _descriptors(connection: Connection, operator: Operator) -> list[PublicKeyCredentialDescriptor]:
    mine = select(passkeys.c.credential).where(passkeys.c.operator_id == operator.id)
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(name))
        for name in connection.execute(mine).scalars()
    ]


def _store_challenge(connection: Connection, session: Session, challenge: bytes | None) -> None:
    same = sessions.c.id == session.id
    connection.execute(update(sessions).where(same).values(challenge=challenge))


def _take_challenge(connection: Connection, session: Session) -> bytes | None:
    """Return the challenge of a session, which is good for one answer."""
    row = select(sessions.c.challenge).where(sessions.c.id == session.id)
    challenge: bytes | None = connection.execute(row).scalar()
    _store_challenge(connection, session, None)
    return challenge
