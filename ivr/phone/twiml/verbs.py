"""TwiML's verbs as values: what a document asks the phone to do."""

from dataclasses import dataclass

from ivr.errors import PhoneError


class Refused(PhoneError):  # noqa: N818 named for what the carrier does
    """An answer that the carrier would refuse, with its error code (twilio.com/docs/api/errors)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Words:
    """Spoken words, at `rate` times the voice's usual pace: 0.8 is slower."""

    text: str
    rate: float = 1.0


@dataclass(frozen=True)
class Break:
    """Silence within speech."""

    seconds: float


@dataclass(frozen=True)
class Say:
    """Speech, said `loop` times (Twilio: 0 repeats it until hangup, 1,000 times at the most)."""

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
    """Silence. Twilio: one second by default."""

    seconds: int = 1


@dataclass(frozen=True)
class Gather:
    """Listen for keys or speech while the prompts are heard.

    Twilio: by default a Gather times out after 5 seconds, ends on `#` and takes keys; without an
    action it asks for the current document again. `timeout` is in seconds.
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
    """The document for the person who answers a number, before the caller is put through."""

    number: str
    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Dial:
    """Ring somebody. Twilio: for 30 seconds by default; without an action the next verb follows.

    `caller_id` is "" if the called person would see the caller's own number.
    """

    numbers: tuple[str, ...]
    caller_id: str = ""
    action: str = ""
    method: str = "POST"
    timeout: int = 30
    hangup_on_star: bool = False
    whispers: tuple[Whisper, ...] = ()
    time_limit: int = 14_400
    """Seconds after which the carrier ends the talk."""


@dataclass(frozen=True)
class Redirect:
    """Go on with another document. Twilio: later verbs are never reached."""

    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Record:
    """Record the caller.

    Twilio: by default it begins with a beep, ends after 5 seconds of silence or on any key, and
    lasts an hour at the most; without an action it asks for the current document again.
    """

    action: str = ""
    method: str = "POST"
    timeout: int = 5
    finish_on_key: str = "1234567890*#"
    max_length: int = 3600
    play_beep: bool = True


@dataclass(frozen=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True)
class Reject:
    """Refuse the call. Twilio: the caller hears that it is not in service, or "busy"."""

    reason: str = "rejected"


Verb = Say | Play | Pause | Gather | Dial | Redirect | Record | Hangup | Reject
