"""A call from its beginning to its end: the telephone of `ivr.phone`, driven by the clock."""

import logging
from dataclasses import dataclass

from ivr.errors import IvrError, PhoneError
from ivr.phone.call import Call
from ivr.phone.called_party import asked
from ivr.phone.files import Audio
from ivr.phone.interpreter import Interpreter
from ivr.phone.parties import Parties
from ivr.phone.states import Ended, Listening, Recording, Ringing
from ivr.phone.transport import Line
from ivr.phone.twiml.verbs import Dial, Gather, Record, Whisper
from ivr.sip import fallback as boat
from ivr.sip.audio_cache import AudioCache
from ivr.sip.fallback import Lifeboat
from ivr.sip.leg import Gone, Leg
from ivr.sip.playout import AudioPlayout
from ivr.sip.recorder import take
from ivr.sip.recording_store import Recordings
from ivr.sip.transfer import Transfers

log = logging.getLogger("ivr.sip")


@dataclass(frozen=True)
class CallSession:
    """What every call needs. `url` answers calls, `fallback` in its stead, "" where there is none.

    `audio` tells the words of the line's clips.
    """

    line: Line
    url: str
    fallback: str
    lifeboat: Lifeboat
    sounds: AudioCache
    transfers: Transfers
    recordings: Recordings
    audio: dict[str, Audio]

    def take(self, leg: Leg, parties: Parties) -> None:
        """Have a whole call, to its end. Whatever fails, the caller hears the lifeboat."""
        mouth = AudioPlayout(leg, self.sounds)
        call = self._call(self.line, self.url, parties, mouth)
        if self.fallback:
            call.fall_back(self.fallback)
        try:
            self._go_on(call, mouth)
        except Gone:
            call.hang_up()
        except Exception as e:  # whatever it is, somebody is listening
            if isinstance(e, IvrError):
                log.error("the caller heard the lifeboat: %s", e)  # noqa: TRY400 one line
            else:
                log.exception("the caller heard the lifeboat")
            self._save(leg, parties, mouth)
        finally:
            leg.hang_up()
        self._tell_the_end(call, mouth)

    def _call(self, line: Line, url: str, parties: Parties, mouth: AudioPlayout) -> Call:
        call = Call(line, url, parties, mouth)
        call.audio.update(self.audio)
        return call

    def _save(self, leg: Leg, parties: Parties, mouth: AudioPlayout) -> None:
        try:
            leg.hush()
            self._go_on(self._call(self.lifeboat, boat.URL, parties, mouth), mouth)
        except Gone:
            pass
        except Exception:
            log.exception("the lifeboat failed")

    def _go_on(self, call: Call, mouth: AudioPlayout) -> None:
        call.dial()
        while True:
            match call.state:
                case Listening() as listening:
                    self._listen(call, mouth, listening)
                case Ringing(dial):
                    self._connect(call, mouth, dial)
                case Recording(verb):
                    self._record(call, mouth, verb)
                case Ended(reason):
                    if reason == "rejected":
                        mouth.leg.refuse()
                    mouth.end()
                    return

    def _listen(self, call: Call, mouth: AudioPlayout, listening: Listening) -> None:
        """Wait for a key. Time is counted from the end of what is said, and from key to key."""
        mouth.leg.answer()
        if not listening.keyed:
            mouth.end()
        key = heard_key(mouth.leg, listening.gather)
        if key:
            call.press(key)
        else:
            call.silence()

    def _connect(self, call: Call, mouth: AudioPlayout, dial: Dial) -> None:
        mouth.end()

        def asks(leg: Leg, whisper: Whisper) -> bool:
            return self._is_taken(leg, whisper, call)

        ended = self.transfers.connect(mouth.leg, dial, asks)
        call.ends(ended.status, ended.seconds, bridged=ended.bridged)

    def _is_taken(self, leg: Leg, whisper: Whisper, call: Call) -> bool:
        """Let who has answered hear what is said to them first; tell whether they take the call."""
        mouth = AudioPlayout(leg, self.sounds)
        parties = call.parties.called_side(whisper.number)
        interpreter = Interpreter(self.line, call.url, parties, mouth)
        interpreter.audio.update(self.audio)

        def press(gather: Gather) -> str:
            mouth.end()
            return heard_key(leg, gather)

        try:
            taken = asked(interpreter, whisper, press)
        except PhoneError as e:
            log.error("who was rung could not be asked: %s", e)  # noqa: TRY400 one line
            return False
        mouth.end()
        return taken

    def _record(self, call: Call, mouth: AudioPlayout, verb: Record) -> None:
        taken = take(mouth, verb)
        if not taken.sound:
            if taken.key == "hangup":
                raise Gone
            call.silence()
            return
        try:
            name = self.recordings.keep(taken.sound)
        except OSError as e:
            raise PhoneError(f"a recording cannot be kept: {e.strerror}") from None
        call.record(taken.seconds, taken.key, name)

    def _tell_the_end(self, call: Call, mouth: AudioPlayout) -> None:
        mouth.tell_time()
        try:
            if not isinstance(call.state, Ended):
                call.hang_up()
            call.status_callback(self.url.rstrip("/") + "/status")
        except PhoneError as e:
            log.warning("the line was not told that a call is over: %s", e)


def heard_key(leg: Leg, gather: Gather) -> str:
    """Return the key that is pressed in time, "" for silence; no keys where none are taken."""
    if gather.takes_keys:
        return leg.key(gather.timeout)
    leg.rest(gather.timeout)
    leg.forget_keys()
    return ""
