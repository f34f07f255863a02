"""A language that no voice speaks: a text and its recording are edited and approved as one."""

import datetime as dt
import io
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ivr.accounts import operators, revision_copy
from ivr.checks import recordings as check
from ivr.checks.engine.registry import run_checks
from ivr.database.engine import Database, open_and_migrate
from ivr.dialog import Spoken
from ivr.editing import draft_recordings, revisions
from ivr.editing.clip_maker import ClipMaker
from ivr.editing.make_clips import make
from ivr.editing.revision_publisher import RevisionPublisher
from ivr.editing.script_check import CheckOutcome, check_script
from ivr.explore.utterances import all_utterances
from ivr.local_time import utcnow
from ivr.script.load import load
from ivr.script.review import digest
from ivr.settings import Settings
from ivr.speech.clip_key import key
from ivr.speech.engines.engine import Speaker
from ivr.speech.engines.pico import Pico
from ivr.speech.manifest import Manifest, read_manifest, write_manifest
from ivr.speech.recorded import ENGINE, with_normal_pace
from ivr.speech.render import Rendering, render, speech
from ivr.speech.telephone import encoded
from ivr.web import create_app
from tests.console.conftest import NAME, PASSWORD, Visitor, state_with_operator
from tests.lines import TODAY, TOKEN
from tests.many_languages import add_languages
from tests.small_script import small

LEE = ("lee", "another long password")
PROMPT = "interpreter.free"
OLD, NEW = "xn interpreter can help you. It is free.", "An interpreter helps you, and it is free."
WORDS = Spoken("ht", NEW, PROMPT)
SLOW = WORDS._replace(slow=True)
PAGE = "/edit/recordings"
SEND = f"{PAGE}/{key(WORDS)}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a room with the small line, also in Haitian Creole; its clips sound alike."""
    room = tmp_path_factory.mktemp("creole-line")
    add_languages(small(room), bridge=("ht",))
    wanted = with_normal_pace(all_utterances(load(room / "small")), {"ht"})
    first = dict(list(wanted.items())[:1])
    sound = next(iter(render(room / "clips", first, Rendering(Speaker(Pico()))).clips.values()))
    clips = {
        k: replace(sound, key=k, language=w.language, text=w.text, prompt=w.prompt, slow=w.slow)
        for k, w in wanted.items()
    }
    clips = {k: replace(c, engine=ENGINE) if c.language == "ht" else c for k, c in clips.items()}
    write_manifest(room / "clips", Manifest(clips))
    return room


@pytest.fixture(scope="module")
def spoken() -> bytes:
    """Return what somebody records of the new text."""
    return encoded(speech(WORDS, Speaker(Pico(), {"ht": "fr-FR"})), "wav")


@dataclass
class Server:
    """One of the servers of a line: it has a state and clips of its own."""

    settings: Settings
    database: Database

    def __post_init__(self) -> None:
        self.maker = ClipMaker(self.settings, self.database)
        self.publisher = RevisionPublisher(
            self.settings, self.database, lambda *_: None, 0, checker=self._check
        )

    def _check(self, folder: Path, state: Path, made: frozenset[str]) -> CheckOutcome:
        return check_script(folder, state, utcnow(), self.settings.clips, made)

    def makes_clips(self) -> None:
        """Make the clips that are wanted, in this process."""
        wanted = self.maker._wanted()
        assert wanted is not None
        self.maker._fill_room(wanted)
        make(wanted.digest, self.settings.state, self.settings.clips, self.settings.models)

    def on_air(self) -> str:
        current = revision_copy.folder(self.settings.state)
        return (current / "ht.yaml").read_text() if current else ""

    def texts(self) -> set[str]:
        """Return what the line's own clips say of the prompt."""
        clips = read_manifest(self.settings.clips).clips.values()
        return {clip.text for clip in clips if clip.prompt == PROMPT}

    def passes(self) -> bool:
        """Return whether callers in the language hear a clip of every text on the air."""
        folder = revision_copy.folder(self.settings.state) or self.settings.prompts
        _, problems = run_checks(folder, TODAY, every=[check], clips=self.settings.clips)
        return not [p for p in problems if p.check == check.ID]


