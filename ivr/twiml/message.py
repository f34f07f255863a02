"""TwiML that answers a text message (https://www.twilio.com/docs/messaging/twiml)."""

from twilio.twiml.messaging_response import MessagingResponse


def reply(text: str) -> bytes:
    """Return TwiML that sends a text back; with an empty one, nothing is sent."""
    response = MessagingResponse()
    if text:
        response.message(text)
    return str(response).encode()
