"""Scripted calls: loaded from YAML, played, run without a person, saved."""
