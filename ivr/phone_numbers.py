"""Telephone numbers as line.yaml has them, and the ids of recordings at the carrier."""

import re
from typing import Annotated

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType
from pydantic import BeforeValidator, ValidationInfo

DEFAULT_COUNTRY = "US"

_E164 = phonenumbers.PhoneNumberFormat.E164

COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""The countries whose numbers can be read, as ISO 3166 codes."""

_EXPENSIVE = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})


def national_or_international(text: str, country: str) -> str:
    """Return a number in E.164, from the way in which people of a country write it.

    `country` is an ISO 3166 code such as "US". Raises ValueError, in words for an operator, for a
    number that the numbering plan does not have, one with an extension, and a premium-rate number.
    """
    example = '"+12025550100"'
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise ValueError(f'"{text}" is no telephone number; write it as {example}') from None
    if number.extension:
        raise ValueError(
            f'"{text}" has the extension {number.extension}, which the line cannot dial; '
            "give a number that rings without one"
        )
    if re.search(r"[^\W\d_]", text):
        raise ValueError(f'"{text}" cannot be dialled; write digits alone, as {example}')
    if not phonenumbers.is_valid_number(number):
        where = "" if number.country_code == _calling_code(country) else f" in {_place(number)}"
        raise ValueError(
            f'"{text}" is no number that exists{where}; look it up again, and write all of its'
            f" digits, as in {example}"
        )
    if phonenumbers.number_type(number) in _EXPENSIVE:
        raise ValueError(f'"{text}" is a premium-rate number; give one at the ordinary rate')
    return phonenumbers.format_number(number, _E164)


def e164(number: str) -> str | None:
    """Return a number with its country code as +12025550100; None if it cannot be dialled."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None
    is_possible = phonenumbers.is_possible_number(parsed)
    return phonenumbers.format_number(parsed, _E164) if is_possible else None


def written_number(number: str) -> str:
    """Return a number, E.164, as its country writes it: 1-888-373-7888. A short one stays."""
    if not number.startswith("+"):
        return number
    parsed = phonenumbers.parse(number, None)
    form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return re.sub(r"[\s()-]+", "-", phonenumbers.format_number(parsed, form)).lstrip("+")


def is_foreign(number: str, country: str) -> bool:
    """Tell whether a number (E.164) is of another country than `country` (ISO 3166).

    International freephone numbers (+800) are of every country; satellite telephones are of none.
    """
    region = region_of(number)
    return region != country and not (region == "001" and is_toll_free(number))


def region_of(number: str) -> str:
    """Return the country of a number (E.164) as an ISO 3166 code."""
    parsed = phonenumbers.parse(number, None)
    return phonenumbers.region_code_for_number(parsed) or _place(parsed)


def is_toll_free(number: str) -> bool:
    """Tell whether a number (E.164) costs those who call it nothing."""
    parsed = phonenumbers.parse(number, None)
    return phonenumbers.number_type(parsed) == PhoneNumberType.TOLL_FREE


def _place(number: PhoneNumber) -> str:
    return phonenumbers.region_code_for_country_code(number.country_code or 0)


def _calling_code(country: str) -> int:
    return phonenumbers.country_code_for_region(country)


def _dialable(text: object, info: ValidationInfo) -> object:
    """Read a number by the country of line.yaml, which the loader gives as the context."""
    if not isinstance(text, str):
        return text
    country = (info.context or {}).get("country", DEFAULT_COUNTRY)
    return national_or_international(text, country)


E164 = Annotated[str, BeforeValidator(_dialable)]
"""A number with its country, as +12025550100; it may be written as people of the country do."""

RECORDING_SID = re.compile(r"RE[0-9a-f]{32}", re.ASCII)
"""The carrier's id of a recording."""
