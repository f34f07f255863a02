"""Deliver an alert by webhook and e-mail, and say whether somebody received it."""

import datetime as dt
import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid
from html import escape
from urllib.parse import unquote, urlsplit

from ivr.settings import Settings, email_addresses

log = logging.getLogger("ivr.alerts")

TIMEOUT_SECONDS = 5
"""Seconds that a mail server or a webhook may take."""


class DeliveryError(Exception):
    """An alert was not delivered; the text holds no secret."""


class Delivery:
    """Delivers to IVR_ALERT_EMAIL and IVR_ALERT_WEBHOOK."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._recipients = email_addresses(settings.alert_email)

    @property
    def has_address(self) -> bool:
        """Whether there is anybody to deliver to."""
        return bool(self._recipients or self.settings.alert_webhook)

    def deliver(self, kind: str, text: str, footer: str) -> bool:
        """Post and mail a text; return whether somebody received it. E-mails end with `footer`."""
        is_posted = self._post(kind, text)
        return self._mail(kind, text, footer) or is_posted

    def _post(self, kind: str, text: str) -> bool:
        """Post an alert to the webhook; return whether it took it."""
        if not self.settings.alert_webhook:
            return False
        import requests  # late: it takes long to import

        try:
            response = requests.post(
                self.settings.alert_webhook,
                json={"kind": kind, "text": text},
                timeout=TIMEOUT_SECONDS,
                # A redirected POST may be repeated as a GET, and its answer proves nothing.
                allow_redirects=False,
            )
            if not 200 <= response.status_code < 300:  # noqa: PLR2004 HTTP: success
                raise DeliveryError(f"it answered with the HTTP status {response.status_code}")  # noqa: TRY301
        except Exception as e:  # noqa: BLE001 whatever fails, e-mails go out
            log.error("an alert could not be sent to the webhook: %s", _reason(e))  # noqa: TRY400
            return False
        return True

    def _mail(self, kind: str, text: str, footer: str) -> bool:
        """Mail an alert to each recipient; return whether at least one got it."""
        if not self._recipients:
            return False
        delivered = 0
        try:
            with _mail_server(self.settings.smtp_url) as server:
                for recipient in self._recipients:
                    try:
                        server.send_message(self._message(kind, text, footer, recipient))
                        delivered += 1
                    except Exception as e:  # noqa: BLE001 the other recipients get theirs
                        _log_unmailed(recipient, e)
        except Exception as e:  # noqa: BLE001 whatever fails, the webhook counts
            for recipient in self._recipients[delivered:]:
                _log_unmailed(recipient, e)
        return delivered > 0

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
    host, context = url.hostname or "localhost", ssl.create_default_context()
    is_tls = url.scheme == "smtps"
    with (
        smtplib.SMTP_SSL(host, url.port or 465, timeout=TIMEOUT_SECONDS, context=context)
        if is_tls
        else smtplib.SMTP(host, url.port or 25, timeout=TIMEOUT_SECONDS)
    ) as server:
        server.ehlo()
        if not is_tls and server.has_extn("starttls"):
            server.starttls(context=context)
        elif not is_tls and url.username:
            raise DeliveryError("the mail server offers no TLS, so it is not given the password")
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server


def _log_unmailed(recipient: Address, error: Exception) -> None:
    log.error("an alert could not be sent to %s: %s", recipient.addr_spec, _reason(error))


def _reason(error: Exception) -> str:
    """Return why, without the text of a library's error: it may hold a URL with its password."""
    if isinstance(error, DeliveryError):
        return str(error)
    code = getattr(error, "smtp_code", None)
    return type(error).__name__ + (f" (SMTP status {code})" if code else "")
