"""Operators' accounts, and the secret key of this installation."""
