"""The script for the eye: what callers hear, written out for those who sign it or cannot hear it.

All of it is made from the same source as the calls, so it cannot say anything else.
"""
