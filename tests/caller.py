"""A caller, in the words of the domain: dials, presses, hears, is connected."""

from ivr.phone.call import Call, Ended, Listening, Ringing
from ivr.phone.normalize import plain


class Caller:
    """Somebody on the phone. Each word acts or asserts, and says what was heard when it fails."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def dial(self) -> "Caller":
        self.call.dial()
        return self

    def press(self, *keys: str) -> "Caller":
        for key in keys:
            self.call.press(key)
        return self

    def say(self, words: str, confidence: float = 0.9) -> "Caller":
        self.call.say(words, confidence)
        return self

    def waits(self, times: int = 1) -> "Caller":
        for _ in range(times):
            self.call.silence()
        return self

    def ends(self, status: str) -> "Caller":
        self.call.ends(status)
        return self

    def hears(self, *words: str) -> "Caller":
        for expected in words:
            assert plain(expected) in plain(self.heard), (
                f"not heard: {expected!r} in {self.heard!r}"
            )
        return self

    def does_not_hear(self, *words: str) -> "Caller":
        for unwanted in words:
            assert plain(unwanted) not in plain(self.heard), f"heard {unwanted!r}: {self.heard!r}"
        return self

    def is_connected_to(self, number: str) -> "Caller":
        assert isinstance(self.call.state, Ringing), f"nobody is rung: {self.heard!r}"
        assert self.call.state.numbers == (number,)
        return self

    def is_listened_to(self) -> "Caller":
        assert isinstance(self.call.state, Listening), f"{self.call.state}: {self.heard!r}"
        return self

    def is_hung_up_on(self) -> "Caller":
        assert isinstance(self.call.state, Ended), f"{self.call.state}: {self.heard!r}"
        return self

    @property
    def heard(self) -> str:
        return " ".join(h.text for h in self.call.latest_utterances)

    @property
    def must_hear(self) -> str:
        return " ".join(h.text for h in self.call.latest_utterances if not h.interruptible)
