"""The lifeboat: the cached TwiML that callers hear if the line itself fails.

The line makes the document (`/voice/lifeboat`, or `ivr twilio lifeboat`). It says to dial 911 in
danger, says the hotline's number and connects to it. So this package needs no number of its own.
"""

import logging
from pathlib import Path
from urllib.parse import urljoin

from ivr.atomic_file import write_atomically
from ivr.errors import PhoneError, SipError
from ivr.phone.transport import Answer, Form, Transport, fetch
from ivr.phone.twiml.document import parse
from ivr.phone.twiml.verbs import Dial, Say

log = logging.getLogger("ivr.sip")

URL = "http://lifeboat.invalid/"
"""The URL of the cached document for the phone; nothing is ever requested from it."""

FILE = "lifeboat.xml"


class Lifeboat:
    """The lifeboat of a line, cached in a folder. As a transport, it gives that answer to all."""

    def __init__(self, line: Transport, app: str, folder: Path) -> None:
        self._line = line
        is_voice = app.endswith("/voice")
        self._url = f"{app}/lifeboat" if is_voice else urljoin(app, "/voice/lifeboat")
        self._path = folder / FILE
        self._document = b""

    def load(self, given: Path | None = None) -> None:
        """Load a document: the given file, the line's own, or else the last cached one.

        Raises SipError without one: a line that may leave callers in silence is not opened.
        """
        if given is not None:
            self._take(self._read(given), str(given))
            return
        if self.refresh():
            return
        if not self._path.exists():
            raise SipError(
                f"{self._url} does not answer, and there is no lifeboat yet for callers to hear"
                " if the line fails: start the line first, or make a file with"
                " `ivr twilio lifeboat -o FILE` and add --lifeboat FILE"
            )
        self._take(self._read(self._path), str(self._path))

    def refresh(self) -> bool:
        """Ask the line for its current lifeboat, and cache it; return whether it answered."""
        try:
            answer, _ = fetch(self._line, "GET", self._url, [])
            self._take(answer, self._url)
        except (PhoneError, SipError) as e:
            log.warning("the lifeboat could not be fetched: %s", e)
            return False
        try:
            write_atomically(self._path, answer.body)
        except OSError as e:
            log.warning("%s cannot be written: %s", self._path, e.strerror)
        return True

    def request(self, method: str, url: str, form: Form) -> Answer:  # noqa: ARG002 the protocol of Transport
        """Answer with the lifeboat."""
        return Answer(200, "text/xml", self._document)

    def _take(self, answer: Answer, where: str) -> None:
        try:
            verbs = {type(verb) for verb in parse(answer)}
        except PhoneError as e:
            raise SipError(f"{where} is not a lifeboat: {e}") from None
        if not {Say, Dial} <= verbs:
            raise SipError(f"{where} is not a lifeboat: it must say something and dial a number")
        self._document = answer.body

    def _read(self, path: Path) -> Answer:
        try:
            return Answer(200, "text/xml", path.read_bytes())
        except OSError as e:
            raise SipError(f"{path} cannot be read: {e.strerror}") from None
