"""A simulated call: the phone does what the line's documents say, by the carrier's rules.

It does not run in real time. The call goes on until the line waits for somebody; then the holder
of the phone says what happens next. It never dials a number: it only shows which one would ring.
"""

from dataclasses import replace
from typing import Self, TypeVar

from ivr.errors import PhoneError
from ivr.phone import states
from ivr.phone.called_party import answer_whisper
from ivr.phone.files import Audio
from ivr.phone.interpreter import Interpreter
from ivr.phone.parties import Parties, dialled_call
from ivr.phone.states import FAILED, KEYS, OUTCOMES, Ended, Heard, Listening, Recording, Ringing
from ivr.phone.transcript import Transcript, speaking_seconds
from ivr.phone.transport import Form, Transport
from ivr.phone.twiml.verbs import Dial, Gather

__all__ = ["OUTCOMES", "Call", "Ended", "Heard", "Listening", "Recording", "Ringing"]

S = TypeVar("S", Listening, Ringing, Recording, Ended)


class Call:
    """A phone call to a line, from a number to another (E.164).

    Every method that makes the call go on raises PhoneError if it makes no sense at this point,
    and Refused if the carrier would reject the line's answer; that ends the call. Pass a subclass
    of Transcript as `log` to play the call while it goes on.
    """

    def __init__(
        self,
        line: Transport,
        url: str,
        parties: Parties | None = None,
        log: Transcript | None = None,
    ) -> None:
        self.parties = parties or Parties()
        self._log = Transcript() if log is None else log
        self._interpreter = Interpreter(line, url, self.parties, self._log)
        self._state: states.State | None = None

    @property
    def url(self) -> str:
        """The URL of the document that the call is in."""
        return self._interpreter.url

    @property
    def audio(self) -> dict[str, Audio | tuple[str, float]]:
        """The words and seconds of audio files, by absolute URL; to be filled from outside.

        `ivr.phone.files.list_audio` asks the line for them.
        """
        return self._interpreter.audio

    @property
    def state(self) -> states.State:
        """What the call waits for. Raises PhoneError if the call has not been dialled."""
        if self._state is None:
            raise PhoneError("the call has not been dialled yet")
        return self._state

    @property
    def events(self) -> tuple[states.Event, ...]:
        """Everything that was heard and done, in order."""
        return tuple(self._log.events)

    @property
    def utterances(self) -> tuple[Heard, ...]:
        """Everything that was heard in the call."""
        return self._log.utterances

    @property
    def latest_utterances(self) -> tuple[Heard, ...]:
        """What was heard since the last act of the caller or of the person connected to them."""
        return self._log.latest_utterances

    @property
    def seconds(self) -> float:
        """The estimated length of the call: speech at 130 words a minute, pauses and timeouts."""
        return self._log.seconds

    @property
    def dialled(self) -> tuple[str, ...]:
        """Every number that the line has rung so far (E.164)."""
        return tuple(
            n for event in self.events if isinstance(event, states.Rang) for n in event.numbers
        )

    def fall_back(self, url: str) -> Self:
        """Set the number's fallback URL, asked with GET if the line fails; return the call."""
        self._interpreter.fallback = url
        return self

    def dial(self) -> None:
        """Call the line: "a call comes in"."""
        if self._state is not None:
            raise PhoneError("the call has been dialled already")
        self._ask("POST", "", [])

    def press(self, keys: str) -> None:
        """Press keys, which stop what is interruptible.

        Twilio: as soon as numDigits keys are pressed they are submitted, and further keys are
        dropped; the finish key ends the input and is not part of it. Fewer keys wait for more
        keys or for silence. With hangupOnStar, `*` ends a dialled call. If the line listens for
        words only, keys count as silence.
        """
        if not keys or not set(keys) <= set(KEYS):
            raise PhoneError(f'"{keys}" cannot be pressed: the keys are {" ".join(KEYS)}')
        if isinstance(self._state, Ringing) and self._state.dial.hangup_on_star and "*" in keys:
            self.ends("completed")
            return
        state = self._in(Listening, f"press {keys}")
        gather = state.gather
        if not gather.takes_keys:
            self._act(states.Pressed(keys), gather.timeout)
            self._submit(gather, "")
            return
        self._act(states.Pressed(keys))
        keyed = state.keyed
        for key in keys:
            if key == gather.finish_on_key:
                self._submit(gather, keyed, key)
                return
            keyed += key
            if len(keyed) == gather.num_digits:
                self._submit(gather, keyed)
                return
        self._state = replace(state, keyed=keyed)

    def say(self, words: str, confidence: float = 0.9) -> None:
        """Say something; `confidence` (0 to 1) is how sure the carrier is of the words.

        If the line listens for keys only, words count as silence. Twilio: the first kind of input
        that is detected wins, so words after a key count as silence, too.
        """
        words = " ".join(words.encode(errors="replace").decode().split())
        state = self._in(Listening, "say anything")
        gather = state.gather
        if not words:
            self.silence()
        elif gather.takes_speech and not state.keyed:
            self._act(states.Said(words, confidence), speaking_seconds(words))
            spoken = [("SpeechResult", words), ("Confidence", str(confidence))]
            self._ask(gather.method, gather.action, spoken)
        else:
            self._act(states.Said(words, confidence), gather.timeout)
            self._submit(gather, state.keyed)

    def silence(self) -> None:
        """Do nothing until the line goes on.

        Twilio: the keys pressed so far are submitted. Without any, the next verb follows, or with
        actionOnEmptyResult the action is asked with empty Digits. An empty recording is dropped.
        """
        if isinstance(self._state, Recording):
            verb = self._state.verb
            # Twilio: 0 turns the timeout off; silence lasts until the maximum length.
            self._act(states.Silent(), verb.timeout or verb.max_length)
            self._run()
            return
        state = self._in(Listening, "stay silent")
        self._act(states.Silent(), state.gather.timeout)
        self._submit(state.gather, state.keyed)

    def ends(self, status: str, duration: int = 0, *, bridged: bool = True) -> None:
        """End the dialled call with a DialCallStatus, or "absent" for an action without one.

        `duration` is how many seconds they talked. `bridged` is false if the call was answered but
        the caller was not put through. Twilio: with an action, its answer takes over; without one,
        the next verb follows.
        """
        if status not in OUTCOMES:
            raise PhoneError(
                f'a call cannot end as "{status}": choose one of {", ".join(OUTCOMES)}'
            )
        dial = self._in(Ringing, "end a dialled call").dial
        waited = dial.timeout if status == "no-answer" else duration
        self._act(states.Dialled(dial.numbers, dial.caller_id, status, duration), waited)
        self._over(dial, status, duration, bridged=bridged)

    def answers(self, keys: str = "") -> None:
        """Let the person being called answer and press keys; a voicemail box presses none.

        This works only if the line asks them first (Twilio: <Number url>). If the caller is put
        through, say next how that call ends; if not, it has ended.
        """
        dial = self._in(Ringing, "answer a dialled call").dial
        if not dial.whispers or not set(keys) <= set(KEYS):
            raise PhoneError("the line asks the called person nothing: say how that call ends")
        interpreter = self._interpreter
        answer = answer_whisper(
            interpreter.line, interpreter.url, self.parties, dial.whispers[0], keys
        )
        self._act(answer, answer.seconds)
        if not answer.taken:
            self._over(dial, "completed", 0, bridged=False)

    def record(self, seconds: int, key: str = "", sid: str = "") -> None:
        """Leave a recording, ended by a key, by silence (no key) or by hanging up ("hangup").

        Twilio: the key is sent as Digits, a hang-up as "hangup"; an empty recording is dropped. One
        that fails ("failed"), as on a full disk, is reported as RecordingStatus.
        `sid` is the recording's identifier (RE…); without one it is made up.
        """
        verb = self._in(Recording, "leave a recording").verb
        if key == FAILED:
            self._act(states.Recorded(seconds, key), seconds)
            self._ask(verb.method, verb.action, [("RecordingStatus", FAILED)])
            return
        if key != "hangup" and (len(key) > 1 or key not in verb.finish_on_key):
            raise PhoneError(
                f'"{key}" does not end the recording: use one of "{verb.finish_on_key}"'
            )
        if seconds <= 0:
            self.hang_up() if key == "hangup" else self.silence()
            return
        seconds = min(seconds, verb.max_length)
        self._act(states.Recorded(seconds, key), seconds)
        result = self.parties.recording(seconds, key, sid)
        if key == "hangup":
            self._state = Ended("caller hung up")
            self._interpreter.report_end(verb.method, verb.action, result)
        else:
            self._ask(verb.method, verb.action, result)

    def hang_up(self) -> None:
        """Hang up. Nothing more is sent; a call that has ended stays as it is."""
        if not isinstance(self.state, Ended):
            self._act(states.HungUp())
            self._state = Ended("caller hung up")

    def status_callback(self, url: str) -> None:
        """Report the end of the call to a status callback. Raises Refused if it is not accepted."""
        self._in(Ended, "report that the call is over")
        self._interpreter.report_end("POST", url, [("CallDuration", f"{self.seconds:.0f}")])

    def _in(self, kind: type[S], act: str) -> S:
        if not isinstance(self.state, kind):
            raise PhoneError(f"you cannot {act} now: {states.describe(self.state)}")
        return self.state

    def _act(self, act: states.Act, seconds: float = 0.0) -> None:
        self._interpreter.caller_acts()
        self._log.act(act, seconds)

    def _over(self, dial: Dial, status: str, duration: int, *, bridged: bool = True) -> None:
        if dial.action:
            ended = dialled_call(status, duration, bridged=bridged)
            self._ask(dial.method, dial.action, ended)
        else:
            self._run()

    def _submit(self, gather: Gather, keyed: str, finished_on: str = "") -> None:
        """Submit keys; without any, go on as the carrier does if there was no input."""
        if keyed or gather.action_on_empty_result:
            digits = [("Digits", keyed), ("FinishedOnKey", finished_on)]
            self._ask(gather.method, gather.action, digits)
        else:
            self._run()

    def _ask(self, method: str, url: str, fields: Form) -> None:
        self._state = Ended("refused")  # until the answer is accepted
        self._state = self._interpreter.ask(method, url, fields)

    def _run(self) -> None:
        self._state = Ended("refused")  # until what follows is accepted
        self._state = self._interpreter.run()
