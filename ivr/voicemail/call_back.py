"""Calling back as the line: an operator rings the caller who left a message, through the carrier.

Only an operator's telephone that line.yaml has is rung, and then the number that the caller spoke
and the operator typed. That number is stored and logged nowhere: until the operator's telephone is
answered, it travels in an address, encrypted, and only for a few minutes.
"""

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from sqlalchemy import Connection

from ivr.accounts import audit_log
from ivr.accounts.secret_key import cipher, secret
from ivr.carrier.client import Account, client, map_carrier_errors
from ivr.phone_numbers import is_toll_free, national_or_international, region_of
from ivr.script.line import Line
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.twiml import call_back as twiml
from ivr.voicemail.store import RANG

VALID_SECONDS = 300
"""Seconds after which an operator who has not answered can ring nobody any more."""

MOST_AN_HOUR = 20
"""Calls back of all operators in an hour: more are no work with messages."""

HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Telephone:
    """A telephone of the agency's people. `key` names it in a form."""

    key: str
    name: str
    number: str


def telephones(line: Line) -> tuple[Telephone, ...]:
    """Return the telephones on which an operator can be rung: those of line.yaml."""
    people = line.on_call.people.items() if line.on_call else ()
    office = [
        Telephone(f"office-{i}", f"the office, {number}", number)
        for i, number in enumerate(line.office.numbers, 1)
    ]
    return (*(Telephone(f"on-call-{name}", name, number) for name, number in people), *office)


def missing(script: Script, settings: Settings) -> str:
    """Return what has to be set before anybody can call back as the line; "" if nothing is."""
    line = script.line
    if Account.configured(settings) is None or line.carrier != "twilio":
        return "an account at Twilio: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
    if not settings.public_url:
        return "IVR_PUBLIC_URL, the address at which the carrier reaches the line"
    if not line.agency.number:
        return "agency: number: in line.yaml, the number that callers see"
    if not telephones(line):
        return "your telephones, office: or on_call: in line.yaml"
    return ""


def caller_number(line: Line, text: str) -> str:
    """Return the number (E.164) that an operator has typed.

    Raises ValueError, in words for an operator, for one that does not exist, at a premium rate,
    toll-free, one of the line's own, or of a country to which the line sends no texts.
    """
    number = national_or_international(text.strip(), line.country)
    countries = line.limits.text_countries
    if region_of(number) not in countries:
        raise ValueError(
            f"the line calls back in {', '.join(countries)} only (limits: in line.yaml)"
        )
    if is_toll_free(number) or number in _own(line):
        raise ValueError("this is no caller's number; hear the message again")
    return number


def _own(line: Line) -> set[str]:
    numbers = {to.number for to in line.destinations.values() if to.number}
    numbers |= {telephone.number for telephone in telephones(line)}
    return numbers | ({line.agency.number} if line.agency.number else set())


def is_over_limit(connection: Connection, now: dt.datetime) -> bool:
    """Return whether the operators have called back so often that this is no work any more.

    Raises SQLAlchemyError.
    """
    rung = audit_log.newest_of(connection, [RANG], MOST_AN_HOUR)
    return len(rung) == MOST_AN_HOUR and rung[-1].moment > now - HOUR


def ring(
    account: Account, script: Script, settings: Settings, telephone: Telephone, number: str
) -> None:
    """Ring an operator's telephone; if they press 1 there, the caller is rung.

    Raises CarrierError.
    """
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(settings.public_url))
    action = f"{origin}{settings.voice_root}call-back/{seal(settings, number)}"
    document = twiml.ask(script, action).decode()
    with map_carrier_errors("ring your telephone", changes=True):
        client(account).calls.create(
            to=telephone.number,
            from_=script.line.agency.number or "",
            twiml=document,
            timeout=twiml.RING_SECONDS,
        )


def seal(settings: Settings, number: str) -> str:
    """Return a number as an encrypted part of an address, which expires."""
    return cipher(secret(settings), "call back").encrypt(number.encode()).decode()


def unseal(settings: Settings, token: str) -> str | None:
    """Return the number of such an address; None if it is not ours, or has expired."""
    try:
        return cipher(secret(settings), "call back").decrypt(token, ttl=VALID_SECONDS).decode()
    except InvalidToken:
        return None
