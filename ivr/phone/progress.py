"""How a call goes: where it is, what was heard and done in it, and what it waits for."""

from ivr.errors import PhoneError
from ivr.phone.files import Audio
from ivr.phone.interpreter import Interpreter
from ivr.phone.parties import Parties
from ivr.phone.states import Event, Heard, Rang, State
from ivr.phone.transcript import Transcript
from ivr.phone.transport import Line


class Progress:
    """What there is to see of a call. A `log` of your own may let it be heard as it goes on."""

    def __init__(
        self, line: Line, url: str, parties: Parties | None = None, log: Transcript | None = None
    ) -> None:
        self.parties = parties or Parties()
        self._log = Transcript() if log is None else log
        self._interpreter = Interpreter(line, url, self.parties, self._log)
        self._state: State | None = None

    @property
    def url(self) -> str:
        """The URL of the document that the call is in."""
        return self._interpreter.url

    @property
    def audio(self) -> dict[str, Audio | tuple[str, float]]:
        """What is heard in audio files, words and seconds by absolute URL; yours to fill.

        `ivr.phone.files.listed` asks the line for it.
        """
        return self._interpreter.audio

    @property
    def state(self) -> State:
        """What the call waits for. Raises PhoneError before the call is dialled."""
        if self._state is None:
            raise PhoneError("the call has not been dialled yet")
        return self._state

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything that was heard and done, in order."""
        return tuple(self._log.events)

    @property
    def heard(self) -> tuple[Heard, ...]:
        """Everything that was heard in the call."""
        return self._log.heard

    @property
    def heard_now(self) -> tuple[Heard, ...]:
        """What was heard since the caller, or whom they were connected to, did something."""
        return self._log.heard_now

    @property
    def seconds(self) -> float:
        """About how long the call has lasted: speech at 130 words a minute, pauses, timeouts."""
        return self._log.seconds

    @property
    def dialled(self) -> tuple[str, ...]:
        """Every number that the line had rung so far."""
        return tuple(n for event in self.events if isinstance(event, Rang) for n in event.numbers)
