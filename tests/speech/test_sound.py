"""Sound is made fit for a telephone: one loudness, no clipping, no dead air."""

import numpy as np
import pytest

from ivr.dialog import Spoken
from ivr.errors import SpeechError
from ivr.speech.engines.engine import Speaker
from ivr.speech.engines.pico import Pico
from ivr.speech.loudness import SILENT, loudness, true_peak
from ivr.speech.measure import measure
from ivr.speech.render import speech
from ivr.speech.sound import Sound, decoded, joined, parts, slowed
from ivr.speech.telephone import Form, file_of, fit
from tests.speech.conftest import HELLO, NUMBER


def tone(seconds: float, level: float = 1.0, rate: int = 16000, hertz: float = 997) -> Sound:
    at = np.arange(round(seconds * rate)) / rate
    return Sound((level * np.sin(2 * np.pi * hertz * at)).astype(np.float32), rate)


@pytest.mark.parametrize("rate", [8000, 24000, 48000])
def test_loudness_is_the_standards(rate: int) -> None:
    # ITU-R BS.1770-5: a sine of 997 Hz at full scale in one channel has -3.01 LUFS.
    assert loudness(tone(3, rate=rate).samples, rate) == pytest.approx(-3.01, abs=0.05)
    assert loudness(tone(3, 0.1, rate).samples, rate) == pytest.approx(-23.01, abs=0.05)


def test_silence_does_not_make_speech_less_loud() -> None:
    # The gate of BS.1770: what is 10 LU below the rest does not count.
    half = np.concatenate([tone(3).samples, np.zeros(48000, np.float32)])
    assert loudness(half, 16000) == pytest.approx(-3.0, abs=0.4)
    assert loudness(np.zeros(16000, np.float32), 16000) == SILENT


def test_a_peak_between_samples_counts() -> None:
    # A quarter of the sampling rate, 45° off: no sample is over -3 dB, what is between is at 0 dB.
    at = np.arange(4000)
    off = np.sin(np.pi / 2 * at + np.pi / 4).astype(np.float32)
    assert np.abs(off).max() < 0.708
    assert true_peak(off, 8000) > -0.3


@pytest.mark.parametrize("form", ["mp3", "wav"])
@pytest.mark.parametrize("words", [HELLO, NUMBER], ids=["question", "number"])
def test_speech_comes_out_fit_for_a_telephone(words: Spoken, form: Form) -> None:
    spoken = speech(words, Speaker(Pico()))
    content, measured = file_of(spoken, form)
    assert decoded(content).rate == 8000
    assert measured == measure(decoded(content))
    assert list(measured.faults()) == []


def test_a_sound_with_cracks_is_turned_down_where_they_are() -> None:
    cracked = tone(3, 0.05)
    cracked.samples[20000] = 1.0
    fitted = fit(cracked, "wav")
    assert measure(fitted).loudness == pytest.approx(-19, abs=1)
    assert measure(fitted).peak < -1


def test_a_long_silence_within_is_shortened() -> None:
    gap = joined([tone(1), tone(1)], 3.0)
    assert measure(fit(gap, "wav")).within <= 1.2


def test_pauses_are_as_long_as_they_say() -> None:
    quiet = Sound(np.concatenate([np.zeros(8000, np.float32), tone(1).samples]), 16000)
    both = joined([quiet, quiet], 0.5)
    assert measure(both).within == pytest.approx(0.54, abs=0.02)


@pytest.mark.wheel("python-stretch")
def test_slow_speech_takes_a_quarter_longer_at_the_same_pitch() -> None:
    slow = slowed(tone(2, 0.5, hertz=400), 0.8)
    voiced = measure(slow)
    assert voiced.seconds - voiced.before - voiced.behind == pytest.approx(2.5, abs=0.15)
    spectrum = np.abs(np.fft.rfft(slow.samples))
    assert np.argmax(spectrum) * slow.rate / len(slow.samples) == pytest.approx(400, abs=2)


def test_a_sound_is_cut_in_its_pauses() -> None:
    spoken = joined([tone(1), tone(1), tone(1)], 0.5)
    cut = parts(spoken, 0.9)
    assert len(cut) == 3
    assert sum(part.seconds for part in cut) == pytest.approx(spoken.seconds)
    assert len(parts(spoken, 1.6)) == 2
    assert len(parts(spoken, 0.9, pause=0.7)) == 1


def test_faults_name_the_figure() -> None:
    faults = list(measure(joined([tone(1), tone(1)], 2.0)).faults())
    assert "2.0 s of silence within it, over 1.2" in faults
    assert any(fault.endswith("LUFS, not -19 ± 1") for fault in faults)


def test_what_is_no_sound_is_refused() -> None:
    with pytest.raises(SpeechError, match="this sound cannot be read"):
        decoded(b"<html>not found</html>")
    with pytest.raises(SpeechError, match="silence"):
        fit(Sound(np.zeros(16000, np.float32), 16000), "wav")
    with pytest.raises(SpeechError, match="nothing to say"):
        joined([], 0.5)
