"""Clips are made once, kept whatever happens, and made anew when their words or voice change."""

import random
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ivr.dialog import Spoken
from ivr.errors import ExtraError, SpeechError
from ivr.speech.engines import ENGINES
from ivr.speech.engines.engine import Speaker, load_engine
from ivr.speech.engines.espeak import Espeak
from ivr.speech.engines.kokoro import Kokoro
from ivr.speech.engines.pico import Pico
from ivr.speech.engines.piper import Piper
from ivr.speech.manifest import MANIFEST_FILE, Manifest, read_manifest, write_manifest
from ivr.speech.measure import measure
from ivr.speech.render import Rendering, missing, prune, render
from ivr.speech.sound import Sound, decoded
from tests.speech.conftest import HELLO, NUMBER, numbered, some

BYE = Spoken("en", "Goodbye.", "goodbye")


@dataclass
class Hoarse(Pico):
    """Speaks until its voice fails."""

    words: int = 0
    workers = 1

    def __post_init__(self) -> None:
        super().__init__()

    def speak(self, text: str, voice: str, *, pace: float = 1.0) -> Sound:
        self.words -= 1
        if self.words < 0:
            raise SpeechError("hoarse")
        return super().speak(text, voice, pace=pace)


def test_every_clip_is_whole_and_told_as_it_is(tmp_path: Path, by_pico: Rendering) -> None:
    made = render(tmp_path, some(HELLO, NUMBER), by_pico)
    assert made == read_manifest(tmp_path)
    for clip in made.clips.values():
        content = (tmp_path / clip.file).read_bytes()
        measured = measure(decoded(content))
        assert clip.size == len(content)
        assert clip.seconds == pytest.approx(measured.seconds, abs=0.01)
        assert clip.loudness == pytest.approx(-19, abs=1)
    slow = next(clip for clip in made.clips.values() if clip.slow)
    assert (slow.text, slow.voice, slow.file[:3]) == (NUMBER.text, "es-ES", "es/")


def test_what_is_there_is_not_made_again(tmp_path: Path, by_pico: Rendering) -> None:
    render(tmp_path, some(HELLO), by_pico)
    rendered: list[str] = []
    render(tmp_path, some(HELLO, BYE), by_pico, on_clip=lambda clip: rendered.append(clip.prompt))
    assert rendered == ["goodbye"]


def test_other_words_are_another_clip_and_the_old_one_is_let_go(
    tmp_path: Path, by_pico: Rendering
) -> None:
    render(tmp_path, some(HELLO, BYE), by_pico)
    changed = BYE._replace(text="Goodbye, then.")
    made = render(tmp_path, some(HELLO, changed), by_pico)
    assert {clip.text for clip in made.clips.values()} == {HELLO.text, "Goodbye, then."}
    assert len(list(tmp_path.glob("en/*.mp3"))) == 3
    assert prune(tmp_path, made) == 1
    assert missing(tmp_path, some(HELLO, changed), by_pico, made) == {}


def test_another_voice_or_form_is_made_anew_but_only_if_asked(
    tmp_path: Path, by_pico: Rendering
) -> None:
    wanted = some(BYE)
    made = render(tmp_path, wanted, by_pico)
    british = Rendering(Speaker(Pico(), {"en": "en-GB"}))
    assert missing(tmp_path, wanted, british, made) == wanted
    assert missing(tmp_path, wanted, replace(by_pico, form="wav"), made) == wanted
    assert missing(tmp_path, wanted, replace(british, any_engine=True), made) == {}


def test_a_clip_whose_file_is_gone_or_cut_is_made_again(tmp_path: Path, by_pico: Rendering) -> None:
    made = render(tmp_path, some(BYE), by_pico)
    file = tmp_path / next(iter(made.clips.values())).file
    file.write_bytes(file.read_bytes()[:100])
    assert missing(tmp_path, some(BYE), by_pico, made)
    file.unlink()
    assert missing(tmp_path, some(BYE), by_pico, made)


