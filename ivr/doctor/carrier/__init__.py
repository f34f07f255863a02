"""Checks of the account and the number at Twilio, and of the line as Twilio reaches it.

A check changes nothing at the carrier. Every problem that it reports comes with a remedy.
"""
