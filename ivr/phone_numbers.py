"""Telephone numbers in E.164, and the carrier's ids of recordings."""

import re
from typing import Annotated

import phonenumbers
from pydantic import AfterValidator


def e164(number: str) -> str | None:
    """Return a number with its country code as +18883737888; None if it cannot be dialled."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None
    is_possible = phonenumbers.is_possible_number(parsed)
    return phonenumbers.format_number(parsed, _FORMAT) if is_possible else None


_FORMAT = phonenumbers.PhoneNumberFormat.E164


def _dialable(number: str) -> str:
    dialable = e164(number)
    if dialable is None:
        raise ValueError(f'"{number}" cannot be dialled; write it as "+18883737888"')
    return dialable


E164 = Annotated[str, AfterValidator(_dialable)]
"""A telephone number that can be dialled, stored in E.164: +18883737888."""

RECORDING_SID = re.compile(r"RE[0-9a-f]{32}", re.ASCII)
"""The carrier's id of a recording."""
