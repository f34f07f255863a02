"""Where a call is, and what has happened in it: values for whoever looks at a phone."""

from dataclasses import dataclass
from typing import Literal

from ivr.phone.twiml.verbs import Dial, Gather, Record

KEYS = "0123456789*#"
OUTCOMES = ("completed", "busy", "no-answer", "failed", "canceled", "absent")
"""How a dialled call ends (Twilio: DialCallStatus); "absent" leaves the parameter out."""


@dataclass(frozen=True)
class Listening:
    """The line listens for keys or words; `keyed` are the keys it has of an unfinished input."""

    gather: Gather
    keyed: str = ""

    @property
    def takes_keys(self) -> bool:
        """Whether keys are listened for."""
        return self.gather.takes_keys

    @property
    def takes_speech(self) -> bool:
        """Whether words are listened for."""
        return self.gather.takes_speech

    @property
    def num_digits(self) -> int | None:
        """How many keys are taken; None: as many as come."""
        return self.gather.num_digits

    @property
    def timeout(self) -> int:
        """How long silence is waited for, in seconds."""
        return self.gather.timeout

    @property
    def finish_on_key(self) -> str:
        """The key that ends the input, or empty."""
        return self.gather.finish_on_key

    @property
    def hints(self) -> tuple[str, ...]:
        """Words that are likely to be said."""
        return self.gather.hints

    @property
    def language(self) -> str:
        """The language that is understood."""
        return self.gather.language


@dataclass(frozen=True)
class Ringing:
    """The line is ringing somebody. Nobody is really called."""

    dial: Dial

    @property
    def numbers(self) -> tuple[str, ...]:
        """Who is rung: numbers, or SIP URIs."""
        return self.dial.numbers

    @property
    def caller_id(self) -> str:
        """The number that is shown; empty: the caller's own (Twilio's default)."""
        return self.dial.caller_id

    @property
    def timeout(self) -> int:
        """How long it rings, in seconds."""
        return self.dial.timeout


@dataclass(frozen=True)
class Recording:
    """The line is recording the caller."""

    verb: Record


Reason = Literal["hangup", "end of document", "rejected", "caller hung up", "refused"]


@dataclass(frozen=True)
class Ended:
    """The call has ended.

    "hangup" and "rejected" are the verbs, "refused" an answer that the carrier would not take.
    """

    reason: Reason


State = Listening | Ringing | Recording | Ended


@dataclass(frozen=True)
class Heard:
    """Something the caller hears, word for word; "…" is a pause.

    `seconds` is an estimate of how long it takes, `at` of when in the call it begins. Keys stop it
    if it is `interruptible`. `slow` tells whether it is spoken more slowly than usual. `audio` is
    the absolute URL of the file that is played; empty: it is spoken.
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
    """The caller neither pressed a key nor said anything until the line went on."""


@dataclass(frozen=True)
class Recorded:
    """The caller was recorded, and ended it with a key, by silence (empty) or by a "hangup"."""

    seconds: int
    key: str


@dataclass(frozen=True)
class Rang:
    """The line began to ring somebody."""

    numbers: tuple[str, ...]
    caller_id: str


@dataclass(frozen=True)
class Dialled:
    """A call to somebody ended. `seconds` is how long they talked."""

    numbers: tuple[str, ...]
    caller_id: str
    status: str
    seconds: int


@dataclass(frozen=True)
class Answered:
    """Who was rung answered, heard the line's question to them, and pressed keys or nothing.

    `taken` tells whether the caller was put through. `seconds` is how long that took.
    """

    number: str
    heard: str
    keys: str
    taken: bool
    seconds: float


@dataclass(frozen=True)
class HungUp:
    """The caller hung up."""


Act = Pressed | Said | Silent | Recorded | Answered | Dialled | HungUp
"""What the caller, or whom they were connected to, does; the line answers."""

Event = Heard | Rang | Act


def told(state: State) -> str:
    """Return a state in words, with what can be done."""
    match state:
        case Listening():
            return "the line is listening"
        case Ringing():
            return f"it is ringing {', '.join(state.numbers)}: say how that call ends first"
        case Recording():
            return "the line is recording: say how long, or stay silent"
        case Ended(reason):  # pragma: no branch (mypy: exhaustive)
            return f"the call has ended ({reason})"
