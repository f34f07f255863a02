"""Runs documents, verb by verb, until the line waits for somebody or the call ends."""

from collections import deque
from urllib.parse import urldefrag, urljoin

from ivr.errors import PhoneError
from ivr.phone.files import Audio
from ivr.phone.parties import Parties
from ivr.phone.states import Ended, Listening, Rang, Recording, Ringing, State
from ivr.phone.transcript import Transcript
from ivr.phone.transport import Form, Transport, fetch
from ivr.phone.twiml import verbs
from ivr.phone.twiml.document import parse
from ivr.phone.twiml.markup import RETRIEVAL
from ivr.phone.twiml.verbs import Refused

MAX_DOCUMENTS = 100
"""Documents in a row, without waiting for anybody, after which the call counts as a loop."""


class Interpreter:
    """Asks a line for documents and runs them. What is heard goes into the transcript.

    `url` is the current document's; `audio` has the words and seconds of audio files by absolute
    URL. If the line fails to answer, `fallback` is asked once.
    """

    def __init__(self, line: Transport, url: str, parties: Parties, log: Transcript) -> None:
        self.url = url
        self.fallback = ""
        self.audio: dict[str, Audio | tuple[str, float]] = {}
        self.line = line
        self._parties = parties
        self._log = log
        self._status = "ringing"
        self._verbs: deque[verbs.Verb] = deque()
        self._documents = 0

    def caller_acts(self) -> None:
        """Record that somebody did something, so that the next documents do not count as a loop."""
        self._documents = 0

    def ask(self, method: str, url: str, fields: Form) -> State:
        """Ask for a document, which replaces the current one, and run it.

        A URL is relative to the current document; an empty one is that document itself. Raises
        Refused if the carrier would reject the answer, PhoneError for a loop without listening.
        """
        self._load(method, url, fields)
        return self.run()

    def report_end(self, method: str, url: str, fields: Form) -> None:
        """Report that the call is over. Raises Refused (11200) if the line does not accept it.

        Twilio: the answer needs no TwiML; 204 is fine.
        """
        form = [*self._parties.form("completed"), *fields]
        answer, _ = fetch(self.line, method, urljoin(self.url, url), form)
        if not 200 <= answer.status < 300:  # noqa: PLR2004 the good statuses of HTTP
            raise Refused(RETRIEVAL, f"the end of the call was answered with {answer.status}")

    def run(self) -> State:
        """Run verbs until the line waits or the call ends. Twilio: it ends with the document."""
        while self._verbs:
            state = self._do(self._verbs.popleft())
            if state is not None:
                return state
        return Ended("end of document")

    def _load(self, method: str, url: str, fields: Form) -> None:
        self.url = urldefrag(urljoin(self.url, url)).url
        self._documents += 1
        if self._documents > MAX_DOCUMENTS:
            raise PhoneError(
                f"the line loops without listening: {MAX_DOCUMENTS} documents in a row,"
                f" the last at {self.url}"
            )
        form = [*self._parties.form(self._status), *fields]
        try:
            self._take(method, form)
        except Refused as e:
            if not self.fallback:
                raise
            # Twilio: also in the middle of a call, with the error code and the URL that failed.
            error_fields = [("ErrorCode", str(e.code)), ("ErrorUrl", self.url)]
            self.url, self.fallback = self.fallback, ""
            self._take("GET", [*form, *error_fields])
        self._status = "in-progress"

    def _take(self, method: str, form: Form) -> None:
        answer, self.url = fetch(self.line, method, self.url, form)
        self._verbs = deque(parse(answer))

    def _do(self, verb: verbs.Verb) -> State | None:
        match verb:
            case verbs.Redirect(url, method):
                self._load(method, url, [])
                return None
            case verbs.Gather():
                for prompt in verb.prompts:
                    self._hear(prompt, interruptible=True)
                return Listening(verb)
            case verbs.Dial():
                self._log.events.append(Rang(verb.numbers, verb.caller_id))
                return Ringing(verb)
            case verbs.Record():
                return Recording(verb)
            case verbs.Hangup() | verbs.Reject():
                return Ended("hangup" if isinstance(verb, verbs.Hangup) else "rejected")
            case _:
                self._hear(verb, interruptible=False)
                return None

    def _hear(self, prompt: verbs.Say | verbs.Play | verbs.Pause, *, interruptible: bool) -> None:
        match prompt:
            case verbs.Say():
                self._log.hear(prompt, interruptible=interruptible)
            case verbs.Play():
                url = urljoin(self.url, prompt.url) if prompt.url else ""
                played = self._played(prompt)
                self._log.hear_audio(played, prompt.loop, interruptible=interruptible, url=url)
            case verbs.Pause():  # pragma: no branch (mypy: exhaustive)
                self._log.pause(prompt)

    def _played(self, play: verbs.Play) -> Audio:
        """Return the words and the seconds of a Play."""
        if play.digits:
            return Audio(f"[keys {play.digits}]", 0.0)
        url = urljoin(self.url, play.url)
        return Audio(*self.audio.get(url, (f"[audio {url}]", 0.0)))
