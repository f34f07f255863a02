"""A draft is heard as on a telephone before it is published, and by callers afterwards."""

import datetime as dt
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy.exc import OperationalError

from ivr.accounts import operators, revision_copy
from ivr.database.engine import Database, open_and_migrate
from ivr.editing import revisions, workflow
from ivr.editing.clip_maker import ClipMaker
from ivr.editing.make_clips import make
from ivr.explore.utterances import all_utterances
from ivr.local_time import utcnow
from ivr.script.load import load
from ivr.script.review import digest
from ivr.settings import Settings
from ivr.speech import render as rendering
from ivr.speech import revision_clips
from ivr.speech.engines.engine import Speaker
from ivr.speech.engines.pico import Pico
from ivr.speech.manifest import MANIFEST_FILE, Clip, Manifest, read_manifest, write_manifest
from ivr.speech.render import Rendering, render
from ivr.web import create_app
from tests.console.conftest import NAME, PASSWORD, Visitor
from tests.lines import TOKEN
from tests.serving import until
from tests.small_script import small

OLD, NEW = "If alone, you can speak, too.", "Speak, too, if you are alone."
PAGE = "/edit/node/everywhere"
CLIP = r'src="(/edit/clips/[0-9a-f]+\.mp3)"'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a room with a small line that has a clip of every text; they sound alike."""
    room = tmp_path_factory.mktemp("small-line")
    wanted = all_utterances(load(small(room)))
    first = dict(list(wanted.items())[:1])
    sound = next(iter(render(room / "clips", first, Rendering(Speaker(Pico()))).clips.values()))
    clips = {
        key: replace(sound, key=key, text=w.text, prompt=w.prompt, slow=w.slow)
        for key, w in wanted.items()
    }
    write_manifest(room / "clips", Manifest(clips))
    return room


@pytest.fixture
def settings(made: Path, tmp_path: Path) -> Settings:
    for part in ("small", "clips"):
        shutil.copytree(made / part, tmp_path / part)
    settings = Settings(
        auth_tokens=(TOKEN,),
        prompts=tmp_path / "small",
        clips=tmp_path / "clips",
        state=tmp_path / "state",
    )
    engine = open_and_migrate(settings)
    operators.add(engine, NAME, PASSWORD)
    operators.add(engine, "lee", "hears messages alone", ["listen"])
    engine.dispose()
    return settings


@pytest.fixture
def database(settings: Settings) -> Database:
    return Database(settings)


@pytest.fixture
def maker(settings: Settings, database: Database) -> ClipMaker:
    """Return what makes the clips of a draft, some seconds after somebody typed."""
    return ClipMaker(settings, database, lambda: utcnow() + dt.timedelta(minutes=1))


@pytest.fixture
def maria(settings: Settings) -> Visitor:
    visitor = Visitor(create_app(settings).test_client())
    assert visitor.signs_in().status_code == 302
    return visitor


def saves(maria: Visitor, text: str, was: str) -> None:
    form = {"node": "everywhere", "language": "en", "prompt": "speech.offer", "text": text}
    assert maria.sends("/edit/text", was=digest(was), **form).status_code == 303


def draft_of(database: Database) -> revisions.Revision:
    with database.reading() as connection:
        draft = revisions.open_revision(connection)
    assert draft is not None
    return draft


def makes(maker: ClipMaker, settings: Settings) -> revision_clips.Status:
    """Let the server make the clips that are wanted, as it does every two seconds."""

    def is_done() -> bool:
        maker.poll()
        status = revision_clips.read_status(settings.state)
        return status is not None and status.is_done and maker.renderer is None

    until(is_done, settings.state / "revision-clips.log")
    status = revision_clips.read_status(settings.state)
    assert status is not None
    return status


@pytest.mark.slow
def test_a_changed_text_is_heard_by_editors_and_once_it_is_published_by_callers(
    maria: Visitor, maker: ClipMaker, database: Database, settings: Settings
) -> None:
    live = (settings.clips / MANIFEST_FILE).read_bytes()
    maker.poll()
    assert not revision_clips.folder(settings.state).exists(), "nothing is made without a draft"
    saves(maria, NEW, OLD)
    assert "Its clip is being made" in maria.sees(PAGE)
    assert makes(maker, settings).trouble == ""
    player = re.search(CLIP, maria.sees(PAGE))
    assert player is not None
    assert maria.client.get(player[1]).content_type == "audio/mpeg"
    assert player[1] in maria.sees("/edit/changes")
    assert (settings.clips / MANIFEST_FILE).read_bytes() == live, "callers hear what they heard"
    assert maria.client.get(player[1].replace("/edit/clips", "/audio")).status_code == 404
    assert NEW not in maria.client.get("/audio/clips.json").text

    draft = draft_of(database)
    now = utcnow()
    with database.writing() as connection:
        workflow.put_on_air(connection, draft, NAME, now)
    revision_copy.keep(settings.state, draft.digest, draft.files)
    revision_copy.put_in_force(settings.state, draft.digest, draft.id)
    maker.poll()
    line = read_manifest(settings.clips)
    texts = {clip.text for clip in line.clips.values() if clip.prompt == "speech.offer"}
    assert texts == {OLD, NEW}, "a call that goes on in the old words is played the old clip"
    assert {path.name for path in revision_clips.folder(settings.state).iterdir()} <= {
        "status.json",
        ".rendering",
    }
    new = next(clip.name for clip in line.clips.values() if clip.text == NEW and not clip.slow)
    assert maria.client.get(f"/audio/{new}").status_code == 200


@pytest.mark.slow
def test_the_phone_that_calls_a_draft_plays_its_clips_and_others_may_not_hear_them(
    maria: Visitor, maker: ClipMaker, database: Database, settings: Settings
) -> None:
    saves(maria, NEW, OLD)
    makes(maker, settings)
    token = re.search(r'name="csrf-token" content="([^"]+)"', maria.sees("/phone"))
    assert token is not None
    headers = {"X-CSRFToken": token[1]}
    call = {"acts": ["1"], "since": 0}
    path = f"/phone/call?draft={draft_of(database).id}"
    events = maria.client.post(path, json=call, headers=headers).json["events"]
    audio = {event["text"]: event["audio"] for event in events if event["kind"] == "heard"}
    assert audio[NEW].startswith("/edit/clips/")
    assert all(url.startswith("/audio/") for text, url in audio.items() if text != NEW)
    lee = Visitor(maria.client.application.test_client())
    assert lee.client.get(audio[NEW]).status_code == 302, "signs in first"
    lee.signs_in("lee", "hears messages alone")
    assert lee.client.get(audio[NEW]).status_code == 403
    for name in ("..%2f..%2fsecret-key", "%2e%2e", "status.json", "a" * 20 + ".mp3", "%00.mp3"):
        assert maria.client.get(f"/edit/clips/{name}").status_code == 404, unquote(name)


@pytest.mark.slow
def test_clips_of_a_draft_that_is_no_more_are_deleted(
    maria: Visitor, maker: ClipMaker, database: Database, settings: Settings
) -> None:
    saves(maria, NEW, OLD)
    makes(maker, settings)
    assert maria.sends("/edit/discard", digest=draft_of(database).digest).status_code == 303
    maker.poll()
    assert not revision_clips.folder(settings.state).exists()


@pytest.mark.slow
def test_of_a_draft_that_has_changed_only_the_last_words_are_rendered(
    maria: Visitor, maker: ClipMaker, settings: Settings
) -> None:
    saves(maria, "Speak, too, whenever you like.", OLD)
    maker.poll()
    first = maker.renderer
    assert first is not None
    saves(maria, NEW, "Speak, too, whenever you like.")
    makes(maker, settings)
    assert not Path(f"/proc/{first}").exists(), "ended, and no zombie"
    clips = read_manifest(revision_clips.folder(settings.state)).clips
    assert {clip.text for clip in clips.values()} == {NEW}
    files = revision_clips.folder(settings.state).rglob("*.mp3")
    assert len(list(files)) == len(clips) == 2, "one at each pace"


@pytest.mark.slow
def test_a_renderer_of_the_process_before_ends_once_another_draft_is_wanted(
    maria: Visitor,
    maker: ClipMaker,
    database: Database,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    saves(maria, "Speak, too, whenever you like.", OLD)
    former = draft_of(database)
    revision_copy.write_files(former.files, revision_clips.begin(settings.state)[0])
    saves(maria, NEW, "Speak, too, whenever you like.")
    wanted = draft_of(database).digest
    keep = rendering.keep

    def poll_meanwhile(*clip: Any) -> Clip:
        maker.poll()
        assert maker.renderer is None, "one renderer at a time"
        return keep(*clip)

    monkeypatch.setattr(rendering, "keep", poll_meanwhile)
    make(former.digest, settings.state, settings.clips, settings.models)
    monkeypatch.undo()
    assert revision_clips.read_status(settings.state) == revision_clips.Status(wanted)
    assert makes(maker, settings).digest == wanted


@pytest.mark.slow
def test_while_somebody_types_or_the_database_is_gone_nothing_is_begun_and_nothing_is_lost(
    maria: Visitor, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves(maria, NEW, OLD)
    eager = ClipMaker(settings, database)
    eager.poll()
    assert eager.renderer is None
    patient = ClipMaker(settings, database, lambda: utcnow() + dt.timedelta(minutes=1))
    patient.poll()
    job = patient.renderer
    with monkeypatch.context() as gone:

        def fails(*_: object, **__: object) -> None:
            raise OperationalError("SELECT", {}, Exception("the database is gone"))

        gone.setattr(revisions, "open_revision", fails)
        patient.poll()
    assert patient.renderer == job is not None
    assert makes(patient, settings).trouble == ""


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"engine": "kokoro", "voice": "af_heart"}, "kokoro_onnx is not installed"),
        ({"engine": "recorded", "voice": ""}, "no clip by an engine in en"),
    ],
)
def test_without_the_engine_of_the_line_the_page_says_that_the_carriers_voice_reads(
    maria: Visitor,
    database: Database,
    settings: Settings,
    change: dict[str, str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from ivr import errors

    def finds(name: str, find: Callable[[str], object] = errors.importlib.util.find_spec) -> object:
        return None if name == "kokoro_onnx" else find(name)

    monkeypatch.setattr(errors.importlib.util, "find_spec", finds)
    line = read_manifest(settings.clips)
    others = {key: replace(clip, **change) for key, clip in line.clips.items()}
    write_manifest(settings.clips, replace(line, clips=others))
    saves(maria, NEW, OLD)
    page = _after_making(maria, draft_of(database), settings)
    assert "the carrier's voice reads them until they have one" in page.replace("&#39;", "'")
    assert sentence in page
    assert "/edit/clips/" not in page


def test_a_draft_that_cannot_be_said_says_why(
    maria: Visitor, database: Database, settings: Settings
) -> None:
    saves(maria, "Speak, {nobody}.", OLD)
    page = _after_making(maria, draft_of(database), settings)
    assert "it has an error: en.yaml:" in page


def _after_making(maria: Visitor, draft: revisions.Revision, settings: Settings) -> str:
    """Make the clips in this process, and return the page of the text."""
    revision_copy.write_files(draft.files, revision_clips.begin(settings.state)[0])
    make(draft.digest, settings.state, settings.clips, settings.models)
    return maria.sees(PAGE)


def test_a_status_that_is_cut_short_is_none(settings: Settings) -> None:
    revision_clips.write_status(settings.state, revision_clips.Status("d" * 20))
    path = revision_clips.folder(settings.state) / "status.json"
    path.write_text(json.dumps({"digest": 1}))
    assert revision_clips.read_status(settings.state) is None