@pytest.fixture
def servers(made: Path, tmp_path: Path) -> tuple[Server, Server]:
    address = f"sqlite:///{tmp_path / 'records.db'}"
    both = []
    for name in ("one", "two"):
        room = shutil.copytree(made, tmp_path / name)
        settings = Settings(
            auth_tokens=(TOKEN,),
            prompts=room / "small",
            clips=room / "clips",
            state=room / "state",
            database_url=address,
        )
        both.append(Server(settings, Database(settings)))
    engine = open_and_migrate(both[0].settings)
    operators.add(engine, NAME, PASSWORD)
    operators.add(engine, *LEE, ["publish"])
    engine.dispose()
    return both[0], both[1]


def visits(server: Server, name: str = NAME, password: str = PASSWORD) -> Visitor:
    visitor = Visitor(create_app(server.settings).test_client())
    assert visitor.signs_in(name, password).status_code == 302
    return visitor


def records(maria: Visitor, sound: bytes, status: int = 303) -> str:
    answer = maria.sends(SEND, sound=(io.BytesIO(sound), "note.wav"))  # type: ignore[arg-type]
    assert answer.status_code == status, answer.text
    return answer.text


def agreed(visitor: Visitor) -> str:
    shown = re.search(r'name="digest" value="(\w+)"', visitor.sees("/edit/changes"))
    assert shown is not None
    return shown[1]


def draft_of(server: Server) -> revisions.Revision:
    with server.database.reading() as connection:
        draft = revisions.open_revision(connection)
    assert draft is not None
    return draft


@pytest.fixture
def maria(servers: tuple[Server, Server]) -> Visitor:
    """Return an operator who has changed a text of the language, and read it again."""
    maria = visits(servers[0])
    form = {"node": "everywhere", "language": "ht", "prompt": PROMPT}
    assert maria.sends("/edit/text", text=NEW, was=digest(OLD), **form).status_code == 303
    assert maria.sends("/edit/reviewed", was=digest(NEW), **form).status_code == 303
    return maria


def test_where_a_voice_speaks_every_language_the_page_says_at_once_that_nothing_is_recorded(
    tmp_path: Path,
) -> None:
    settings = Settings(
        auth_tokens=(TOKEN,), prompts=small(tmp_path), state=state_with_operator(tmp_path)
    )
    maria = visits(Server(settings, Database(settings)))
    english = {"node": "everywhere", "language": "en", "prompt": "goodbye"}
    text = load(settings.prompts).text("en", "goodbye")
    sent = maria.sends("/edit/text", text="Goodbye now.", was=digest(text), **english)
    assert sent.status_code == 303
    page = maria.sees(PAGE)
    assert "Nothing is recorded here" in page
    assert "open this page again" not in page


def test_a_text_and_its_recording_are_approved_together_and_heard_on_two_servers(
    servers: tuple[Server, Server], maria: Visitor, spoken: bytes
) -> None:
    one, two = servers
    assert "being found out" in maria.sees(PAGE)
    one.makes_clips()
    assert "1 text waits" in maria.sees(PAGE)
    assert "/edit/recordings" in maria.sees("/edit/node/everywhere")
    maria.sends("/edit/submit", digest=agreed(maria), note="without a recording")
    one.publisher.poll()
    assert any(f'"{PROMPT}" has no fresh clip' in e for e in draft_of(one).errors or ())

    records(maria, spoken)
    assert draft_of(one).state == "draft", "what was submitted is another thing now"
    assert "Its clip is being made" in maria.sees(PAGE)
    records(maria, spoken)  # again, or another text: it need not wait for the clip
    for server in servers:
        server.makes_clips()
    player = re.search(r'src="(/edit/clips/[0-9a-f]+\.mp3)"', maria.sees(PAGE))
    assert player is not None
    assert maria.client.get(player[1]).content_type == "audio/mpeg"
    assert player[1] in maria.sees("/edit/changes")
    assert one.texts() == {OLD}, "callers hear what they heard"

    maria.sends("/edit/submit", digest=agreed(maria), note="with it")
    one.publisher.poll()
    assert draft_of(one).errors == ()
    lee = visits(two, *LEE)
    assert "recorded by maria" in lee.sees("/edit/changes")
    assert maria.sends("/edit/approve", digest=agreed(maria)).status_code == 409
    assert lee.sends("/edit/approve", digest=agreed(lee)).status_code == 303
    form = {"digest": agreed(lee), "password": LEE[1]}
    assert lee.sends("/edit/publish", **form).status_code == 303
    for server in servers:
        server.publisher.poll()
        assert NEW in server.on_air()
        assert server.texts() == {OLD, NEW}, "a call that goes on in the old words hears them"
        assert server.passes()


