"""A spoken loop, offline: a caller's voice, an ear, the skill, its voice, and an ear again."""

import os

import pytest

from ivr.schedule.duty import Duty
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.speech.asr_check import SpeechRecognizer, plain
from ivr.speech.engines.pico import Pico
from ivr.web.assistant.wyoming import Conversations
from tests.assistant.conftest import NOW
from tests.assistant.test_wyoming import Counted

pytestmark = pytest.mark.skipif(not os.environ.get("IVR_SPOKEN"), reason="`make listen` runs it")


def test_a_spoken_wish_is_answered_with_digits_that_an_ear_hears(script: Script) -> None:
    voice, ear = Pico(), SpeechRecognizer(Settings().models)
    skill = Conversations(script, lambda _: Duty(), Counted(), lambda: NOW)
    skill.answer("hello", "en", "c1")
    skill.answer("yes", "en", "c1")
    wish = voice.speak("I want to talk to a person, please.", voice.voice("en"))
    answer = skill.answer(ear.transcribe(wish, "en"), "en", "c1")
    number = answer.partition(" Once more")[0]
    transcript = ear.transcribe(voice.speak(number, voice.voice("en")), "en")
    assert "18883737888" in "".join(word for word in plain("en", transcript) if word.isdigit()), (
        transcript
    )
