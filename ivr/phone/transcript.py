"""What was heard and done in a call, in order, and about how long it took."""

import re

from ivr.phone.files import Audio
from ivr.phone.states import Act, Event, Heard
from ivr.phone.twiml.verbs import Break, Pause, Say, Words

WORDS_A_MINUTE = 130
"""How fast a voice speaks; a single digit is a word."""

MAX_LOOP = 1000
"""Twilio: loop="0" means until hangup, or 1000 times."""

_WORD = re.compile(r"[\w'\u2019]+")
_BEFORE_PUNCTUATION = re.compile(r" (?=[,.;:!?)»])")


class Transcript:
    """The log of a call. `seconds` is how long it has lasted, by estimate."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.events: list[Event] = []
        self._turn = 0

    def hear(self, said: Say, *, interruptible: bool) -> None:
        """Log what a Say lets the caller hear, as often as it is said."""
        times = said.loop or MAX_LOOP
        once = " … ".join(filter(None, _phrases(said)))
        slow = any(p.rate < 1 for p in said.pieces if isinstance(p, Words))
        seconds = sum(map(_duration, said.pieces)) * times
        text = " … ".join([once] * times) if once else ""
        self._add(text, said.language, seconds, interruptible=interruptible, slow=slow)

    def hear_audio(self, audio: Audio, loop: int, *, interruptible: bool, url: str = "") -> None:
        """Log a file or tones, as often as played; how long one lasts is 0 unless it is known."""
        times = loop or MAX_LOOP
        self._add(
            " … ".join([audio.words] * times) if audio.words else "",
            audio.language,
            audio.seconds * times,
            interruptible=interruptible,
            slow=audio.slow,
            audio=url,
        )

    def pause(self, pause: Pause) -> None:
        """Let a Pause pass."""
        self.seconds += pause.seconds

    def act(self, act: Act, seconds: float = 0.0) -> None:
        """Log what was done, and let the time pass that it took; a new turn begins."""
        self.events.append(act)
        self.seconds += seconds
        self._turn = len(self.events)

    @property
    def heard(self) -> tuple[Heard, ...]:
        """What was heard in the whole call."""
        return tuple(event for event in self.events if isinstance(event, Heard))

    @property
    def heard_now(self) -> tuple[Heard, ...]:
        """What was heard since the last act."""
        return tuple(event for event in self.events[self._turn :] if isinstance(event, Heard))

    def _add(
        self,
        text: str,
        language: str,
        seconds: float,
        *,
        interruptible: bool,
        slow: bool,
        audio: str = "",
    ) -> None:
        if text:
            heard = Heard(text, language, seconds, interruptible, self.seconds, slow, audio)
            self.events.append(heard)
        self.seconds += seconds


def speaking_seconds(text: str, rate: float = 1.0) -> float:
    """Return about how long it takes to say something."""
    return len(_WORD.findall(text)) * 60 / WORDS_A_MINUTE / rate


def _duration(piece: Words | Break) -> float:
    return piece.seconds if isinstance(piece, Break) else speaking_seconds(piece.text, piece.rate)


def _phrases(said: Say) -> list[str]:
    """Return the words between pauses."""
    phrases: list[list[str]] = [[]]
    for piece in said.pieces:
        if isinstance(piece, Words):
            phrases[-1].append(piece.text)
        elif piece.seconds:
            phrases.append([])
    return [_BEFORE_PUNCTUATION.sub("", " ".join(words)) for words in phrases]
