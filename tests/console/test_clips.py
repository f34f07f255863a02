"""The page of voices: what callers hear of each prompt, and new clips at the press of a button."""

import re
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.accounts import operators
from ivr.database.engine import open_and_migrate
from ivr.settings import Settings
from ivr.speech.manifest import MANIFEST_FILE, read_manifest, write_manifest
from ivr.speech.render_lock import hold_render_lock
from ivr.web import create_app
from tests.console.conftest import NAME, PASSWORD, Visitor
from tests.many_languages import add_languages
from tests.published import publish
from tests.small_clips import FirstRender
from tests.small_script import edit, small

PATIENCE_SECONDS = 300
STALE = [{"in": "en.yaml", "replace": "danger, hang up", "by": "danger, please hang up"}]


@pytest.fixture
def settings(tmp_path: Path, clips_of_first_turns: Path) -> Settings:
    """Return the settings of a small line with some clips and one operator."""
    clips = shutil.copytree(clips_of_first_turns, tmp_path / "clips")
    prompts = publish(small(tmp_path))
    settings = Settings(demo=True, prompts=prompts, clips=clips, state=tmp_path / "state")
    operators.add(open_and_migrate(settings), NAME, PASSWORD)
    return settings


def visitor_of(settings: Settings) -> Visitor:
    return Visitor(create_app(settings).test_client())


def row_of(page: str, prompt: str) -> str:
    return next(row for row in page.split("<tr>") if f"<code>{prompt}</code>" in row)


def test_a_prompt_is_shown_with_its_words_player_engine_age_and_figures(
    settings: Settings,
) -> None:
    visitor = visitor_of(settings)
    row = row_of(visitor.sees("/voices"), "opening.danger")
    assert "If someone is in danger, hang up and dial 9 1 1." in row
    player = re.search(r'<audio controls preload="none" src="([^"]+)"', row)
    assert player is not None
    assert visitor.client.get(player[1]).content_type == "audio/mpeg"
    for cell in (">fresh<", ">pico<", ">today<"):
        assert cell in row
    assert re.search(r">\d\.\d<.*>-1[89]\.\d<", row, re.DOTALL)


def test_what_has_no_clip_or_one_of_other_words_is_told(settings: Settings) -> None:
    edit(settings.prompts, STALE)
    publish(settings.prompts)
    page = visitor_of(settings).sees("/voices/en")
    row = row_of(page, "opening.danger")
    assert "please hang up" in row
    assert ">stale<" in row
    assert "<audio" not in row
    assert ">missing<" in page
    assert re.search(r"<strong>\d+ prompts have no fresh clip\.</strong>", page)


@pytest.mark.slow
def test_the_button_makes_what_is_missing_and_tells_how_far_it_is(
    settings: Settings,
    first_render: FirstRender,
    tmp_path: Path,
) -> None:
    clips = shutil.copytree(first_render.clips, tmp_path / "nearly-all")
    manifest = read_manifest(clips)
    write_manifest(clips, replace(manifest, clips=dict([*manifest.clips.items()][:-10]), of=""))
    settings = replace(settings, clips=clips)
    visitor = visitor_of(settings)
    before = visitor.client.get("/voices/progress").get_json()
    assert not before["busy"]
    assert 0 < before["made"] < before["wanted"]
    visitor.client.get("/voices")
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.sees("/voices"))
    assert token is not None
    answer = visitor.client.post("/voices/render", data={"csrf_token": token[1], "engine": ""})
    assert answer.status_code == 302
    assert visitor.client.get("/voices/progress").get_json()["busy"]
    end = time.monotonic() + PATIENCE_SECONDS
    while (now := visitor.client.get("/voices/progress").get_json())["busy"]:
        assert time.monotonic() < end, now
        time.sleep(0.2)
    assert now["made"] == now["wanted"]
    assert re.search(r"\d+ clips, [\d.]+ minutes, [\d.]+ MB", now["told"])
    assert "Every prompt has a fresh clip." in visitor.sees("/voices")


def test_a_renderer_at_work_is_told_and_left_alone(settings: Settings) -> None:
    visitor = visitor_of(settings)
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.sees("/voices"))
    assert token is not None
    with hold_render_lock(settings.clips):
        assert "Clips are being made." in visitor.sees("/voices")
        visitor.client.post("/voices/render", data={"csrf_token": token[1]})
    assert not (settings.state / "rendering.log").exists()
    assert not visitor.client.get("/voices/progress").get_json()["busy"]


def test_clips_that_are_switched_off_are_not_offered(settings: Settings) -> None:
    page = visitor_of(replace(settings, audio=False)).sees("/voices")
    assert "Clips are switched off" in page
    assert "<audio" not in page


def test_a_broken_manifest_is_told(settings: Settings) -> None:
    (settings.clips / MANIFEST_FILE).write_text("{")
    page = visitor_of(settings).sees("/voices")
    assert "manifest.json cannot be read" in page


def test_nobody_makes_clips_who_has_not_signed_in(settings: Settings) -> None:
    visitor = visitor_of(replace(settings, demo=False, auth_tokens=("t",)))
    assert "<h1>Sign in</h1>" in visitor.sees("/voices")
    assert visitor.sends("/voices/render").status_code == 401
    visitor.signs_in()
    assert visitor.client.post("/voices/render").status_code == 400
    assert visitor.sends("/voices/render", engine="rm").status_code == 400


def test_the_page_offers_every_engine(settings: Settings) -> None:
    from ivr.speech.engines import ENGINES

    page = visitor_of(settings).sees("/voices")
    for engine in ENGINES:
        assert f'<option value="{engine}">' in page


@pytest.mark.parametrize("on_air", [True, False])
def test_texts_that_wait_for_a_recording_are_counted(
    settings: Settings, tmp_path: Path, on_air: bool
) -> None:
    folder = small(tmp_path / "recorded")
    add_languages(folder, bridge=("ht",), on_air=on_air)
    visitor = visitor_of(replace(settings, prompts=publish(folder)))
    visitor.signs_in()
    page = visitor.sees("/voices/ht")
    assert re.search(r"\d+ texts in Kreyòl ayisyen\s+have no fresh recording", page)
    hears = "hear the hotline's number in English"
    assert (hears in page, "off the air until all are recorded" in page) == (on_air, not on_air)
    assert "made from the other one" in row_of(page, "transfer.number")
