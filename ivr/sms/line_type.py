"""What line a telephone number is on, as the carrier's Lookup tells for a fee."""

from collections.abc import Mapping

from ivr.carrier.client import Account, client, map_carrier_errors

WITHOUT_TEXTS = frozenset(
    {"landline", "pager", "voicemail", "tollFree", "premium", "sharedCost", "uan"}
)
"""Types of lines (Twilio, Lookup v2) on which nobody would read a text from us.

Some VoIP lines take texts and some do not, and the type does not tell; nor does "personal" (a
number that follows a person) or "unknown". There a text may be tried.
"""


def takes_texts(account: Account, number: str) -> bool:
    """Tell whether a number (E.164) is on a line that may take a text; so it is if in doubt.

    The carrier is asked once, and waited for about a second. Raises CarrierError.
    """
    with map_carrier_errors("ask what line a number is on"):
        asked = client(account, hasty=True).lookups.v2.phone_numbers(number)
        told = asked.fetch(fields="line_type_intelligence").line_type_intelligence
    return not (isinstance(told, Mapping) and told.get("type") in WITHOUT_TEXTS)
