"""The numbers as a text message: what is sent, and who can be sent it."""

from collections.abc import Collection, Iterator

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from ivr.dialog.context import Context, Cue, Next
from ivr.dialog.events import TextStatus
from ivr.dialog.node_kind import NodeKind
from ivr.dialog.turn import Spoken
from ivr.dialog.universals import back, ways_out
from ivr.script.model import Script
from ivr.script.nodes import Text

MESSAGE = "text.message"
"""The prompt that is sent, not spoken."""

_CAN_BE_TEXTED = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def message(script: Script, language: str) -> str:
    """Return the text message with the numbers that callers may dial, in the script's order."""
    numbers = [d.number for d in script.line.destinations.values() if d.number]
    listed = ", ".join(_written(number) for number in numbers)
    text = script.text(language, MESSAGE)
    return text.format_map({"numbers": listed, "agency": script.line.agency.name[language]})


def can_be_texted(caller: str, own: str, countries: Collection[str]) -> bool:
    """Return whether a caller's number, as the carrier sends it, can get a text from our own.

    It must be of one of `countries` (ISO 3166). A calling code is not enough: +1 is also Jamaica.
    A withheld number cannot: carriers send words for it, or a number of another country. Nor can a
    toll-free number. In North America a mobile number cannot be told from a landline's, so the
    carrier has to be asked (`ivr/web/voice/line_type_cache.py`).
    """
    try:
        number, ours = (phonenumbers.parse(n, None) for n in (caller, own))
    except phonenumbers.NumberParseException:
        return False
    return (
        phonenumbers.is_valid_number(number)
        and phonenumbers.is_possible_number(ours)
        and phonenumbers.region_code_for_number(number) in countries
        and phonenumbers.number_type(number) in _CAN_BE_TEXTED
    )


def _written(number: str) -> str:
    if not number.startswith("+"):
        return number
    parsed = phonenumbers.parse(number, None)
    written = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
    return written.removeprefix("+").replace(" ", "-")


def _may(context: Context[Text]) -> Iterator[Spoken]:
    """Warn that somebody else may see the message, and ask for a yes by a key."""
    yield context.spoken("text.ask")
    yield context.choice("text.yes", "1")
    yield from ways_out(context)


def _key(context: Context[Text], key: str) -> Next | None:
    if key != "1":
        return None
    body = message(context.script, context.place.language)
    return Next(context.place.reset_attempts(), text=body)


def _text_ended(context: Context[Text], status: TextStatus) -> Next:
    """Go back to where 8 was pressed, and say what has become of the message."""
    place, _ = back(context)
    return Next(place, (Cue(f"text.{status}", must=True),))


TEXT: NodeKind[Text] = NodeKind(
    may=_may,
    key=_key,
    text_ended=_text_ended,
    grammar=lambda _: None,  # a yes to a message is one by a key
    offers_texts=False,
)
