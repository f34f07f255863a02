"""Turns as TwiML, the XML that the carrier executes."""
