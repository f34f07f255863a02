"""What a caller hears when the line itself fails: its own lifeboat, as it was last seen.

The document is the line's (`/voice/lifeboat` there, or `ivr twilio lifeboat`): it says to dial 911
in danger, says the hotline's number and connects to it. So no number stands here.
"""

import logging
from pathlib import Path
from urllib.parse import urljoin

from ivr.atomic_file import make_private_folder
from ivr.errors import PhoneError, SipError
from ivr.phone.transport import Answer, Form, Line, fetch
from ivr.phone.twiml.document import parse
from ivr.phone.twiml.verbs import Dial, Say
from ivr.sip.recording_store import put

log = logging.getLogger("ivr.sip")

URL = "http://lifeboat.invalid/"
"""Where the kept document stands, as the phone sees it; nothing is asked there."""

FILE = "lifeboat.xml"


class Lifeboat:
    """The lifeboat of a line, kept in a folder. It is a line, and answers everything so."""

    def __init__(self, line: Line, app: str, folder: Path) -> None:
        self._line = line
        self._there = (
            urljoin(app, "/voice/lifeboat") if not app.endswith("/voice") else f"{app}/lifeboat"
        )
        self._path = folder / FILE
        self._document = b""

    def ready(self, given: Path | None = None) -> None:
        """Have a document: the one that is given, the line's own, or the last it had.

        Raises SipError where there is none: a line that may leave callers in silence is not opened.
        """
        if given is not None:
            self._take(self._read(given), f"{given}")
            return
        if self.refresh():
            return
        if not self._path.exists():
            raise SipError(
                f"{self._there} does not answer, and nothing is known that callers could hear when"
                " it fails: start the line first, or write --lifeboat FILE with"
                " `ivr twilio lifeboat -o FILE`"
            )
        self._take(self._read(self._path), f"{self._path}")

    def refresh(self) -> bool:
        """Ask the line for its lifeboat of today, and keep it; tell whether it answered."""
        try:
            answer, _ = fetch(self._line, "GET", self._there, [])
            self._take(answer.body, self._there, answer)
        except (PhoneError, SipError) as e:
            log.warning("the lifeboat could not be looked at: %s", e)
            return False
        try:
            make_private_folder(self._path.parent)
            put(self._path, answer.body)
        except OSError as e:
            log.warning("%s cannot be written: %s", self._path, e.strerror)
        return True

    def request(self, method: str, url: str, form: Form) -> Answer:  # noqa: ARG002 a Line's
        """Answer with the lifeboat."""
        return Answer(200, "text/xml", self._document)

    def _take(self, document: bytes, where: str, answer: Answer | None = None) -> None:
        try:
            verbs = parse(answer or Answer(200, "text/xml", document))
        except PhoneError as e:
            raise SipError(f"{where} is no lifeboat: {e}") from None
        if not any(isinstance(v, Say) for v in verbs) or not any(
            isinstance(v, Dial) for v in verbs
        ):
            raise SipError(f"{where} is no lifeboat: it must say something and dial a number")
        self._document = document

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as e:
            raise SipError(f"{path} cannot be read: {e.strerror}") from None
