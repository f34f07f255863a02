"""`ivr alert`: try whether alerts reach the operators."""

import click

from ivr.alerts.delivery import Delivery
from ivr.errors import IvrError, SettingsError
from ivr.settings import Settings


@click.group()
def alert() -> None:
    """Try whether alerts reach the operators.

    \b
    Example:
      ivr alert test
    """


@alert.command()
def test() -> None:
    """Send a test alert to IVR_ALERT_EMAIL and IVR_ALERT_WEBHOOK at once.

    Prints for each recipient whether the alert was taken. The exit status is 1 if one was not.

    \b
    Example:
      ivr alert test
    """
    delivery = Delivery(Settings.from_env())
    if not delivery.has_address:
        raise SettingsError(
            "nobody gets alerts: set IVR_ALERT_EMAIL (with IVR_SMTP_URL) or IVR_ALERT_WEBHOOK"
        )
    attempts = delivery.test("`ivr alert test`")
    for attempt in attempts:
        click.echo(f"{attempt.recipient}: {attempt.error or 'sent'}")
    if failed := sum(bool(attempt.error) for attempt in attempts):
        raise IvrError(f"alerts that were not sent: {failed} of {len(attempts)}")
