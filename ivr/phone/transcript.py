"""What was heard and done in a call, in order, and its estimated length."""

import re

from ivr.phone.files import Audio
from ivr.phone.states import Act, Event, Heard
from ivr.phone.twiml.verbs import Break, Pause, Say, Words

WORDS_A_MINUTE = 130
"""Words a minute at which a voice speaks; a single digit counts as a word."""

MAX_LOOP = 1000
"""Repeats of loop="0" (Twilio: until the caller hangs up, 1,000 times at the most)."""

_WORD = re.compile(r"[\w'\u2019]+")
_BEFORE_PUNCTUATION = re.compile(r" (?=[,.;:!?)»])")


class Transcript:
    """The log of a call. `seconds` is its estimated length so far."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.events: list[Event] = []
        self._turn = 0

    def hear(self, speech: Say, *, interruptible: bool) -> None:
        """Log the words of a Say, as often as it repeats them."""
        times = speech.loop or MAX_LOOP
        once = " … ".join(filter(None, _phrases(speech)))
        slow = any(p.rate < 1 for p in speech.pieces if isinstance(p, Words))
        seconds = times * sum(
            p.seconds if isinstance(p, Break) else speaking_seconds(p.text, p.rate)
            for p in speech.pieces
        )
        text = " … ".join([once] * times) if once else ""
        self._add(Heard(text, speech.language, seconds, interruptible, self.seconds, slow))

    def hear_audio(self, audio: Audio, loop: int, *, interruptible: bool, url: str = "") -> None:
        """Log a file or tones, as often as they are played; an unknown length counts as 0."""
        times = loop or MAX_LOOP
        text = " … ".join([audio.words] * times) if audio.words else ""
        seconds = audio.seconds * times
        at, slow = self.seconds, audio.slow
        self._add(Heard(text, audio.language, seconds, interruptible, at, slow, url))

    def pause(self, pause: Pause) -> None:
        """Let a Pause pass."""
        self.seconds += pause.seconds

    def act(self, act: Act, seconds: float = 0.0) -> None:
        """Log an act and the seconds that it took; a new turn begins."""
        self.events.append(act)
        self.seconds += seconds
        self._turn = len(self.events)

    @property
    def utterances(self) -> tuple[Heard, ...]:
        """What was heard in the whole call."""
        return tuple(event for event in self.events if isinstance(event, Heard))

    @property
    def latest_utterances(self) -> tuple[Heard, ...]:
        """What was heard since the last act."""
        return tuple(event for event in self.events[self._turn :] if isinstance(event, Heard))

    def _add(self, utterance: Heard) -> None:
        if utterance.text:
            self.events.append(utterance)
        self.seconds += utterance.seconds


def speaking_seconds(text: str, rate: float = 1.0) -> float:
    """Return the estimated seconds that it takes to say a text."""
    return len(_WORD.findall(text)) * 60 / WORDS_A_MINUTE / rate


def _phrases(speech: Say) -> list[str]:
    """Return the words between pauses."""
    phrases: list[list[str]] = [[]]
    for piece in speech.pieces:
        if isinstance(piece, Words):
            phrases[-1].append(piece.text)
        elif piece.seconds:
            phrases.append([])
    return [_BEFORE_PUNCTUATION.sub("", " ".join(words)) for words in phrases]
