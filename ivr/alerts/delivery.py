"""Deliver an alert by webhook and e-mail, and say whether somebody received it."""

import datetime as dt
import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid
from html import escape
from typing import Any
from urllib.parse import unquote, urlsplit

from ivr.settings import Settings, email_addresses

log = logging.getLogger("ivr.alerts")

TIMEOUT_SECONDS = 5
"""Seconds that a mail server or a webhook may take."""


TEST = "This is a test. Alerts of the line reach you here."
"""The text of a test alert."""


class DeliveryError(Exception):
    """An alert was not delivered; the text holds no secret."""


@dataclass(frozen=True)
class Attempt:
    """An alert to one recipient, and why it was not delivered; empty if it was."""

    recipient: str
    error: str


class Delivery:
    """Delivers to IVR_ALERT_EMAIL and IVR_ALERT_WEBHOOK."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._recipients = email_addresses(settings.alert_email)

    @property
    def has_address(self) -> bool:
        """Whether there is anybody to deliver to."""
        return bool(self._recipients or self.settings.alert_webhook)

    @property
    def recipients(self) -> list[str]:
        """Who gets an alert, the webhook first; its URL is a secret."""
        posted = ["the webhook"] if self.settings.alert_webhook else []
        return [*posted, *(recipient.addr_spec for recipient in self._recipients)]

    def test(self, by: str) -> list[Attempt]:
        """Send a test alert, and return what became of it for each recipient; `by` sent it."""
        return self.attempts("test", TEST, f"It was sent by {by}.")

    def deliver(self, kind: str, text: str, footer: str) -> bool:
        """Post and mail a text; return whether somebody received it. E-mails end with `footer`."""
        attempts = self.attempts(kind, text, footer)
        for attempt in attempts:
            if attempt.error:
                log.error("an alert could not be sent to %s: %s", attempt.recipient, attempt.error)
        return any(not attempt.error for attempt in attempts)

    def attempts(self, kind: str, text: str, footer: str) -> list[Attempt]:
        """Post and mail a text; return what became of it for each recipient, the webhook first."""
        posted = [self._post(kind, text)] if self.settings.alert_webhook else []
        return [*posted, *self._mail(kind, text, footer)]

    def _post(self, kind: str, text: str) -> Attempt:
        import requests  # late: it takes long to import

        url, error = self.settings.alert_webhook, ""
        try:
            response = requests.post(
                url,
                json=webhook_body(url, kind, text),
                timeout=TIMEOUT_SECONDS,
                # A redirected POST may be repeated as a GET, and its answer proves nothing.
                allow_redirects=False,
            )
            if not 200 <= response.status_code < 300:  # noqa: PLR2004 HTTP: success
                error = f"it answered with the HTTP status {response.status_code}"
        except Exception as e:  # noqa: BLE001 whatever fails, e-mails go out
            error = _reason(e)
        return Attempt("the webhook", error)

    def _mail(self, kind: str, text: str, footer: str) -> list[Attempt]:
        if not self._recipients:
            return []
        attempts: list[Attempt] = []
        try:
            with _mail_server(self.settings.smtp_url) as server:
                for recipient in self._recipients:
                    error = ""
                    try:
                        server.send_message(self._message(kind, text, footer, recipient))
                    except Exception as e:  # noqa: BLE001 the other recipients get theirs
                        error = _reason(e)
                    attempts.append(Attempt(recipient.addr_spec, error))
        except Exception as e:  # noqa: BLE001 whatever fails, the webhook counts
            unsent = self._recipients[len(attempts) :]
            attempts += [Attempt(recipient.addr_spec, _reason(e)) for recipient in unsent]
        return attempts

    def _message(self, kind: str, text: str, footer: str, recipient: Address) -> EmailMessage:
        """Return an e-mail as RFC 5322 asks for it: mail servers refuse one without date or id."""
        sender = (*email_addresses(self.settings.alert_from), self._recipients[0])[0]
        body = f"{text}\n\n{footer}"
        message = EmailMessage()
        message["Subject"] = f"[ivr] {kind}"
        message["From"] = sender
        message["To"] = recipient
        message["Date"] = dt.datetime.now(dt.UTC)
        message["Message-ID"] = make_msgid(domain=sender.domain)
        message.set_content(body)
        html = escape(body).replace("\n", "<br>\n")
        message.add_alternative(f"<!doctype html>\n<p>{html}</p>\n", subtype="html")
        return message


@contextmanager
def _mail_server(smtp_url: str) -> Iterator[smtplib.SMTP]:
    """Connect to the mail server and sign in.

    Raises OSError, SMTPException, and DeliveryError rather than sending a password without TLS.
    """
    url = urlsplit(smtp_url)
    host, is_tls = url.hostname or "localhost", url.scheme == "smtps"
    tls = ssl.create_default_context  # reading all certificates takes 40 ms
    with (
        smtplib.SMTP_SSL(host, url.port or 465, timeout=TIMEOUT_SECONDS, context=tls())
        if is_tls
        else smtplib.SMTP(host, url.port or 25, timeout=TIMEOUT_SECONDS)
    ) as server:
        server.ehlo()
        if not is_tls and server.has_extn("starttls"):
            server.starttls(context=tls())
        elif not is_tls and url.username:
            raise DeliveryError("the mail server offers no TLS, so it is not given the password")
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server


def webhook_body(url: str, kind: str, text: str) -> dict[str, Any]:
    """Return the JSON of an alert: what the chat service of the URL takes, or kind and text.

    Discord, Slack and Microsoft Teams each refuse what is not of their own form:
    https://discord.com/developers/docs/resources/webhook,
    https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and
    https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
    """
    host, line = urlsplit(url).hostname or "", f"{kind}: {text}"
    if _is_in(host, "discord.com", "discordapp.com"):
        return {"content": line[:DISCORD_CHARACTERS], "allowed_mentions": {"parse": []}}
    if _is_in(host, "slack.com", "slack-gov.com"):
        return {"text": escape(line, quote=False)}
    if _is_in(host, "webhook.office.com"):
        return {"text": line}
    if _is_in(host, "logic.azure.com", "powerplatform.com"):
        block = {"type": "TextBlock", "text": line, "wrap": True}
        card = {"type": "AdaptiveCard", "version": "1.4", "body": [block]}
        content = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
        return {"type": "message", "attachments": [content]}
    return {"kind": kind, "text": text}


DISCORD_CHARACTERS = 2000
"""Characters of the longest message that Discord takes."""


def _is_in(host: str, *domains: str) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _reason(error: Exception) -> str:
    """Return why, without the text of a library's error: it may hold a URL with its password."""
    if isinstance(error, DeliveryError):
        return str(error)
    code = getattr(error, "smtp_code", None)
    return type(error).__name__ + (f" (SMTP status {code})" if code else "")
