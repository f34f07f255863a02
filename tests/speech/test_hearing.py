"""What was heard is held against the words: every digit counts, slips are counted."""

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.dialog import Spoken
from ivr.errors import SpeechError
from ivr.speech import asr_check
from ivr.speech.asr_check import SpeechRecognizer, compare
from ivr.speech.manifest import Clip
from ivr.speech.render import Rendering, render
from tests.speech.conftest import some

NUMBER = "The number is: … 1 … 8 8 8 … 3 7 3 … 7 8 8 8."


@pytest.fixture
def clip(tmp_path: Path, by_pico: Rendering) -> Clip:
    made = render(tmp_path, some(Spoken("en", "Goodbye.", "goodbye")), by_pico)
    return next(iter(made.clips.values()))


@pytest.mark.parametrize(
    ("language", "text", "transcript"),
    [
        ("en", NUMBER, "The number is 1-888-373-7888."),
        ("en", NUMBER, "the number is one eight eight eight, three seven three, 7888"),
        ("es", "Marque el 9 1 1.", "marque el nueve uno uno"),
        ("es", "Dijo que sí a 17 señales.", "dijo que sí a diecisiete señales"),
        ("en", "Don't. It\u2019s all right.", "Dont, its all right"),
        ("es", "¿Está bien?", "esta bien"),
    ],
)
def test_the_same_words_are_heard_however_they_are_written(
    clip: Clip, language: str, text: str, transcript: str
) -> None:
    hearing = compare(replace(clip, language=language, text=text), transcript)
    assert (hearing.errors, hearing.has_all_digits) == (0, True)


@pytest.mark.parametrize(
    "transcript", ["The number is 1-888-373-788.", "The number is 1-888-337-7888.", ""]
)
def test_a_digit_that_is_missing_or_wrong_is_found(clip: Clip, transcript: str) -> None:
    assert not compare(replace(clip, text=NUMBER), transcript).has_all_digits


def test_a_digit_that_sounds_as_a_word_is_heard(clip: Clip) -> None:
    asked = replace(clip, text="To go on, press 2.")
    assert compare(asked, "to go on press to").has_all_digits
    assert not compare(asked, "to go on press three").has_all_digits


def test_slips_are_counted(clip: Clip) -> None:
    hearing = compare(replace(clip, text="Main menu. For help, press 1."), "Main men you, press 1")
    assert hearing.has_all_digits
    assert hearing.errors == pytest.approx(3 / 6)


def test_a_missing_ear_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(SpeechError, match=r'pip install "csec-ivr\[listen\]"'):
        SpeechRecognizer(tmp_path)


def test_a_model_that_is_another_than_expected_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in asr_check.MODEL_PARTS:
        (tmp_path / name / "data").mkdir(parents=True)
        (tmp_path / name / "__init__.py").touch()
        (tmp_path / name / "data" / "model.bin.part0").write_bytes(b"somebody else's")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SpeechError, match=asr_check.MODEL_SHA256):
        SpeechRecognizer(tmp_path / "models")
    assert not (tmp_path / "models/whisper/model.bin").exists()
