"""Tells the operators what cannot wait, by e-mail and webhook, seldom enough to be read.

Trouble with the line is told once an hour; that somebody needs them, each time. Never on the call
path: a thread sends. No alert has anything of a caller in it, or of why they call: others may see
it on a locked screen.
"""

import json
import logging
import queue
import smtplib
import ssl
import threading
import time
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ivr.atomic_file import make_private_folder
from ivr.settings import Settings

log = logging.getLogger("ivr.alerts")

QUIET_SECONDS = 3600
"""After an alert, as long no other of its kind, from none of the line's processes."""

MOST_AN_HOUR = 20
"""So many of a kind that is told each time, so that nobody can flood those who have to read it."""

RETRY_SECONDS = (2, 8, 20)
"""When an alert that is told each time has reached nobody, it is tried again after these pauses."""

URGENT_CALL = "urgent-call"
MESSAGE, URGENT_MESSAGE = "message", "urgent-message"

TIMEOUT_SECONDS = 5


def waiting(link: str, *, urgent: bool) -> str:
    """Return the words that tell of a message; others may see them on a locked screen."""
    what = "An urgent message is waiting." if urgent else "A message is waiting."
    return f"{what} {link}".strip()


@dataclass(frozen=True, slots=True)
class Alert:
    """What is told. `about` is what it is about, as a hash: alerts about two things are two."""

    kind: str
    text: str
    about: str = ""


class Alerts:
    """Sends alerts, if anywhere is set to send them to (IVR_ALERT_EMAIL, IVR_ALERT_WEBHOOK)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._queue: queue.SimpleQueue[Alert] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._sent: dict[str, float] = {}

    def call_waiting(self, call: str) -> None:
        """Tell at once that a caller needs the agency's people; `call` is the call's hash."""
        text = "A caller needs you now. Please answer your telephone when it rings."
        self.tell(URGENT_CALL, text, call)

    def message_waiting(self, message: str, link: str = "", *, urgent: bool = False) -> bool:
        """Tell now that a message waits; `message` is its hash, `link` where to hear it.

        Returns False where that should have been told and reached nobody.
        """
        kind = URGENT_MESSAGE if urgent else MESSAGE
        return self.tell_now(kind, waiting(link, urgent=urgent), message)

    def tell(self, kind: str, text: str, about: str = "") -> None:
        """Send an alert soon, unless one of its kind (and about the same) did within the hour."""
        if not (self.settings.alert_email or self.settings.alert_webhook):
            return
        self._queue.put(Alert(kind, text, about))
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
                self._thread.start()

    def tell_now(self, kind: str, text: str, about: str = "") -> bool:
        """Send an alert, unless one of its kind (and about the same) went out within the hour.

        Waits until it is sent. Returns False where it should have been and reached nobody.
        """
        alert = Alert(kind, text, about)
        if not self._is_due(alert):
            return True
        done = []
        for send, wanted in (
            (self._post, self.settings.alert_webhook),
            (self._mail, self.settings.alert_email),
        ):
            if wanted:
                try:
                    send(alert)
                    done.append(wanted)
                except (OSError, smtplib.SMTPException) as e:
                    # The error's own text may hold the address with its password.
                    log.error("an alert could not be sent: %s", type(e).__name__)  # noqa: TRY400
        if not done:
            self._forget(alert)
        return bool(done)

    def _run(self) -> None:
        while True:
            alert = self._queue.get()
            sent = self.tell_now(alert.kind, alert.text, alert.about)
            for pause in () if sent or not alert.about else RETRY_SECONDS:
                time.sleep(pause)
                if self.tell_now(alert.kind, alert.text, alert.about):
                    break

    def _is_due(self, alert: Alert) -> bool:
        """Tell whether an alert may go out, and remember that it does, for all processes."""
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
            return not alert.about or self._within_the_hour(mark, now) <= MOST_AN_HOUR
        except OSError:
            # Then each process keeps count for itself.
            begins = mark.name.partition("~")[0] + "~"
            return sum(name.startswith(begins) for name in self._sent) <= MOST_AN_HOUR

    def _within_the_hour(self, mark: Path, now: float) -> int:
        """Count the marks of a kind that is told each time; forget all of hours before."""
        begins = mark.name.partition("~")[0] + "~"
        count = 0
        for other in mark.parent.glob("*~*"):
            if now - other.stat().st_mtime >= QUIET_SECONDS:
                other.unlink(missing_ok=True)
            elif other.name.startswith(begins):
                count += 1
        return count

    def _forget(self, alert: Alert) -> None:
        """An alert that reached nobody may be tried again."""
        mark = self._mark(alert)
        self._sent.pop(mark.name, None)
        mark.unlink(missing_ok=True)

    def _mark(self, alert: Alert) -> Path:
        kind, about = (
            "".join(c for c in name if c.isalnum() or c == "-")
            for name in (alert.kind, alert.about)
        )
        return self.settings.state / "alerts" / (f"{kind}~{about}" if about else kind)

    def _post(self, alert: Alert) -> None:
        body = json.dumps({"kind": alert.kind, "text": alert.text})
        headers = {"Content-Type": "application/json"}
        url = self.settings.alert_webhook
        import requests  # takes long, and is seldom needed

        response = requests.post(url, body, headers=headers, timeout=TIMEOUT_SECONDS)
        response.raise_for_status()

    def _mail(self, alert: Alert) -> None:
        message = EmailMessage()
        message["Subject"] = f"[ivr] {alert.kind}"
        message["From"] = self.settings.alert_from or self.settings.alert_email
        message["To"] = self.settings.alert_email
        seldom = f"Of this kind you get {MOST_AN_HOUR} alerts an hour at most."
        once = "The next alert of this kind comes in an hour at the soonest."
        message.set_content(f"{alert.text}\n\n{seldom if alert.about else once}")
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
