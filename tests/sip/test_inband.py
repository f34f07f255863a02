"""Keys as tones in the sound: found as they are sent, and in nobody's voice."""

import numpy as np
import pytest

from ivr.phone.twiml.verbs import Say, Words
from ivr.sip import tones
from ivr.sip.audio_cache import AudioCache
from ivr.sip.tones import ToneDetector

ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
KEYS = ("123A", "456B", "789C", "*0#D")
RATE = 8000


def pressed(key: str, seconds: float, level: float = 0.2, twist: float = 1.0) -> np.ndarray:
    """Return the tones of a key; the higher one is `twist` times as strong."""
    row = next(i for i, keys in enumerate(KEYS) if key in keys)
    at = np.arange(round(seconds * RATE)) / RATE
    low = np.sin(2 * np.pi * ROWS[row] * at)
    high = np.sin(2 * np.pi * COLUMNS[KEYS[row].index(key)] * at)
    return level * (low + twist * high)


def detected(samples: np.ndarray) -> str:
    """Return the keys in a sound that arrives packet by packet."""
    sound = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    detector = ToneDetector()
    return "".join(detector.add(sound[i : i + 320]) for i in range(0, len(sound), 320))


PAUSE = np.zeros(RATE // 20)


@pytest.mark.parametrize(
    ("seconds", "level", "twist"),
    [(0.05, 0.2, 1.0), (0.4, 0.2, 1.0), (0.08, 0.02, 1.0), (0.08, 0.3, 0.6), (0.08, 0.2, 1.5)],
)
def test_every_key_is_found_once(seconds: float, level: float, twist: float) -> None:
    chance = np.random.default_rng(1)
    keys = "1234567890*#ABCD"
    parts = [part for k in keys for part in (pressed(k, seconds, level, twist), PAUSE)]
    sound = np.concatenate(parts)
    assert detected(sound + chance.normal(0, level / 30, len(sound))) == keys


def test_a_key_that_is_pressed_twice_is_found_twice() -> None:
    assert detected(np.concatenate((pressed("5", 0.1), PAUSE, pressed("5", 0.1)))) == "55"


def test_a_blip_is_no_key() -> None:
    assert detected(np.concatenate((PAUSE, pressed("5", 0.02), PAUSE))) == ""


def test_neither_a_voice_nor_an_exchange_presses_keys() -> None:
    words = (
        "If you think that a child is in danger, call nine one one. We are here to help you now."
    )
    voice = AudioCache().speech(Say((Words(words),)))
    for sound in (voice, tones.RINGING, tones.BEEP):
        assert detected(np.frombuffer(sound, "<i2") / 32768) == ""
