"""`ivr audio` as an operator runs it."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli.audio import audio
from ivr.errors import SpeechError
from ivr.speech import clip_key
from ivr.speech.engines.pico import Pico
from ivr.speech.manifest import read_manifest
from ivr.speech.render_lock import hold_render_lock, is_busy
from tests.small_clips import FirstRender
from tests.small_script import edit
from tests.walked import Walks


def ivr_audio(*arguments: str) -> Result:
    return CliRunner().invoke(audio, list(arguments), catch_exceptions=True)


@pytest.fixture
def rooms(prompts: Path, tmp_path: Path) -> tuple[str, ...]:
    """Return the options that name a small script and a folder for its clips."""
    return "--prompts", str(prompts), "--clips", str(tmp_path / "clips")


@pytest.mark.slow
def test_the_first_render_makes_all_and_the_second_nothing(
    rooms: tuple[str, ...], prompts: Path, tmp_path: Path, first_render: FirstRender
) -> None:
    def made() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in tmp_path.glob("clips/*/*.mp3")}

    assert first_render.status == 0, first_render.output
    assert "MB" in first_render.output
    shutil.copytree(first_render.clips, tmp_path / "clips")
    checked = ivr_audio("check", *rooms)
    assert checked.exit_code == 0, checked.output
    assert "0 unfit" in checked.output
    assert "0 missing" in checked.output
    before = made()
    second = ivr_audio("render", *rooms)
    assert made() == before
    assert "are fresh; nothing to do" in second.output
    # Other words: one clip is missing, and the next render makes it alone.
    edit(prompts, [{"in": "en.yaml", "replace": "danger, hang up", "by": "danger, please hang up"}])
    checked = ivr_audio("check", *rooms)
    assert isinstance(checked.exception, SpeechError)
    assert "no clip: en opening.danger: If someone is in danger, please hang up" in checked.output
    third = ivr_audio("render", "--prune", *rooms)
    assert re.search(r"[12] are to be made", third.output)
    assert "unused clips deleted" in third.output


def test_two_renderers_do_not_undo_each_others_work(rooms: tuple[str, ...], tmp_path: Path) -> None:
    with hold_render_lock(tmp_path / "clips"):
        assert is_busy(tmp_path / "clips")
        refused = ivr_audio("render", *rooms)
    assert "are being made in" in str(refused.exception)
    assert not is_busy(tmp_path / "clips")
    assert read_manifest(tmp_path / "clips").clips == {}


def test_the_sheet_names_a_file_for_every_prompt(prompts: Path) -> None:
    sheet = ivr_audio("sheet", "en", "--prompts", str(prompts)).output
    assert "recorded/en/opening.danger\n    If someone is in danger" in sheet
    assert "(slowly)" in sheet
    error = ivr_audio("sheet", "xx", "--prompts", str(prompts)).exception
    assert 'no language "xx"' in str(error)


def test_recording_by_phone_is_told_with_what_is_there(
    rooms: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "set IVR_RECORDING_PIN" in ivr_audio("record", *rooms).output
    monkeypatch.setenv("IVR_RECORDING_PIN", "314159")
    monkeypatch.setenv("IVR_PUBLIC_URL", "https://line.example.org")
    output = ivr_audio("record", *rooms).output
    assert "https://line.example.org/record" in output
    assert "314159" not in output
    assert "en: 0 of " in output


def test_a_voice_that_is_written_wrongly_is_told(rooms: tuple[str, ...]) -> None:
    result = ivr_audio("render", "--engine", "pico", "--voice", "es", *rooms)
    assert "write it as es=ef_dora" in result.output


@pytest.mark.slow
def test_the_offline_engine_says_all_that_the_shipped_line_says(walked: Walks) -> None:
    pico = Pico()
    spoken_pieces = {
        (words.language, piece)
        for words in walked("shipped").said.values()
        for piece in clip_key.pieces(words)
        if any(map(str.isalnum, piece))
    }
    for language, piece in spoken_pieces:
        assert pico.speak(piece, pico.voice(language)).seconds > len(piece) / 40, piece
    assert {language for language, _ in spoken_pieces} == {"en", "es"}


def test_every_subcommand_is_documented() -> None:
    docs = (Path(__file__).parent.parent.parent / "docs" / "voices.md").read_text()
    for name, command in audio.commands.items():
        assert f"ivr audio {name}" in docs
        assert "Example:" in (command.help or "")
        for option in (o for p in command.params for o in p.opts if o.startswith("--")):
            if option not in {"--prompts", "--clips"}:
                assert option in docs, f"{name} {option}"
