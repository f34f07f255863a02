"""The numbers as a text message: what is sent, and who can be sent it."""

from collections.abc import Collection, Iterator
from typing import get_args

import phonenumbers
from phonenumbers import PhoneNumberType

from ivr.dialog.context import Context, Next
from ivr.dialog.events import TextStatus
from ivr.dialog.node_kind import NodeKind, Verb
from ivr.dialog.turn import Gather, Spoken
from ivr.dialog.universals import back, ways_out
from ivr.phone_numbers import written_number
from ivr.script.model import Script
from ivr.script.nodes import Text, Transfer

MESSAGE = "text.message"
"""The prompt that is sent, not spoken."""

ENDED_SECONDS = 1
"""Seconds of silence after the words on what has become of a message."""

_CAN_BE_TEXTED = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def message(script: Script, language: str) -> str:
    """Return the text message with the numbers that callers may dial, in the script's order.

    It says of no number whose it is, so destinations that callers must be warned of are left out.
    """
    transfers = [node for node in script.graph.nodes.values() if isinstance(node, Transfer)]
    warned = {node.destination for node in transfers if node.warn}
    destinations = script.line.destinations.items()
    numbers = [
        d.number_for(language) for name, d in destinations if d.number and name not in warned
    ]
    listed = ", ".join(map(written_number, numbers))
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


class TextKind(NodeKind[Text]):
    phases = frozenset({"", *get_args(TextStatus)})
    offers_texts = False

    def must(self, context: Context[Text]) -> Iterator[Spoken]:
        """Say what has become of the message."""
        if context.place.phase and not context.place.tries:
            yield context.spoken(f"text.{context.place.phase}")

    def may(self, context: Context[Text]) -> Iterator[Spoken]:
        """Warn that somebody else may see the message, and ask for a yes by a key."""
        if context.place.phase:
            return
        yield context.spoken("text.ask")
        yield context.choice("text.yes", "1")
        yield from ways_out(context)

    def verb(self, context: Context[Text]) -> Verb:
        return Gather(ENDED_SECONDS) if context.place.phase else super().verb(context)

    def key(self, context: Context[Text], key: str) -> Next | None:
        if context.place.phase and key in "12345":
            return Next(*back(context))
        if key != "1":
            return None
        body = message(context.script, context.place.language)
        return Next(context.place.reset_attempts(), text=body)

    def silence(self, context: Context[Text]) -> Next | None:
        """Go back to where 8 was pressed, after saying what has become of the message."""
        return Next(*back(context)) if context.place.phase else None

    def text_ended(self, context: Context[Text], status: TextStatus) -> Next:
        return Next(context.place.reset_attempts()._replace(phase=status))

    def grammar(self, _: Context[Text]) -> None:
        """Take keys alone: a yes to a message is one by a key."""
