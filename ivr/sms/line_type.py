"""Which kind of line a telephone number is on, by the carrier's Lookup, for a fee."""

from collections.abc import Mapping

from ivr.carrier.client import Account, client, map_carrier_errors

WITHOUT_TEXTS = frozenset(
    {"landline", "pager", "voicemail", "tollFree", "premium", "sharedCost", "uan"}
)
"""Kinds of lines on which nobody would read a text (Twilio, Lookup v2, line type intelligence).

VoIP, "personal" and "unknown" are not among them: some such lines take texts, so one is tried.
"""


def takes_texts(account: Account, number: str) -> bool:
    """Return whether a number (E.164) is on a line that may take texts; True if in doubt.

    Asks the carrier once, with time-outs of a second. Raises CarrierError.
    """
    with map_carrier_errors("ask what line a number is on"):
        lookup = client(account, low_latency=True).lookups.v2.phone_numbers(number)
        line_type = lookup.fetch(fields="line_type_intelligence").line_type_intelligence
    return not (isinstance(line_type, Mapping) and line_type.get("type") in WITHOUT_TEXTS)
