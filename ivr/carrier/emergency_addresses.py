"""Emergency addresses: where help is sent when a call to 911 comes from the line's number."""

from dataclasses import asdict, dataclass

from ivr.carrier.client import Account, client, map_carrier_errors
from ivr.errors import CarrierError


@dataclass(frozen=True)
class Address:
    """A street address in the United States, as the carrier's API names its parts."""

    customer_name: str
    street: str
    city: str
    region: str
    postal_code: str
    iso_country: str = "US"


def existing(account: Account, address: Address) -> str | None:
    """Return the SID of this very address, if the account has it for emergencies."""
    with map_carrier_errors("list the account's addresses"):
        addresses = client(account).addresses.list(customer_name=address.customer_name)
    for one in addresses:
        if one.emergency_enabled and all(getattr(one, k) == v for k, v in asdict(address).items()):
            return str(one.sid)
    return None


def make(account: Account, address: Address) -> str:
    """Create an emergency address for the account; return its SID.

    Raises CarrierError; its code is 21629 if the emergency services do not know the address as it
    is written, and the text then has their spelling.
    """
    with map_carrier_errors("make the emergency address", changes=True):
        made = client(account).addresses.create(
            **asdict(address), emergency_enabled=True, friendly_name="ivr: emergency address"
        )
    return str(made.sid)


def remove(account: Account, sid: str) -> bool:
    """Remove an address that `make` created; return False if the carrier does not let it go yet."""
    try:
        with map_carrier_errors("remove the emergency address", changes=True):
            client(account).addresses(sid).delete()
    except CarrierError:
        return False
    return True
