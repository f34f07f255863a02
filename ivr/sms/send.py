"""Text messages, sent by the carrier."""

from ivr.carrier.client import Account, client, map_carrier_errors


def text(account: Account, to: str, from_: str, body: str) -> str:
    """Send one text message; return its SID once the carrier has accepted it.

    `to` and `from_` are E.164. Raises CarrierError; its `code` says why (Twilio: 21211 and 21614
    for a number that takes no texts, 21610 after STOP), and `unsure` that it may have been sent.
    """
    with map_carrier_errors("send the text message", changes=True):
        return str(client(account).messages.create(to=to, from_=from_, body=body).sid)
