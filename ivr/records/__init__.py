"""Records of what happened on the line, as facts in a database, without who called.

They are never read to answer a call, and cannot delay or break one.
"""
