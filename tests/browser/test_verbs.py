"""What the shipped line does not ask of the phone, but another one may: clips, recording."""

import io
import wave

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opens
from tests.documents import line_of

CLIP = """<Response><Gather numDigits="1" timeout="5">
<Play>/audio/hello.wav</Play></Gather></Response>"""


def silence(seconds: float) -> bytes:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * round(8000 * seconds))
    return sound.getvalue()


def test_a_clip_is_played_and_not_spoken(handset: Opens) -> None:
    phone = handset(line_of(CLIP, {"/audio/hello.wav": silence(0.3)}))
    with phone.page.expect_response("**/audio/hello.wav") as played:
        phone.calls()
    assert played.value.ok
    expect(phone.page.locator("#doing")).to_have_text("Your turn: keys", timeout=10_000)
    assert phone.spoken == []


def test_a_key_stops_a_clip(handset: Opens) -> None:
    phone = handset(line_of(CLIP, {"/audio/hello.wav": silence(60)}))
    phone.page.evaluate(
        """() => {
          const play = Audio.prototype.play;
          Audio.prototype.play = function () { window.clip = this; return play.call(this); };
        }"""
    )
    phone.calls()
    while not phone.page.evaluate("window.clip?.currentTime > 0"):
        phone.page.wait_for_timeout(50)
    paused = phone.page.evaluate(
        """() => {
          const { clip } = window;
          document.querySelector("[data-key='1']").click();
          return clip.paused;
        }"""
    )
    assert paused


@pytest.mark.parametrize("clips", [{}, {"/audio/hello.wav": b"no sound"}], ids=["none", "broken"])
def test_a_clip_that_cannot_be_played_is_passed_over(
    handset: Opens, clips: dict[str, bytes]
) -> None:
    phone = handset(line_of(CLIP, clips))
    phone.calls().hears("[audio").hears_it_out()
    assert phone.phase == "listening"
    assert phone.spoken == []
    phone.wrong.clear()  # the browser tells of the clip, too


def test_a_recording_ends_with_its_key(handset: Opens) -> None:
    record = "<Response><Say>Speak.</Say><Record finishOnKey='#' maxLength='60'/></Response>"
    phone = handset(line_of(record))
    phone.calls().hears_it_out().shows("The line is recording. It ends with #")
    phone.waits(12).presses("1").shows("Key 1 does not end the recording.")
    phone.presses("#").hears("You spoke for 12 s")


def test_a_mistake_of_the_line_is_told(handset: Opens) -> None:
    handset(line_of("<Response><Sing/></Response>")).calls().shows("The line made a mistake: 12200")
