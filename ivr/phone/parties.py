"""The two ends of a call, and the parameters that the carrier sends with each of its requests."""

import re
import secrets
from dataclasses import dataclass, field, replace

PLACES = ("City", "State", "Zip", "Country")


def made_up_sid(prefix: str) -> str:
    """Return an identifier as the carrier makes them: two letters and 32 hex digits."""
    return prefix + secrets.token_hex(16)


CALLER, CALLED = "+12025550143", "+12025550100"
"""Fictional numbers: 555-0100 to 555-0199 are reserved for fiction in North America."""


@dataclass(frozen=True)
class Parties:
    """The two ends of a call (E.164) and its identifiers, which are made up unless given."""

    caller: str = CALLER
    called: str = CALLED
    call_sid: str = field(default_factory=lambda: made_up_sid("CA"))
    account_sid: str = field(default_factory=lambda: made_up_sid("AC"))
    parent_sid: str = ""

    def called_side(self, number: str) -> "Parties":
        """Return the parties of the call that the line makes to a number (Twilio: a child call)."""
        child = made_up_sid("CA")
        ends = replace(self, caller=self.called, called=number)
        return replace(ends, call_sid=child, parent_sid=self.call_sid)

    def form(self, status: str) -> list[tuple[str, str]]:
        """Return the standard parameters for a call's status (Twilio: voice/twiml).

        They include the legacy Caller and Called, and the city, state, zip code and country of
        each number: blank if unknown, and signed all the same.
        """
        caller, called = self.caller, self.called
        numbers = {"From": caller, "To": called, "Caller": caller, "Called": called}
        fields = {
            "CallSid": self.call_sid,
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "CallStatus": status,
            "Direction": "outbound-dial" if self.parent_sid else "inbound",
            **({"ParentCallSid": self.parent_sid} if self.parent_sid else {}),
            **numbers,
        }
        for end, number in numbers.items():
            fields |= {end + place: "" for place in PLACES}
            fields[end + "Country"] = "US" if number.startswith("+1") else ""
        return list(fields.items())

    def recording(self, seconds: int, key: str, sid: str = "") -> list[tuple[str, str]]:
        """Return the parameters that a recording adds (Twilio: voice/twiml/record)."""
        sid = sid or made_up_sid("RE")
        account = f"https://api.twilio.com/2010-04-01/Accounts/{self.account_sid}"
        result = [
            ("RecordingUrl", f"{account}/Recordings/{sid}"),
            ("RecordingSid", sid),
            ("RecordingDuration", str(seconds)),
        ]
        return [*result, ("Digits", key)] if key else result


def dialled_call(status: str, seconds: int, *, bridged: bool = True) -> list[tuple[str, str]]:
    """Return the parameters that the end of a dialled call adds (Twilio: voice/twiml/dial).

    `bridged` is false if the called person answered but the whisper hung up.
    """
    result = [
        ("DialCallStatus", status),
        ("DialCallSid", made_up_sid("CA")),
        ("DialCallDuration", str(seconds)),
        ("DialBridged", str(bridged and status == "completed").lower()),
    ]
    return result[1:] if status == "absent" else result


def spaced(number: str) -> str:
    """Return a North American number as "+1 888 373 7888", and any other unchanged."""
    return re.sub(r"\A\+1(\d{3})(\d{3})(\d{4})\Z", r"+1 \1 \2 \3", number)
