"""The states of a call and the events in it."""

from dataclasses import dataclass
from typing import Literal

from ivr.phone.twiml.verbs import Dial, Gather, Record

KEYS = "0123456789*#"
FAILED = "failed"
"""The key that stands for a recording that fails."""

OUTCOMES = ("completed", "busy", "no-answer", "failed", "canceled", "absent")
"""The ways a dialled call ends (Twilio: DialCallStatus); "absent" leaves the parameter out."""


@dataclass(frozen=True)
class Listening:
    """The line listens for keys or words; `keyed` has the keys of an unfinished input."""

    gather: Gather
    keyed: str = ""


@dataclass(frozen=True)
class Ringing:
    """The line is ringing somebody. Nobody is really called."""

    dial: Dial

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers or SIP URIs that are ringing."""
        return self.dial.numbers


@dataclass(frozen=True)
class Recording:
    """The line is recording the caller."""

    verb: Record


Reason = Literal["hangup", "end of document", "rejected", "caller hung up", "refused"]


@dataclass(frozen=True)
class Ended:
    """The call has ended.

    "hangup" and "rejected" are the verbs; "refused" is an answer that the carrier would reject.
    """

    reason: Reason


State = Listening | Ringing | Recording | Ended


@dataclass(frozen=True)
class Heard:
    """Something the caller hears, word for word; "…" is a pause.

    `seconds` is its estimated length, `at` the estimated second of the call at which it begins.
    Keys stop it if it is `interruptible`. `slow` is whether it is spoken more slowly than usual.
    `audio` is the absolute URL of the file that is played, or "" if the words are spoken.
    """

    text: str
    language: str
    seconds: float
    interruptible: bool
    at: float
    slow: bool
    audio: str = ""


@dataclass(frozen=True)
class Pressed:
    """The caller pressed keys."""

    keys: str


@dataclass(frozen=True)
class Said:
    """The caller said something."""

    words: str
    confidence: float


@dataclass(frozen=True)
class Silent:
    """The caller did nothing until the line went on."""


@dataclass(frozen=True)
class Recorded:
    """The caller was recorded until they pressed `key`, fell silent ("") or hung up ("hangup")."""

    seconds: int
    key: str


@dataclass(frozen=True)
class Rang:
    """The line began to ring one or more numbers."""

    numbers: tuple[str, ...]
    caller_id: str


@dataclass(frozen=True)
class Dialled:
    """A dialled call ended. `seconds` is how long they talked."""

    numbers: tuple[str, ...]
    caller_id: str
    status: str
    seconds: int


@dataclass(frozen=True)
class Answered:
    """The called person answered, heard the line's question (`words`), and pressed `keys` or "".

    `taken` is whether the caller was put through. `seconds` is how long the question took.
    """

    number: str
    words: str
    keys: str
    taken: bool
    seconds: float


@dataclass(frozen=True)
class HungUp:
    """The caller hung up."""


Act = Pressed | Said | Silent | Recorded | Answered | Dialled | HungUp
"""What the caller or the called person does, to which the line reacts."""

Event = Heard | Rang | Act


def describe(state: State) -> str:
    """Return a state in words, with what can be done in it."""
    match state:
        case Listening():
            return "the line is listening"
        case Ringing():
            return f"it is ringing {', '.join(state.numbers)}: say how that call ends first"
        case Recording():
            return "the line is recording: say how long, or stay silent"
        case Ended(reason):  # pragma: no branch (mypy: exhaustive)
            return f"the call has ended ({reason})"
