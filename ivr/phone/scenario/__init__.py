"""Scripted calls: loaded from YAML, played, run unattended, saved."""
