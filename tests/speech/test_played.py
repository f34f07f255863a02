"""A call plays fresh clips and nothing else, and the carrier can fetch them."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator

from ivr.cli.local_server import on_loopback
from ivr.phone.call import Call
from ivr.phone.files import Audio, list_audio
from ivr.phone.transport import HttpTransport
from ivr.settings import Settings
from ivr.speech.manifest import MANIFEST_FILE, Manifest, read_manifest, write_manifest
from ivr.web import create_app
from tests.lines import TOKEN
from tests.serving import until
from tests.small_script import edit

DEMO = Settings(demo=True)


@pytest.fixture
def settings(tmp_path: Path, prompts: Path, clips_of_first_turns: Path) -> Settings:
    """Return the settings of a small line that has the clips of its first turns."""
    clips = shutil.copytree(clips_of_first_turns, tmp_path / "clips")
    return replace(DEMO, prompts=prompts, clips=clips)


@pytest.fixture
def line(settings: Settings) -> FlaskClient:
    """Return a client of that line."""
    return create_app(settings).test_client()


def heard(line: FlaskClient, url: str = "/voice") -> list[tuple[str, str]]:
    """Return what a turn lets the caller hear: the verb, and its URL or words."""
    root = ET.fromstring(line.post(url).data)  # noqa: S314 our own XML
    return [
        (verb.tag, " ".join("".join(verb.itertext()).split()))
        for verb in root.iter()
        if verb.tag in {"Say", "Play"}
    ]


def played(line: FlaskClient) -> str:
    """Return the URL of the first clip of a call."""
    return next(url for verb, url in heard(line) if verb == "Play")


def test_a_call_plays_clips_whose_urls_are_relative(line: FlaskClient) -> None:
    verbs = heard(line)
    assert {verb for verb, _ in verbs} == {"Play"}
    assert all(re.fullmatch(r"/audio/[0-9a-f]{20}\.mp3", url) for _, url in verbs)


def test_behind_a_proxy_clips_are_found_below_its_path(settings: Settings) -> None:
    public = "https://line.example.org/help"
    line = create_app(replace(settings, demo=False, auth_tokens=(TOKEN,), public_url=public))
    signature = RequestValidator(TOKEN).compute_signature(f"{public}/voice", {})
    answer = line.test_client().post("/voice", headers={"X-Twilio-Signature": signature}).text
    assert "<Play>/help/audio/" in answer


def test_off_means_the_carriers_voice_alone(settings: Settings) -> None:
    off = create_app(replace(settings, audio=False)).test_client()
    assert {verb for verb, _ in heard(off)} == {"Say"}
    assert Settings.from_env({"IVR_AUDIO": "off"}).audio is False
    assert Settings.from_env(Settings(audio=False).to_env()).audio is False
    assert Settings.from_env(Settings().to_env()).audio is True


def test_a_clip_whose_words_have_changed_is_not_played(settings: Settings) -> None:
    """A turn is all clips or all said, so that no caller hears two voices in it."""
    before = heard(create_app(settings).test_client())
    assert {verb for verb, _ in before} == {"Play"}
    edit(
        settings.prompts,
        [{"in": "en.yaml", "replace": "danger, hang up", "by": "danger, please hang up"}],
    )
    after = heard(create_app(settings).test_client())
    spoken_texts = [words for verb, words in after if verb == "Say"]
    assert len(spoken_texts) == len(after)
    assert "please hang up" in spoken_texts[0]


def test_a_clip_that_vanishes_in_mid_call_is_said_instead(
    settings: Settings, line: FlaskClient
) -> None:
    url = played(line)
    file = next(settings.clips.glob(f"*/{url.rpartition('/')[2]}"))
    content = file.read_bytes()
    file.write_bytes(content[:-1])
    until(lambda: heard(line)[0][0] == "Say")
    file.unlink()
    until(lambda: heard(line)[0][0] == "Say")
    assert line.get(url).status_code == 404
    file.write_bytes(content)
    until(lambda: heard(line)[0] == ("Play", url))


def test_new_clips_are_played_as_soon_as_they_are_made(
    settings: Settings, clips_of_first_turns: Path
) -> None:
    bare = replace(settings, clips=settings.clips.parent / "new")
    line = create_app(bare).test_client()
    assert {verb for verb, _ in heard(line)} == {"Say"}
    shutil.copytree(clips_of_first_turns, bare.clips)
    until(lambda: {verb for verb, _ in heard(line)} == {"Play"})


def test_while_one_call_reads_a_new_manifest_the_others_go_on(settings: Settings) -> None:
    app = create_app(settings)
    line, clips = app.test_client(), app.services.clips
    before = heard(line)
    manifest = settings.clips / MANIFEST_FILE
    text = manifest.read_bytes()
    manifest.unlink()
    os.mkfifo(manifest)  # it is read for as long as this test likes
    opened: list[BinaryIO] = []
    with ThreadPoolExecutor(1) as executor:
        reading = executor.submit(clips.refresh)
        until(lambda: _open(manifest, opened))
        clips.refresh()
        assert heard(line) == before
        assert not reading.done()
        opened[0].write(text)
        opened[0].close()
        reading.result()
    manifest.unlink()
    manifest.write_bytes(text)
    assert heard(line) == before


def _open(fifo: Path, opened: list[BinaryIO]) -> bool:
    """Open a FIFO for writing; False while nobody reads it."""
    with suppress(OSError):
        opened.append(os.fdopen(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK), "wb"))
    return bool(opened)


def test_a_call_in_progress_can_still_fetch_a_clip_that_was_replaced(
    settings: Settings, line: FlaskClient
) -> None:
    url = played(line)
    write_manifest(settings.clips, Manifest())
    until(lambda: {verb for verb, _ in heard(line)} == {"Say"})
    assert line.get(url).status_code == 200


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"version": 9, "clips": []}'])
def test_no_manifest_can_break_a_call(settings: Settings, broken: str) -> None:
    (settings.clips / MANIFEST_FILE).write_text(broken)
    assert {verb for verb, _ in heard(create_app(settings).test_client())} == {"Say"}


# ── The files ─────────────────────────────────────────────────────────────────


def test_a_clip_may_be_kept_for_ever(line: FlaskClient) -> None:
    answer = line.get(played(line))
    assert (answer.status_code, answer.content_type) == (200, "audio/mpeg")
    caching = answer.headers["Cache-Control"]
    assert {"public", "immutable", "max-age=31536000"} <= set(caching.split(", "))
    again = line.get(played(line), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_clip_can_be_fetched_in_parts(line: FlaskClient) -> None:
    url = played(line)
    whole = line.get(url).data
    part = line.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, whole[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole)}"
    assert line.get(url, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    assert line.head(url).content_length == len(whole)


@pytest.mark.parametrize(
    "path",
    [
        "manifest.json",
        "../prompts/line.yaml",
        "..%2fmanifest.json",
        "%2e%2e/%2e%2e/etc/passwd",
        "en/../manifest.json",
        "0" * 20 + ".mp3",
        "",
    ],
)
def test_nothing_but_clips_can_be_fetched(line: FlaskClient, path: str) -> None:
    line.post("/voice")
    assert line.get(f"/audio/{path}").status_code == 404


def test_clips_are_public_so_that_the_carriers_caches_can_fetch_them(settings: Settings) -> None:
    signed = create_app(replace(settings, demo=False, auth_tokens=(TOKEN,))).test_client()
    assert signed.post("/voice").status_code == 403
    name = next(iter(read_manifest(settings.clips).clips.values())).name
    assert signed.get(f"/audio/{name}").status_code == 200


def test_a_line_tells_what_is_heard_in_its_clips(line: FlaskClient, settings: Settings) -> None:
    clips = json.loads(line.get("/audio/clips.json").data)
    clip = clips[played(line).rpartition("/")[2]]
    assert clip["words"] == "If someone is in danger, hang up and dial 9 1 1."
    assert (clip["language"], clip["slow"]) == ("en", False)
    assert 2 < clip["seconds"] < 10
    assert len(clips) == len(read_manifest(settings.clips).clips)


# ── The phone ─────────────────────────────────────────────────────────────────


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    """Yield the URL of that line over HTTP."""
    with on_loopback(create_app(settings)) as url:
        yield url


def test_the_phone_hears_words_language_pace_and_seconds_of_clips(address: str) -> None:
    with closing(HttpTransport(None)) as line:
        call = Call(line, address)
        call.audio.update(list_audio(address))
        call.dial()
        first = call.latest_utterances[0]
        call.press("7")
    assert (first.text, first.language) == (
        "If someone is in danger, hang up and dial 9 1 1.",
        "en",
    )
    assert 2 < first.seconds < 10
    assert any(utterance.slow for utterance in call.latest_utterances)


def test_a_line_that_does_not_tell_is_no_error(address: str) -> None:
    assert list_audio(address.replace("/voice", "/elsewhere/voice")) == {}
    assert list_audio("http://127.0.0.1:9/voice") == {}
    assert Audio("words", 1.0).language == ""
