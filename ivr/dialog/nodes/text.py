"""The numbers as a text message: what is sent, and who may be sent it."""

from collections.abc import Iterator

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from ivr.dialog.place import Place
from ivr.dialog.prompts import choice, spoken
from ivr.dialog.turn import Spoken
from ivr.script.model import Script

MESSAGE = "text.message"
"""The prompt that is sent, not said."""

_CAN_BE_TEXTED = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def message(script: Script, language: str) -> str:
    """Return the text message with the numbers that callers may dial, in the script's order."""
    numbers = [d.number for d in script.line.destinations.values() if d.number]
    told = ", ".join(_written(number) for number in numbers)
    text = script.text(language, MESSAGE)
    return text.format_map({"numbers": told, "agency": script.line.agency.name[language]})


def said(script: Script, place: Place) -> Iterator[Spoken]:
    """Say that somebody else may see it, and ask for a yes by a key."""
    yield spoken(script, place, "text.ask")
    yield choice(script, place, "text.yes", "1")


def can_be_texted(caller: str, own: str) -> bool:
    """Tell whether a caller's number (as the carrier tells it) may take a text from our own.

    Not where it is withheld, for which carriers send words or a number of another country; nor a
    toll-free number. In North America a number does not tell a mobile telephone from a landline:
    there the carrier must tell (ivr.web.voice.line_type_cache).
    """
    try:
        number, ours = (phonenumbers.parse(n, None) for n in (caller, own))
    except phonenumbers.NumberParseException:
        return False
    return (
        number.country_code == ours.country_code
        and phonenumbers.is_valid_number(number)
        and phonenumbers.number_type(number) in _CAN_BE_TEXTED
    )


def _written(number: str) -> str:
    if not number.startswith("+"):
        return number
    parsed = phonenumbers.parse(number, None)
    written = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
    return written.removeprefix("+").replace(" ", "-")
