"""The carrier's account: speak to its API, set a number up, look whether all is right.

The carrier is Twilio. Everything that asks it for something goes through `ivr.carrier.client`.
"""
