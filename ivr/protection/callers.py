"""A caller as a keyed hash: the same for all calls from a number, for a day or two.

The number itself is never stored. Its hash has the key of the day (ivr.records.pseudonyms).
"""

import datetime as dt
from dataclasses import dataclass

import phonenumbers

from ivr.records.pseudonyms import Digest

_WITHHELD_SIP = ("sip:anonymous", "sip:unknown", "sip:restricted")


@dataclass(frozen=True, slots=True)
class Caller:
    """The hashes of a caller: with today's key first, then with those of the days beside it.

    A caller who withholds their number shares `hashes` with all others who do; `block_hashes` are
    then those of the call, so that a block holds for that call alone.
    """

    hashes: tuple[str, ...]
    block_hashes: tuple[str, ...]
    is_withheld: bool


def caller_of(digest: Digest, number: str, call: str, now: dt.datetime) -> Caller:
    """Return the caller of a call; `number` is as the carrier sends it, `call` is the call's id."""
    day = now.astimezone(dt.UTC).date()
    if _is_withheld(number):
        hashes = digest.call("caller withheld", day)
        return Caller(hashes, digest.call(f"caller of {call}", day), is_withheld=True)
    hashes = digest.call(f"caller {number}", day)
    return Caller(hashes, hashes, is_withheld=False)


def _is_withheld(number: str) -> bool:
    """Return whether a number is withheld: the carrier sends a word, or one that does not exist."""
    if number.startswith(("sip:", "sips:", "client:")):
        return number.lower().startswith(_WITHHELD_SIP)
    try:
        return not phonenumbers.is_valid_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return True
