"""A call session: runs the telephone of `ivr.phone` in real time, to the end of the call."""

import logging
from dataclasses import dataclass

from ivr.errors import IvrError, PhoneError
from ivr.phone.call import Call
from ivr.phone.called_party import run_whisper
from ivr.phone.files import Audio
from ivr.phone.interpreter import Interpreter
from ivr.phone.parties import Parties
from ivr.phone.states import FAILED, Ended, Listening, Recording, Ringing
from ivr.phone.transport import Transport
from ivr.phone.twiml.verbs import Dial, Gather, Record, Whisper
from ivr.sip import fallback, recorder
from ivr.sip.audio_cache import AudioCache
from ivr.sip.fallback import Lifeboat
from ivr.sip.leg import Gone, Leg
from ivr.sip.playout import AudioPlayout
from ivr.sip.recording_store import Recordings
from ivr.sip.transfer import Transfers

log = logging.getLogger("ivr.sip")


@dataclass(frozen=True)
class CallSession:
    """The parts that every call uses, and `run`, which carries one call to its end.

    `url` answers calls; if it fails, the URL `fallback` does, unless that is "". `audio` has the
    words of the line's clips.
    """

    line: Transport
    url: str
    fallback: str
    lifeboat: Lifeboat
    cache: AudioCache
    transfers: Transfers
    recordings: Recordings
    audio: dict[str, Audio]

    def run(self, leg: Leg, parties: Parties) -> None:
        """Run a call to its end. If anything fails, the caller hears the lifeboat."""
        playout = AudioPlayout(leg, self.cache)
        call = self._call(self.line, self.url, parties, playout)
        if self.fallback:
            call.fall_back(self.fallback)
        try:
            self._loop(call, playout)
        except Gone:
            call.hang_up()
        except Exception as e:  # whatever failed, somebody is listening
            if isinstance(e, IvrError):
                log.error("the caller heard the lifeboat: %s", e)  # noqa: TRY400 one line
            else:
                log.exception("the caller heard the lifeboat")
            self._run_fallback(leg, parties, playout)
        finally:
            leg.hang_up()
        self._report_end(call, playout)

    def _call(self, line: Transport, url: str, parties: Parties, playout: AudioPlayout) -> Call:
        call = Call(line, url, parties, playout)
        call.audio.update(self.audio)
        return call

    def _run_fallback(self, leg: Leg, parties: Parties, playout: AudioPlayout) -> None:
        try:
            leg.flush()
            self._loop(self._call(self.lifeboat, fallback.URL, parties, playout), playout)
        except Gone:
            pass
        except Exception:
            log.exception("the lifeboat failed")

    def _loop(self, call: Call, playout: AudioPlayout) -> None:
        call.dial()
        while True:
            match call.state:
                case Listening() as listening:
                    self._listen(call, playout, listening)
                case Ringing(dial):
                    self._connect(call, playout, dial)
                case Recording(verb):
                    self._record(call, playout, verb)
                case Ended(reason):
                    if reason == "rejected":
                        playout.leg.refuse()
                    playout.drain()
                    return

    def _listen(self, call: Call, playout: AudioPlayout, listening: Listening) -> None:
        """Wait for a key. Time counts from the end of the prompt, and from key to key."""
        playout.leg.answer()
        playout.leg.listen()  # notes that the caller's sound arrives, and the keys in it
        if not listening.keyed:
            playout.drain()
        key = read_key(playout.leg, listening.gather)
        if key:
            call.press(key)
        else:
            call.silence()

    def _connect(self, call: Call, playout: AudioPlayout, dial: Dial) -> None:
        playout.drain()

        def asks(leg: Leg, whisper: Whisper) -> bool:
            return self._is_taken(leg, whisper, call)

        outcome = self.transfers.connect(playout.leg, dial, asks)
        call.ends(outcome.status, outcome.seconds, bridged=outcome.bridged)

    def _is_taken(self, leg: Leg, whisper: Whisper, call: Call) -> bool:
        """Play the whisper to the person who answered; return whether they take the call."""
        playout = AudioPlayout(leg, self.cache)
        parties = call.parties.called_side(whisper.number)
        interpreter = Interpreter(self.line, call.url, parties, playout)
        interpreter.audio.update(self.audio)

        def press(gather: Gather) -> str:
            playout.drain()
            return read_key(leg, gather)

        try:
            is_taken = run_whisper(interpreter, whisper, press)
        except PhoneError as e:
            log.error("the whisper to the called person failed: %s", e)  # noqa: TRY400 one line
            return False
        playout.drain()
        return is_taken

    def _record(self, call: Call, playout: AudioPlayout, verb: Record) -> None:
        if refusal := self.recordings.refusal():
            log.error("a message was refused: %s", refusal)
            call.record(0, FAILED)
            return
        recording = recorder.record(playout, verb)
        if not recording.sound:
            if recording.key == "hangup":
                raise Gone
            call.silence()
            return
        try:
            name = self.recordings.save(recording.sound)
        except OSError as e:
            log.error("a message was lost: it cannot be saved: %s", e.strerror)  # noqa: TRY400
            call.record(0, FAILED)
            return
        call.record(recording.seconds, recording.key, name)

    def _report_end(self, call: Call, playout: AudioPlayout) -> None:
        playout.set_real_length()
        try:
            if not isinstance(call.state, Ended):
                call.hang_up()
            call.status_callback(self.url.rstrip("/") + "/status")
        except PhoneError as e:
            log.warning("the end of a call could not be reported to the line: %s", e)


def read_key(leg: Leg, gather: Gather) -> str:
    """Return the key that is pressed in time, or "" for silence, or if no keys are taken."""
    if gather.takes_keys:
        return leg.read_key(gather.timeout)
    leg.wait(gather.timeout)
    leg.drop_keys()
    return ""
