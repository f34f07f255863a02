"""What happened on the line, as facts in a database, without knowing who called.

Never read to route a call, never able to delay or break one.
"""
