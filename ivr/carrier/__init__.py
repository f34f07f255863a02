"""The account at the carrier: its API, the setup of a number, and the doctor's checks.

The carrier is Twilio. Every request to its API goes through `ivr.carrier.client`.
"""
