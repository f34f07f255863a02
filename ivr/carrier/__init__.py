"""The account at the carrier: its API, and the setup of a number.

The carrier is Twilio. Every request to its API goes through `ivr.carrier.client`.
"""
