"""An offline ear listens to shipped clips that hold numbers: each digit must be heard, in order.

A sample; `make listen` has all of them heard.
"""

import pytest

from ivr.speech.asr_check import SpeechRecognizer
from ivr.speech.manifest import Clip, read_manifest
from tests.speech.conftest import CLIPS

pytestmark = pytest.mark.slow

MANY_DIGITS = 10
"""A clip with so many says a telephone number."""


def sample() -> list[Clip]:
    """Return a short clip of each language and pace: those at speed say 911, the slow ones more."""
    chosen: dict[tuple[str, bool], Clip] = {}
    for clip in sorted(read_manifest(CLIPS).clips.values(), key=lambda clip: clip.seconds):
        digits = sum(map(str.isdigit, clip.text))
        if digits >= MANY_DIGITS if clip.slow else "9 1 1" in clip.text:
            chosen.setdefault((clip.language, clip.slow), clip)
    return list(chosen.values())


@pytest.fixture(scope="module")
def ear(tmp_path_factory: pytest.TempPathFactory) -> SpeechRecognizer:
    """Return the ear; where it is not installed, the test fails and tells how to."""
    return SpeechRecognizer(tmp_path_factory.mktemp("models"), threads=1)


@pytest.mark.parametrize("clip", sample(), ids=lambda c: f"{c.language} {c.prompt} {c.slow}")
def test_every_digit_is_heard(ear: SpeechRecognizer, clip: Clip) -> None:
    hearing = ear.listen(CLIPS, clip)
    assert hearing.has_all_digits, f"{clip.text}\nwas heard as\n{hearing.transcript}"


def test_the_ear_hears_a_wrong_digit(ear: SpeechRecognizer) -> None:
    from dataclasses import replace

    clip = min(sample(), key=lambda c: c.seconds)
    other = replace(clip, text=clip.text.replace("9 1 1", "9 1 7"))
    assert not ear.listen(CLIPS, other).has_all_digits


def test_the_sample_has_both_languages_and_both_paces() -> None:
    assert {(clip.language, clip.slow) for clip in sample()} == {
        (language, slow) for language in ("en", "es") for slow in (False, True)
    }
