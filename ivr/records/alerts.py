"""Tells the operators when the line is in trouble: by e-mail and webhook, seldom enough to be read.

Never on the call path: a thread sends. No alert has anything of a caller in it.
"""

import json
import logging
import queue
import smtplib
import ssl
import threading
import time
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests

from ivr.settings import Settings

log = logging.getLogger("ivr.alerts")

QUIET_SECONDS = 3600
"""After an alert, as long no other of its kind, from none of the line's processes."""

TIMEOUT_SECONDS = 5


class Alerts:
    """Sends alerts, if anywhere is set to send them to (IVR_ALERT_EMAIL, IVR_ALERT_WEBHOOK)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._queue: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._sent: dict[str, float] = {}

    def tell(self, kind: str, text: str) -> None:
        """Send an alert soon, unless one of its kind went out within the hour."""
        if not (self.settings.alert_email or self.settings.alert_webhook):
            return
        self._queue.put((kind, text))
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
                self._thread.start()

    def tell_now(self, kind: str, text: str) -> None:
        """Send an alert, unless one of its kind went out within the hour; wait until it is sent."""
        if self._is_due(kind) and not self.send(kind, text):
            self._forget(kind)

    def send(self, kind: str, text: str) -> bool | None:
        """Send an alert now, whatever went out before; return whether it reached anybody.

        None where nobody is to be told.
        """
        if not (self.settings.alert_email or self.settings.alert_webhook):
            return None
        done = []
        for send, wanted in (
            (self._post, self.settings.alert_webhook),
            (self._mail, self.settings.alert_email),
        ):
            if wanted:
                try:
                    send(kind, text)
                    done.append(wanted)
                except (OSError, smtplib.SMTPException, requests.RequestException) as e:
                    # The error's own text may hold the address with its password.
                    log.error("an alert could not be sent: %s", type(e).__name__)  # noqa: TRY400
        return bool(done)

    def _run(self) -> None:
        while True:
            self.tell_now(*self._queue.get())

    def _is_due(self, kind: str) -> bool:
        """Tell whether an alert may go out, and remember that it does, for all processes."""
        now = time.time()
        if now - self._sent.get(kind, 0) < QUIET_SECONDS:
            return False
        self._sent[kind] = now
        mark = self._mark(kind)
        try:
            mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if mark.exists() and now - mark.stat().st_mtime < QUIET_SECONDS:
                return False
            mark.touch()
        except OSError:
            pass  # then each process keeps count for itself
        return True

    def _forget(self, kind: str) -> None:
        """An alert that reached nobody may be tried again."""
        self._sent.pop(kind, None)
        self._mark(kind).unlink(missing_ok=True)

    def _mark(self, kind: str) -> Path:
        return self.settings.state / "alerts" / "".join(c for c in kind if c.isalnum() or c == "-")

    def _post(self, kind: str, text: str) -> None:
        body = json.dumps({"kind": kind, "text": text})
        headers = {"Content-Type": "application/json"}
        url = self.settings.alert_webhook
        response = requests.post(url, body, headers=headers, timeout=TIMEOUT_SECONDS)
        response.raise_for_status()

    def _mail(self, kind: str, text: str) -> None:
        message = EmailMessage()
        message["Subject"] = f"[ivr] {kind}"
        message["From"] = self.settings.alert_from or self.settings.alert_email
        message["To"] = self.settings.alert_email
        # What goes out whatever went before is not among them.
        seldom = "\n\nThe next alert of this kind comes in an hour at the soonest."
        message.set_content(text + (seldom if kind in self._sent else ""))
        url = urlsplit(self.settings.smtp_url)
        host = url.hostname or "localhost"
        server = (
            smtplib.SMTP(host, url.port or 25, timeout=TIMEOUT_SECONDS)
            if (url.scheme != "smtps")
            else smtplib.SMTP_SSL(
                host, url.port or 465, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        )
        with server:
            server.ehlo()
            if url.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(message)
