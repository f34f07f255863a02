"""The checks that prove a script before it goes live: one module each, in one table.

A check is a module with `ID`, `SAFETY` (whether its errors protect callers, so that an operator
cannot allow them) and `check(context)`. Its docstring is its manual page: `ivr check --explain ID`.
"""