def test_what_was_made_stays_when_an_engine_fails(tmp_path: Path) -> None:
    hoarse = Rendering(Speaker(Hoarse(words=1)))
    with pytest.raises(SpeechError, match=r'^en "opening\.danger": hoarse$'):
        render(tmp_path, some(BYE, HELLO), hoarse)
    assert [clip.prompt for clip in read_manifest(tmp_path).clips.values()] == ["goodbye"]


def test_a_language_that_an_engine_does_not_speak_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match='pico does not speak "vi": name one of its voices'):
        Speaker(Pico()).voice("vi")
    with pytest.raises(SpeechError, match='pico has no voice "joanna": it has de-DE, en-GB'):
        Pico().speak("hello", "joanna")
    assert Speaker(Pico(), {"vi": "fr-FR"}).voice("vi") == "fr-FR"


def test_neural_engines_tell_what_they_miss(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match=r'no voice "af_heart": .*af_heart\.bin is missing'):
        Kokoro(tmp_path).speak("hello", "af_heart")
    assert Piper(tmp_path).voice("en") == ""
    with pytest.raises((SpeechError, ExtraError), match="piper"):
        Piper(tmp_path).speak("hello", "en_US")


def test_a_missing_program_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SpeechError, match="espeak-ng is not installed: apt-get"):
        Espeak().speak("hello", "en-us")


def test_the_command_offers_every_engine() -> None:
    from ivr.cli.audio import render as command

    offered = next(p for p in command.params if p.name == "engine").type
    assert list(getattr(offered, "choices", ())) == list(ENGINES)


def test_every_engine_is_loaded_by_its_name(tmp_path: Path) -> None:
    assert [load_engine(name, tmp_path).name for name in ENGINES] == list(ENGINES)


# ── The manifest ──────────────────────────────────────────────────────────────


def test_a_broken_manifest_is_told_with_what_to_do(tmp_path: Path) -> None:
    for broken in ("{", '{"version": 1, "clips": [{}]}', "[]", '{"version": 1}'):
        (tmp_path / MANIFEST_FILE).write_text(broken)
        with pytest.raises(SpeechError, match=r"manifest\.json cannot be read .*: delete it"):
            read_manifest(tmp_path)
    (tmp_path / MANIFEST_FILE).write_text('{"version": 2, "clips": []}')
    with pytest.raises(SpeechError, match="of version 2: update ivr"):
        read_manifest(tmp_path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpeechError, match="cannot be written: "):
        write_manifest(tmp_path / "file", Manifest())


RENDERER = """
import sys
from pathlib import Path
from tests.speech.conftest import numbered
from ivr.speech.engines.engine import Speaker
from ivr.speech.engines.pico import Pico
from ivr.speech.render import Rendering, render
render(Path(sys.argv[1]), numbered(300), Rendering(Speaker(Pico())))
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_renderer_killed_six_times_leaves_a_true_manifest_each_time(
    tmp_path: Path, by_pico: Rendering
) -> None:
    wanted = numbered(300)
    chance = random.Random(7)  # noqa: S311 no secret
    for _ in range(6):
        before = len(list(tmp_path.glob("*/*.mp3")))
        with subprocess.Popen([sys.executable, "-c", RENDERER, str(tmp_path)]) as renderer:
            # The kill falls into the work, and not before it.
            while len(list(tmp_path.glob("*/*.mp3"))) == before and renderer.poll() is None:
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 0.3))
            renderer.kill()
        manifest = read_manifest(tmp_path)
        assert set(manifest.clips) <= set(wanted)
        for clip in manifest.clips.values():
            sound = decoded((tmp_path / clip.file).read_bytes())
            assert round(sound.seconds, 2) == clip.seconds
    assert 0 < len(manifest.clips) < len(wanted)
    # It goes on from there: nothing that the manifest names is made again.
    assert len(missing(tmp_path, wanted, by_pico, manifest)) == len(wanted) - len(manifest.clips)
