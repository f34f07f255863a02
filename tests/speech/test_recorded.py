"""The agency's own recordings win over all engines, as long as the words are those recorded."""

import io
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from ivr.dialog import Spoken
from ivr.errors import SpeechError
from ivr.speech import clip_key
from ivr.speech.clip_check import inspect
from ivr.speech.recorded import file_names
from ivr.speech.render import Rendering, own_recording, render
from ivr.speech.sound import Sound
from ivr.speech.telephone import Form, encoded
from tests.speech.conftest import HELLO, some

BYE = Spoken("en", "Goodbye.", "goodbye")


def record(folder: Path, name: str, hertz: float = 500, form: Form = "wav") -> Path:
    """Save a recording: a tone of two seconds at 44.1 kHz, too quiet, silence around it."""
    tone = np.sin(2 * np.pi * hertz * np.arange(88200) / 44100) * 0.01
    path = folder / f"{name}.{form}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(Sound(np.pad(tone, 44100).astype(np.float32), 44100), form))
    return path


@pytest.mark.parametrize("form", ["wav", "mp3"])
def test_a_recording_wins_and_is_made_fit(tmp_path: Path, by_pico: Rendering, form: Form) -> None:
    render(tmp_path, some(HELLO, BYE), by_pico)
    record(tmp_path, "recorded/en/goodbye", form=form)
    made = render(tmp_path, some(HELLO, BYE), by_pico)
    assert {c.prompt: c.engine for c in made.clips.values()} == {
        "opening.danger": "pico",
        "goodbye": "recorded",
    }
    inspection = inspect(tmp_path, some(HELLO, BYE))
    assert (inspection.is_unfit, inspection.stale) == (False, ())
    assert 2.2 < made.clips[clip_key.key(BYE)].seconds < 2.7


def test_a_recording_of_other_words_is_stale_for_ever(tmp_path: Path, by_pico: Rendering) -> None:
    record(tmp_path, "recorded/en/goodbye")
    render(tmp_path, some(BYE), by_pico)
    changed = some(BYE._replace(text="Goodbye, then."))
    for _ in range(2):
        made = render(tmp_path, changed, by_pico)
        assert [clip.engine for clip in made.clips.values()] == ["pico"]
        assert inspect(tmp_path, changed).stale == ("recorded/en/goodbye.wav",)
    record(tmp_path, "recorded/en/goodbye", hertz=600)
    made = render(tmp_path, changed, by_pico)
    assert [clip.engine for clip in made.clips.values()] == ["recorded"]
    # The old words again, with the old recording: it is fresh again.
    record(tmp_path, "recorded/en/goodbye")
    assert inspect(tmp_path, some(BYE)).missing
    made = render(tmp_path, some(BYE), by_pico)
    assert [clip.engine for clip in made.clips.values()] == ["recorded"]


def test_without_its_recording_a_clip_is_spoken_again(tmp_path: Path, by_pico: Rendering) -> None:
    path = record(tmp_path, "recorded/en/goodbye")
    render(tmp_path, some(BYE), by_pico)
    path.unlink()
    made = render(tmp_path, some(BYE), replace(by_pico, any_engine=True))
    assert [clip.engine for clip in made.clips.values()] == ["pico"]


def wav(sound: np.ndarray) -> bytes:
    return encoded(Sound(sound.astype(np.float32), 44100), "wav")


def saved(sound: np.ndarray, form: str, subtype: str) -> bytes:
    """Return a sound as other programs save it."""
    file = io.BytesIO()
    soundfile.write(file, sound, 44100, format=form, subtype=subtype)
    return file.getvalue()


HISS = np.random.default_rng(1).normal(0, 0.05, 2 * 44100)
TONE = np.sin(2 * np.pi * 500 * np.arange(2 * 44100) / 44100) * 0.1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"hello", "this sound cannot be read"),
        (b"", "is empty"),
        (b"\x1aE\xdf\xa3 webm under another name", "save it as WAV or MP3"),
        (b"\0\0\0\x18ftypM4A damaged", "save it as WAV or MP3"),
        (wav(HISS), "no speech in it"),
        (wav(HISS * 0), "no speech in it"),
        (wav(TONE)[:4000], "shorter than its header says"),
        (saved(TONE, "AIFF", "PCM_16")[:90000], "shorter than its header says"),
        (saved(np.append(TONE, np.nan), "WAV", "FLOAT"), "samples that are no numbers"),
        (saved(np.append(TONE, np.inf), "WAV", "FLOAT"), "samples that are no numbers"),
        (wav(np.tile(TONE, 10)), "it lasts 20 s, but its 1 words take"),
        (wav(TONE[:4000]), "it lasts 0 s"),
    ],
    ids=[
        "no-sound",
        "empty",
        "webm",
        "m4a",
        "hiss",
        "silence",
        "wav-cut-short",
        "aiff-cut-short",
        "not-a-number",
        "infinite",
        "too-long",
        "too-short",
    ],  # a file has the second in which it was saved, and processes must agree on names
)
def test_a_recording_that_cannot_be_right_is_named_and_an_engine_speaks_the_words(
    tmp_path: Path, by_pico: Rendering, content: bytes, reason: str
) -> None:
    record(tmp_path, "recorded/en/goodbye").write_bytes(content)
    lines: list[str] = []
    made = render(tmp_path, some(BYE), by_pico, on_refused=lines.append)
    assert [clip.engine for clip in made.clips.values()] == ["pico"]
    assert inspect(tmp_path, some(BYE)).is_unfit
    assert any("recorded/en/goodbye.wav: " in line and reason in line for line in lines)


