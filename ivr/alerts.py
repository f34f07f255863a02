"""Alert the operators by e-mail and webhook, seldom enough that alerts are read.

Trouble with the line is alerted once an hour; a caller who needs the operators, each time. A worker
sends, so that no call waits for it. An alert tells nothing of a caller, nor why they call: other
people may see it on a locked screen.
"""

import logging
import queue
import smtplib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ivr.atomic_file import make_private_folder
from ivr.background import PeriodicWorker
from ivr.settings import Settings, email_addresses

log = logging.getLogger("ivr.alerts")

QUIET_SECONDS = 3600
"""Seconds for which no further alert of the same kind is sent, by any process of the line."""

MAX_PER_HOUR = 20
"""Alerts an hour of a kind that is sent each time, so that nobody can flood the operators."""

RETRY_SECONDS = (2, 8, 20)
"""Pauses before an alert that is sent each time, and that nobody received, is tried again."""

URGENT_CALL = "urgent-call"
MESSAGE, URGENT_MESSAGE = "message", "urgent-message"

TIMEOUT_SECONDS = 5
"""Seconds that a mail server or a webhook may take."""


def message_text(link: str, *, urgent: bool) -> str:
    """Return the text about a message; other people may see it on a locked screen."""
    sentence = "An urgent message is waiting." if urgent else "A message is waiting."
    return f"{sentence} {link}".strip()


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert. `about` is the hash of a call or message; empty for trouble with the line.

    Alerts about two calls are two, also within an hour.
    """

    kind: str
    text: str
    about: str = ""


class DeliveryError(Exception):
    """An alert was not delivered; the text holds no secret."""


class Alerts:
    """Sends alerts to IVR_ALERT_EMAIL and IVR_ALERT_WEBHOOK, if one of them is set."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._recipients = email_addresses(settings.alert_email)
        self._queue: queue.SimpleQueue[Alert] = queue.SimpleQueue()
        self.worker = PeriodicWorker("alerts", self._send_next, QUIET_SECONDS)
        self._sent: dict[str, float] = {}

    def notify_of_call(self, call: str) -> None:
        """Alert that a caller needs the agency's people; `call` is the call's hash."""
        text = "A caller needs you now. Please answer your telephone when it rings."
        self.notify(URGENT_CALL, text, call)

    def notify_of_message(self, message: str, link: str = "", *, urgent: bool = False) -> bool:
        """Alert that a message waits; `message` is its hash, `link` a page to hear it on.

        Waits until it is sent. Returns False if it should have been sent and nobody received it.
        """
        kind = URGENT_MESSAGE if urgent else MESSAGE
        return self.notify_sync(kind, message_text(link, urgent=urgent), message)

    def notify(self, kind: str, text: str, about: str = "") -> None:
        """Send an alert soon, unless one of its kind (and about the same) was within the hour."""
        if self._recipients or self.settings.alert_webhook:
            self._queue.put(Alert(kind, text, about))
            self.worker.start()
            self.worker.wake()

    def notify_sync(self, kind: str, text: str, about: str = "") -> bool:
        """Send an alert, unless one of its kind (and about the same) was within the hour.

        Waits until it is sent. Returns False if it should have been sent and nobody received it.
        """
        alert = Alert(kind, text, about)
        if not self._is_due(alert):
            return True
        is_delivered = self._post(alert)
        is_delivered = self._mail(alert) or is_delivered
        if not is_delivered:
            self._forget(alert)
        return is_delivered

    def _send_next(self) -> None:
        with suppress(queue.Empty):
            alert = self._queue.get_nowait()
            is_delivered = self.notify_sync(alert.kind, alert.text, alert.about)
            for pause in () if is_delivered or not alert.about else RETRY_SECONDS:
                time.sleep(pause)
                if self.notify_sync(alert.kind, alert.text, alert.about):
                    break
            self.worker.wake()

    def _is_due(self, alert: Alert) -> bool:
        """Return whether an alert may be sent; if so, mark it as sent, for all processes."""
        now = time.time()
        mark = self._mark(alert)
        self._sent = {name: at for name, at in self._sent.items() if now - at < QUIET_SECONDS}
        if mark.name in self._sent:
            return False
        self._sent[mark.name] = now
        try:
            make_private_folder(mark.parent)
            if mark.exists() and now - mark.stat().st_mtime < QUIET_SECONDS:
                return False
            mark.touch()
            return not alert.about or self._within_the_hour(mark, now) <= MAX_PER_HOUR
        except OSError:
            # Without the folder each process counts for itself.
            begins = mark.name.partition("~")[0] + "~"
            return sum(name.startswith(begins) for name in self._sent) <= MAX_PER_HOUR

    def _within_the_hour(self, mark: Path, now: float) -> int:
        """Count the marks of a kind within the hour; remove those that are older."""
        begins = mark.name.partition("~")[0] + "~"
        count = 0
        for other in mark.parent.glob("*~*"):
            if now - other.stat().st_mtime >= QUIET_SECONDS:
                other.unlink(missing_ok=True)
            elif other.name.startswith(begins):
                count += 1
        return count

    def _forget(self, alert: Alert) -> None:
        """Remove the mark of an alert that nobody received, so that it may be tried again."""
        mark = self._mark(alert)
        self._sent.pop(mark.name, None)
        mark.unlink(missing_ok=True)

    def _mark(self, alert: Alert) -> Path:
        kind, about = (
            "".join(c for c in name if c.isalnum() or c == "-")
            for name in (alert.kind, alert.about)
        )
        return self.settings.state / "alerts" / (f"{kind}~{about}" if about else kind)

    def _post(self, alert: Alert) -> bool:
        """Post an alert to the webhook; return whether it took it."""
        if not self.settings.alert_webhook:
            return False
        import requests  # late: it takes long to import

        try:
            response = requests.post(
                self.settings.alert_webhook,
                json={"kind": alert.kind, "text": alert.text},
                timeout=TIMEOUT_SECONDS,
                # A redirected POST may be repeated as a GET, and its answer proves nothing.
                allow_redirects=False,
            )
            if not 200 <= response.status_code < 300:  # noqa: PLR2004 HTTP: success
                raise DeliveryError(f"it answered with the HTTP status {response.status_code}")  # noqa: TRY301
        except (OSError, DeliveryError) as e:
            log.error("an alert could not be sent to the webhook: %s", _reason(e))  # noqa: TRY400
            return False
        return True

    def _mail(self, alert: Alert) -> bool:
        """Mail an alert to each recipient; return whether at least one got it."""
        if not self._recipients:
            return False
        delivered = 0
        try:
            with _mail_server(self.settings.smtp_url) as server:
                for recipient in self._recipients:
                    try:
                        server.send_message(self._message(alert, recipient))
                        delivered += 1
                    except (OSError, smtplib.SMTPException) as e:
                        _log_unmailed(recipient, e)
        except (OSError, smtplib.SMTPException, DeliveryError) as e:
            for recipient in self._recipients[delivered:]:
                _log_unmailed(recipient, e)
        return delivered > 0

    def _message(self, alert: Alert, recipient: Address) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = f"[ivr] {alert.kind}"
        message["From"] = (*email_addresses(self.settings.alert_from), self._recipients[0])[0]
        message["To"] = recipient
        each_time = f"You get {MAX_PER_HOUR} alerts an hour at most of this kind."
        once = "The next alert of this kind comes in an hour at the earliest."
        message.set_content(f"{alert.text}\n\n{each_time if alert.about else once}")
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
