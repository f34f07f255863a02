"""`ivr twilio doctor`: what stands between a caller and an answered call, row by row.

A row is examined by a function that looks and changes nothing; what it finds wrong comes with what
to do about it.
"""
