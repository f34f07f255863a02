"""Shows a real call on this machine: dials the line by SIP, and tells what is heard and done.

    python -m tests.sip.show    (make call-sip)

The line is `ivr serve` and `ivr sip`, as an operator starts them; the hotline is a telephone here.
"""

import sys
import tempfile
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench.rivals import TOKEN
from bench.served import line as serving
from ivr.phone.twiml.verbs import Say, Words
from ivr.settings import Settings
from ivr.sip.audio_cache import AudioCache
from ivr.speech.asr_check import SpeechRecognizer
from ivr.speech.sound import Sound
from tests.serving import free_port
from tests.sip.conftest import opened
from tests.sip.scenarios import HOTLINE, OPENING_SECONDS, Person, TimedCall
from tests.sip.telephones import RATE, Telephones, telephones

WAV = Path("build") / "call.wav"
PERSON = "Hello. This is somebody at the hotline. How can I help you?"


def tell(seconds: float, words: str) -> None:
    """Write down what happens in the call."""
    sys.stdout.write(f"{int(seconds // 60):3}:{seconds % 60:04.1f}  {words}\n")
    sys.stdout.flush()


async def call(phones: Telephones, address: str) -> TimedCall:
    """Make the call."""
    person = phones.people[HOTLINE]
    timed_call = TimedCall(await phones.dial(address))
    phone = timed_call.phone
    tell(phone.seconds, f"{address} has answered")
    for key, what, after in (
        ("1", "English", OPENING_SECONDS),
        ("3", "the warning signs", 9),
        ("1", "all of them", 6),
        ("0", "a person", 9),
    ):
        await timed_call.press(key, f"{what} ({key})", after)
        tell(phone.seconds, f"pressed {key}: {what}")
    await phone.until(lambda: person.calls)
    timed_call.mark("connected")
    tell(phone.seconds, f"{HOTLINE} was dialled; a telephone here answers in its place")
    await phone.until(lambda: person.calls[0].is_over)
    timed_call.mark("back")
    tell(phone.seconds, "they have hung up; back on the line")
    await timed_call.ends(9)
    tell(phone.seconds, "hung up")
    return timed_call


def main() -> None:
    """Make the call, keep its sound, and write down what an ear hears in it."""
    speech = AudioCache().speech(Say((Words(PERSON),)))
    with ExitStack() as stack:
        room = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        phones = stack.enter_context(telephones(free_port()))
        phones.people[HOTLINE] = Person("answers", says=speech, stays=6)
        app = stack.enter_context(serving(workers=1))
        url = f"http://127.0.0.1:{app.port}/voice"
        line = stack.enter_context(opened(room, url, phones.port, TWILIO_AUTH_TOKEN=TOKEN))
        (timed_call,) = phones.run(call(phones, line.address))
    sys.stdout.write(f"\nThe sound of the call is in {timed_call.phone.save(WAV)}\n")
    ear = SpeechRecognizer(Settings.from_env().models)
    sys.stdout.write("What a machine's ear hears in it (it slips now and then):\n\n")
    marks = sorted({0.0, *timed_call.at.values()})
    for since, to in pairwise(marks):
        part = timed_call.phone.sound[int(since * RATE) * 2 : int(to * RATE) * 2]
        samples = np.frombuffer(bytes(part), "<i2").astype(np.float32) / 32768
        tell(since, ear.transcribe(Sound(samples, RATE), "en"))


if __name__ == "__main__":
    main()
