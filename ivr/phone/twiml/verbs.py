"""The carrier's verbs as values: what a TwiML document asks the phone to do."""

from dataclasses import dataclass

from ivr.errors import PhoneError


class Refused(PhoneError):  # noqa: N818 it reads as what the carrier does
    """An answer that the carrier would refuse, with its error code (twilio.com/docs/api/errors)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Words:
    """Spoken words; `rate` 1 is the voice's usual pace, 0.8 is slower."""

    text: str
    rate: float = 1.0


@dataclass(frozen=True)
class Break:
    """Silence within speech."""

    seconds: float


@dataclass(frozen=True)
class Say:
    """Speech. `loop` is how often it is said (Twilio: 0 = until hangup or 1000 times)."""

    pieces: tuple[Words | Break, ...]
    language: str = "en-US"
    voice: str = "man"
    loop: int = 1


@dataclass(frozen=True)
class Play:
    """An audio file by its URL, or keys (`digits`) played as tones."""

    url: str = ""
    digits: str = ""
    loop: int = 1


@dataclass(frozen=True)
class Pause:
    """Silence. Twilio: one second unless told."""

    seconds: int = 1


@dataclass(frozen=True)
class Gather:
    """Listen for keys or speech while the prompts are heard.

    Twilio: a Gather times out after 5 seconds unless told, ends on `#` unless told, takes keys
    unless told, and without an action asks the current document again. `timeout` in seconds.
    """

    prompts: tuple[Say | Play | Pause, ...] = ()
    action: str = ""
    method: str = "POST"
    takes_keys: bool = True
    takes_speech: bool = False
    num_digits: int | None = None
    timeout: int = 5
    finish_on_key: str = "#"
    action_on_empty_result: bool = False
    language: str = "en-US"
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Whisper:
    """The document that who answers a number hears, before the caller is put through."""

    number: str
    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Dial:
    """Ring somebody. Twilio: for 30 seconds unless told; without an action the next verb follows.

    `caller_id` is empty where the caller's own number would be shown.
    """

    numbers: tuple[str, ...]
    caller_id: str = ""
    action: str = ""
    method: str = "POST"
    timeout: int = 30
    hangup_on_star: bool = False
    whispers: tuple[Whisper, ...] = ()


@dataclass(frozen=True)
class Redirect:
    """Go on with another document. Twilio: verbs after it are unreachable."""

    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Record:
    """Record the caller.

    Twilio: ends after 5 seconds of silence or on any key unless told, lasts an hour at most, begins
    with a beep unless told, and without an action asks the current document again.
    """

    action: str = ""
    method: str = "POST"
    timeout: int = 5
    finish_on_key: str = "1234567890*#"
    max_length: int = 3600
    beep: bool = True


@dataclass(frozen=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True)
class Reject:
    """Do not take the call. Twilio: the caller hears "rejected" (not in service) or "busy"."""

    reason: str = "rejected"


Verb = Say | Play | Pause | Gather | Dial | Redirect | Record | Hangup | Reject
