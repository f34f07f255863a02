"""Telephone numbers as line.yaml has them, and the ids of recordings at the carrier."""

import re
from typing import Annotated

import phonenumbers
from pydantic import AfterValidator


def _dialable(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise ValueError(f'"{number}" cannot be dialled; write it as "+18883737888"')
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


E164 = Annotated[str, AfterValidator(_dialable)]
"""A number with its country, as +18883737888."""

RECORDING_SID = re.compile(r"RE[0-9a-f]{32}", re.ASCII)
"""The id of a recording at the carrier."""
