"""Alerts to the operators: what is sent, how often, and that nothing is lost at a limit."""

from ivr.alerts.alerts import Alerts

__all__ = ["Alerts"]
