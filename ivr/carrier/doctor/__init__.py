"""`ivr twilio doctor`: checks everything that a call needs to be answered, one row for each check.

A check changes nothing at the carrier. Every problem that it reports comes with a remedy.
"""
