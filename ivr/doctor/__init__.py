"""`ivr doctor`: looks at everything that the line will use, one row for each check.

A check changes nothing. Every problem that it reports comes with a remedy, and no row shows a
secret.
"""
