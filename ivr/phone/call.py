"""A call: the phone does what the documents of a line say, by the carrier's rules.

It is not real time. The call goes on until the line waits for somebody, and then whoever holds the
phone says what happens next. It never dials anything: it only shows who would be rung.
"""

from dataclasses import replace
from typing import Self, TypeVar

from ivr.errors import PhoneError
from ivr.phone.called_party import answered
from ivr.phone.files import Audio
from ivr.phone.interpreter import Interpreter
from ivr.phone.parties import Parties, dialled_call
from ivr.phone.states import (
    KEYS,
    OUTCOMES,
    Act,
    Dialled,
    Ended,
    Event,
    Heard,
    HungUp,
    Listening,
    Pressed,
    Rang,
    Recorded,
    Recording,
    Ringing,
    Said,
    Silent,
    State,
    told,
)
from ivr.phone.transcript import Transcript, speaking_seconds
from ivr.phone.transport import Form, Line
from ivr.phone.twiml.verbs import Dial, Gather

__all__ = ["OUTCOMES", "Call", "Ended", "Heard", "Listening", "Recording", "Ringing"]

S = TypeVar("S", Listening, Ringing, Recording, Ended)


class Call:
    """A phone call to a line, from a number to another (E.164).

    Everything that makes the call go on raises PhoneError where it makes no sense at this point,
    and Refused for an answer that the carrier would not take; that ends the call. A `log` of your
    own can play the call while it goes on.
    """

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

    def fall_back(self, url: str) -> Self:
        """Give the number a fallback URL, asked with GET where the line fails; return the call."""
        self._interpreter.fallback = url
        return self

    def dial(self) -> None:
        """Call the line: "a call comes in"."""
        if self._state is not None:
            raise PhoneError("the call has been dialled already")
        self._ask("POST", "", [])

    def press(self, keys: str) -> None:
        """Press keys, which stop what is interruptible.

        Twilio: numDigits keys are submitted at once and more are not kept for later; the finish
        key ends the input and is no part of it. Fewer keys are kept until more come, or silence.
        With hangupOnStar, `*` ends a dialled call. Where only words are listened for, keys are
        silence.
        """
        if not keys or not set(keys) <= set(KEYS):
            raise PhoneError(f'"{keys}" cannot be pressed: the keys are {" ".join(KEYS)}')
        if isinstance(self._state, Ringing) and self._state.dial.hangup_on_star and "*" in keys:
            self.ends("completed")
            return
        state = self._in(Listening, f"press {keys}")
        if not state.takes_keys:
            self._act(Pressed(keys), state.timeout)
            self._submit(state.gather, "")
            return
        self._act(Pressed(keys))
        keyed = state.keyed
        for key in keys:
            if key == state.finish_on_key:
                self._submit(state.gather, keyed, key)
                return
            keyed += key
            if len(keyed) == state.num_digits:
                self._submit(state.gather, keyed)
                return
        self._state = replace(state, keyed=keyed)

    def say(self, words: str, confidence: float = 0.9) -> None:
        """Say something; `confidence` (0 to 1) is how sure the carrier is to have understood.

        It is silence where the line listens for keys alone. Twilio: the first kind of input that
        is detected wins, so it is silence after a key, too.
        """
        words = " ".join(words.encode(errors="replace").decode().split())
        state = self._in(Listening, "say anything")
        if not words:
            self.silence()
        elif state.takes_speech and not state.keyed:
            self._act(Said(words, confidence), speaking_seconds(words))
            spoken = [("SpeechResult", words), ("Confidence", str(confidence))]
            self._ask(state.gather.method, state.gather.action, spoken)
        else:
            self._act(Said(words, confidence), state.timeout)
            self._submit(state.gather, state.keyed)

    def silence(self) -> None:
        """Do nothing until the line goes on.

        Twilio: keys so far are submitted; without any the next verb follows, or the action is
        asked with empty Digits if actionOnEmptyResult is set; an empty recording is none.
        """
        if isinstance(self._state, Recording):
            verb = self._state.verb
            # Twilio: a timeout of 0 is none, so that silence lasts as long as the recording may.
            self._act(Silent(), verb.timeout or verb.max_length)
            self._run()
            return
        state = self._in(Listening, "stay silent")
        self._act(Silent(), state.timeout)
        self._submit(state.gather, state.keyed)

    def ends(self, status: str, duration: int = 0, *, bridged: bool = True) -> None:
        """End the dialled call with a DialCallStatus, or "absent" for an action without one.

        `duration` is how many seconds they talked; who answered but was not put through was not
        `bridged`. Twilio: with an action, its answer takes over; without, the next verb follows.
        """
        if status not in OUTCOMES:
            raise PhoneError(
                f'a call cannot end as "{status}": choose one of {", ".join(OUTCOMES)}'
            )
        dial = self._in(Ringing, "end a dialled call").dial
        waited = dial.timeout if status == "no-answer" else duration
        self._act(Dialled(dial.numbers, dial.caller_id, status, duration), waited)
        self._over(dial, status, duration, bridged=bridged)

    def answers(self, keys: str = "") -> None:
        """Let who is rung answer, and press keys, or nothing, as a voicemail does.

        Only where the line asks them first (Twilio: <Number url>). If they are put through, say how
        that call ends; if not, it has ended.
        """
        dial = self._in(Ringing, "answer a dialled call").dial
        if not dial.whispers or not set(keys) <= set(KEYS):
            raise PhoneError("who is rung is not asked anything: say how that call ends")
        interpreter = self._interpreter
        told = answered(interpreter.line, interpreter.url, self.parties, dial.whispers[0], keys)
        self._act(told, told.seconds)
        if not told.taken:
            self._over(dial, "completed", 0, bridged=False)

    def record(self, seconds: int, key: str = "", sid: str = "") -> None:
        """Leave a recording, ended by a key, by silence (no key) or by hanging up ("hangup").

        Twilio: the key comes as Digits, a hang-up as "hangup"; an empty recording is none. `sid`
        is its name (RE…); without one it is made up.
        """
        verb = self._in(Recording, "leave a recording").verb
        if key != "hangup" and (len(key) > 1 or key not in verb.finish_on_key):
            raise PhoneError(f'"{key}" does not end the recording: "{verb.finish_on_key}" do')
        if seconds <= 0:
            self.hang_up() if key == "hangup" else self.silence()
            return
        seconds = min(seconds, verb.max_length)
        self._act(Recorded(seconds, key), seconds)
        result = self.parties.recording(seconds, key, sid)
        if key == "hangup":
            self._state = Ended("caller hung up")
            self._interpreter.tell(verb.method, verb.action, result)
        else:
            self._ask(verb.method, verb.action, result)

    def hang_up(self) -> None:
        """Hang up. Nothing more is sent; a call that has ended stays as it is."""
        if not isinstance(self.state, Ended):
            self._act(HungUp())
            self._state = Ended("caller hung up")

    def status_callback(self, url: str) -> None:
        """Tell a status callback that the call has ended. Raises Refused if it is not taken."""
        self._in(Ended, "tell that the call is over")
        self._interpreter.tell("POST", url, [("CallDuration", f"{self.seconds:.0f}")])

    def _in(self, kind: type[S], act: str) -> S:
        if not isinstance(self.state, kind):
            raise PhoneError(f"you cannot {act} now: {told(self.state)}")
        return self.state

    def _act(self, act: Act, seconds: float = 0.0) -> None:
        self._interpreter.caller_acts()
        self._log.act(act, seconds)

    def _over(self, dial: Dial, status: str, duration: int, *, bridged: bool = True) -> None:
        if dial.action:
            ended = dialled_call(status, duration, bridged=bridged)
            self._ask(dial.method, dial.action, ended)
        else:
            self._run()

    def _submit(self, gather: Gather, keyed: str, finished_on: str = "") -> None:
        """Hand in keys; without any, go on as the carrier does when there was no input."""
        if keyed or gather.action_on_empty_result:
            digits = [("Digits", keyed), ("FinishedOnKey", finished_on)]
            self._ask(gather.method, gather.action, digits)
        else:
            self._run()

    def _ask(self, method: str, url: str, fields: Form) -> None:
        self._state = Ended("refused")  # unless the answer is taken
        self._state = self._interpreter.ask(method, url, fields)

    def _run(self) -> None:
        self._state = Ended("refused")  # unless what it leads to is taken
        self._state = self._interpreter.run()
