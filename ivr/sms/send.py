"""Text messages, sent by the carrier."""

from ivr.carrier.client import Account, client, map_carrier_errors


def text(account: Account, to: str, from_: str, body: str) -> str:
    """Send one text message; return its SID at the carrier, which has taken it, not delivered it.

    `to` and `from_` are E.164. Raises CarrierError; its `code` tells why (Twilio: 21211 and 21614
    no number for texts, 21610 the person has written STOP), and `unsure` that it may have gone out.
    """
    with map_carrier_errors("send the text message", changes=True):
        return str(client(account).messages.create(to=to, from_=from_, body=body).sid)
