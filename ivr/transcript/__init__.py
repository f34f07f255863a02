"""The written script: what callers hear, for people who sign it off or cannot hear it.

It is made from the same turns as the calls, so it always has the same words.
"""