@pytest.mark.parametrize(
    "name", ["goodbye.mid", "goodbye", "goodbye.wav.wav", "goodbye (1).wav", "adios.mp3"]
)
def test_a_file_that_no_prompt_can_use_is_named(
    tmp_path: Path, by_pico: Rendering, name: str
) -> None:
    record(tmp_path, "recorded/en/goodbye").rename(tmp_path / "recorded/en" / name)
    lines: list[str] = []
    made = render(tmp_path, some(BYE), by_pico, on_refused=lines.append)
    assert [clip.engine for clip in made.clips.values()] == ["pico"]
    assert len(lines) == 1
    assert name in lines[0]
    assert inspect(tmp_path, some(BYE)).refused == tuple(lines)


def compressed(form: str, codec: str, rate: int, seconds: float = 2.0) -> bytes:
    """Return a tone as a telephone or a browser records it."""
    file = io.BytesIO()
    with av.open(file, "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        tone = np.sin(2 * np.pi * 500 * np.arange(int(seconds * rate)) / rate) * 0.1
        whole = av.AudioFrame.from_ndarray(tone.astype(np.float32)[np.newaxis], "flt", "mono")
        whole.sample_rate = rate
        stream.bit_rate = 64_000
        stream.open()  # then the encoder says how many samples a frame has
        convert = av.AudioResampler(stream.format, "mono", rate, stream.frame_size)
        for frame in (*convert.resample(whole), *convert.resample(None)):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


COMPRESSED = [
    ("goodbye.m4a", ("ipod", "aac", 44100)),
    ("goodbye.MP4", ("mp4", "aac", 48000)),
    ("goodbye.webm", ("webm", "libopus", 48000)),
    ("goodbye.ogg", ("ogg", "libopus", 48000)),
    ("goodbye.aac", ("adts", "aac", 44100)),
    ("goodbye.wma", ("asf", "wmav2", 44100)),
    ("goodbye.wav", ("ipod", "aac", 44100)),
]


@pytest.mark.parametrize(
    ("name", "how"), COMPRESSED, ids=[name for name, _ in COMPRESSED[:-1]] + ["m4a in a wav"]
)
def test_what_a_telephone_or_a_browser_records_is_taken(
    tmp_path: Path, by_pico: Rendering, name: str, how: tuple[str, str, int]
) -> None:
    path = tmp_path / "recorded/en" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(compressed(*how))
    lines: list[str] = []
    clips = render(tmp_path, some(BYE), by_pico, on_refused=lines.append).clips
    assert [clip.engine for clip in clips.values()] == ["recorded"], lines
    assert 2.0 < clips[clip_key.key(BYE)].seconds < 2.7


def test_a_recording_of_a_telephone_that_is_cut_short_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="shorter than its header says"):
        own_recording(compressed("matroska", "aac", 44100)[:-13000], BYE)
    with pytest.raises(SpeechError, match="it lasts 20 s"):
        own_recording(compressed("ipod", "aac", 44100, 20), BYE)


def test_without_the_decoder_a_file_is_named_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SpeechError, match=r'pip install "csec-ivr\[m4a\]"; or save it as WAV'):
        own_recording(compressed("ipod", "aac", 44100), BYE)


@pytest.mark.parametrize("place", ["goodbye.wav", "fr/goodbye.wav", "EN/bye.wav", "en/new/a.wav"])
def test_a_recording_in_a_folder_that_nothing_reads_is_named(
    tmp_path: Path, by_pico: Rendering, place: str
) -> None:
    path = tmp_path / "recorded" / place
    path.parent.mkdir(parents=True)
    record(tmp_path, "goodbye").rename(path)
    lines: list[str] = []
    render(tmp_path, some(BYE), by_pico, on_refused=lines.append)
    assert lines == [f"{path}: no language has this folder: move it to recorded/en"]


@pytest.mark.parametrize(("form", "name"), [("wav", "goodbye.WAV"), ("mp3", "goodbye.wav")])
def test_a_recording_in_capitals_or_of_another_form_than_its_name_is_taken(
    tmp_path: Path, by_pico: Rendering, form: Form, name: str
) -> None:
    made = record(tmp_path, "recorded/en/goodbye", form=form)
    made.rename(tmp_path / "recorded/en" / name)
    clips = render(tmp_path, some(BYE), by_pico).clips
    assert [clip.engine for clip in clips.values()] == ["recorded"]


def test_a_prompt_that_is_said_in_several_ways_has_a_name_for_each() -> None:
    one = Spoken("en", "For a person, press 1.", "to.person")
    two = one._replace(text="For a person, press 2.")
    slow = BYE._replace(slow=True)
    names = file_names(some(one, two, BYE, slow))
    assert names[clip_key.key(one)] == f"recorded/en/to.person.{clip_key.key(one)[:4]}"
    assert len(set(names.values())) == 4
    assert (names[clip_key.key(BYE)], names[clip_key.key(slow)]) == (
        "recorded/en/goodbye",
        "recorded/en/goodbye.slow",
    )
