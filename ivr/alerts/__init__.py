"""Alerts to the operators: what is sent, how often, and that nothing is lost at a limit."""

from ivr.alerts.alerts import Alerts, message_text
from ivr.alerts.limited import LimitedSender

__all__ = ["Alerts", "LimitedSender", "message_text"]