def test_an_undo_brings_back_the_text_with_its_clip_also_after_clips_were_rendered(
    servers: tuple[Server, Server], maria: Visitor, spoken: bytes
) -> None:
    one, _ = servers
    one.makes_clips()
    records(maria, spoken)
    one.makes_clips()
    draft = draft_of(one)
    with one.database.writing() as connection:
        revisions.set_values(connection, draft.id, {"state": "published", "publication": 1})
    one.publisher.poll()
    wanted = all_utterances(load(revision_copy.folder(one.settings.state) or Path()))
    silent = Rendering(Speaker(Pico()), any_engine=True, recorded_alone=frozenset({"ht"}))
    of_ht = {k: words for k, words in wanted.items() if words.language == "ht"}
    own = {k: words for k, words in of_ht.items() if words.prompt == PROMPT}
    clips = render(one.settings.clips, own, silent).clips
    assert {key(WORDS), key(SLOW)} <= clips.keys(), "its recording has come with it"
    assert one.texts() == {OLD, NEW}


def test_another_recording_makes_an_approval_void(
    servers: tuple[Server, Server], maria: Visitor, spoken: bytes
) -> None:
    one, _ = servers
    one.makes_clips()
    records(maria, spoken)
    one.makes_clips()
    first = agreed(maria)
    maria.sends("/edit/submit", digest=first, note="")
    one.publisher.poll()
    lee = visits(one, *LEE)
    assert agreed(lee) == first
    records(maria, spoken + b"\0\0")
    assert lee.sends("/edit/approve", digest=first).status_code == 409
    one.makes_clips()
    maria.sends("/edit/submit", digest=agreed(maria), note="")
    assert lee.sends("/edit/approve", digest=first).status_code == 409, "not what they heard"


@pytest.mark.parametrize(
    ("sound", "sentence"),
    [
        (b"", "choose the file"),
        (b"x" * 101, "over 100 bytes"),
    ],
    ids=["nothing", "too much"],
)
def test_what_cannot_be_a_recording_is_refused_at_once(
    servers: tuple[Server, Server],
    maria: Visitor,
    sound: bytes,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(draft_recordings, "MAX_BYTES", 100)
    servers[0].makes_clips()
    assert sentence in records(maria, sound, 422).lower()


def test_a_recording_without_the_words_is_not_used_and_the_page_says_why(
    servers: tuple[Server, Server], maria: Visitor, spoken: bytes
) -> None:
    one, _ = servers
    one.makes_clips()
    records(maria, b"not a sound at all")
    one.makes_clips()
    page = maria.sees(PAGE)
    assert "This recording is not used" in page
    assert "1 text waits" in page
    records(maria, spoken)
    one.makes_clips()
    assert "This recording is not used" not in maria.sees(PAGE)


def test_recordings_of_a_discarded_draft_are_deleted_with_it(
    servers: tuple[Server, Server], maria: Visitor, spoken: bytes
) -> None:
    one, _ = servers
    one.makes_clips()
    records(maria, spoken)
    number = draft_of(one).id
    assert maria.sends("/edit/discard", digest=agreed(maria)).status_code == 303
    with one.database.writing() as connection:
        revisions.remove_discarded(connection, utcnow())
        assert draft_recordings.sounds(connection, ()), "it may be made the draft again"
        revisions.remove_discarded(connection, utcnow() + dt.timedelta(days=31))
        assert revisions.get(connection, number) is None
        assert not draft_recordings.sounds(connection, ())


def test_only_words_of_the_draft_can_be_recorded(
    servers: tuple[Server, Server], maria: Visitor, spoken: bytes
) -> None:
    servers[0].makes_clips()
    for other in ("0" * 20, key(Spoken("en", "Hello.", "opening.danger")), key(SLOW)):
        answer = maria.sends(f"{PAGE}/{other}", sound=(io.BytesIO(spoken), "a.wav"))  # type: ignore[arg-type]
        assert answer.status_code == 404
