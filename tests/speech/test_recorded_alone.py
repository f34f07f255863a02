"""Languages that no voice of the carrier speaks: people record every text, and callers hear clips.

Where a clip is lost, they hear the hotline's number in the default language, and are connected.
"""

import datetime as dt
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.checks import recordings
from ivr.checks.engine.context import ScriptContext
from ivr.checks.engine.result_cache import report_once
from ivr.checks.engine.validate_override import validated
from ivr.cli.audio import audio
from ivr.dialog import Dial, HangUp, Spoken
from ivr.dialog.without_clips import without_clips
from ivr.doctor.check import CheckContext
from ivr.doctor.script import clips as row_of_clips
from ivr.errors import OverrideError
from ivr.explore.explorer import Explorer
from ivr.explore.recordings import words_for_clips
from ivr.explore.utterances import all_utterances
from ivr.phone.call import Call
from ivr.phone.files import Audio
from ivr.phone.transport import WsgiTransport
from ivr.problem import ScriptError
from ivr.script.load import load, read
from ivr.script.model import Script
from ivr.script.yaml_source import Files
from ivr.settings import Settings
from ivr.speech.engines.engine import Speaker
from ivr.speech.engines.pico import Pico
from ivr.speech.manifest import Clip, read_manifest
from ivr.speech.recorded import fault, file_names
from ivr.speech.render import Rendering, render, speech
from ivr.speech.telephone import encoded
from ivr.twiml import voice as twiml
from ivr.web import create_app
from tests.caller import Caller
from tests.lines import TODAY, TOKEN
from tests.many_languages import add_languages
from tests.post import Post
from tests.serving import until
from tests.small_script import edit, small
from tests.walked import once

HOTLINE = "+18883737888"
NUMBER = "8 8 8 … 3 7 3 … 7 8 8 8"


def record(source: Path, clips: Path, *prompts: str) -> None:
    """Record what the sheet lists for ht, or some of its prompts, as people do; make the clips."""
    wanted, prepared = words_for_clips(load(source), source)
    alone = load(source).line.recorded_languages | prepared.languages
    pico = Speaker(Pico(), {"ht": "fr-FR"})
    names = file_names(wanted)
    for key, words in wanted.items():
        if (
            words.language == "ht"
            and not words.slow
            and words.prompt in (prompts or {words.prompt})
        ):
            path = clips / f"{names[key]}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encoded(speech(words, pico), "wav"))
    only = {key: words for key, words in wanted.items() if words.language == "ht"}
    render(clips, only, Rendering(Speaker(Pico()), recorded_alone=alone))


def _recorded(room: Path) -> tuple[Path, Path]:
    """Make the small line in English, and in Haitian Creole with few texts; record all of them."""
    source, clips = small(room / "recorded-alone"), room / "recorded-alone" / "clips"
    add_languages(source, bridge=("ht",))
    record(source, clips)
    return source, clips


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the folders of that line and of its clips, made once in a run."""
    return once(tmp_path_factory, "recorded-alone", _recorded)


@pytest.fixture(scope="module")
def source(line: tuple[Path, Path]) -> Path:
    """Return the folder of the line."""
    return line[0]


@pytest.fixture(scope="module")
def recorded(line: tuple[Path, Path]) -> Path:
    """Return the folder of its clips."""
    return line[1]


@pytest.fixture
def clips(recorded: Path, tmp_path: Path) -> Path:
    """Return a copy of these clips, of which some may be lost."""
    return shutil.copytree(recorded, tmp_path / "clips")


def clips_of(clips: Path, prompt: str) -> list[Clip]:
    """Return the clips of a prompt, the slow ones last."""
    every = (clip for clip in read_manifest(clips).clips.values() if clip.prompt == prompt)
    return sorted(every, key=lambda clip: clip.slow)


def lose(clips: Path, prompt: str) -> None:
    """Delete the clips of a prompt, as a disk or a hand may do."""
    for clip in clips_of(clips, prompt):
        (clips / clip.file).unlink()


def dials(source: Path, clips: Path, **settings: bool) -> Caller:
    """Return somebody who has dialled the line, whose clips may get lost from now on."""
    app = create_app(replace(Settings(demo=True, prompts=source, clips=clips), **settings))
    call = Call(WsgiTransport(app, None), f"{ADDRESS}/voice")
    call.audio.update(
        (f"{ADDRESS}/audio/{clip.name}", Audio(clip.text, clip.seconds, clip.language, clip.slow))
        for clip in read_manifest(clips).clips.values()
    )
    return Caller(call).dial()


ADDRESS = "http://127.0.0.1"


def voices(caller: Caller) -> set[tuple[str, str]]:
    """Return the language of each utterance heard now, and whether it was a clip or a voice."""
    utterances = caller.call.latest_utterances
    return {(one.language[:2], "clip" if one.audio else "voice") for one in utterances}


ALL_CLIPS = {("ht", "clip")}, {("ht", "clip"), ("en", "voice")}
"""How it sounds in the language, also with the words in English that callers are to say."""


@cache
def read_once(source: Path) -> tuple[Script, Files]:
    """Return a script, which is explored once whatever clips it is held to."""
    script, files, problems = read(source)
    assert script, problems
    return script, files


def problems(source: Path, clips: Path | None) -> list[str]:
    reported = recordings.check(ScriptContext(*read_once(source), TODAY, clips=clips))
    return [str(one).replace(f"{source}/", "") for one in reported]


def test_a_call_in_such_a_language_is_clips_from_its_name_to_the_goodbye(
    source: Path, clips: Path
) -> None:
    caller = dials(source, clips).hears("Kreyòl, press 2 x")
    assert voices(caller) == {("en", "voice"), ("ht", "clip")}
    caller.press("2").hears("X: 9 1 1", "Haitian Creole, please")
    assert voices(caller) in ALL_CLIPS
    caller.press("0").hears("Haitian Creole, please").is_connected_to(HOTLINE)
    assert voices(caller) == {("ht", "clip"), ("en", "voice")}
    caller.ends("busy").waits(1)
    assert voices(caller) in ALL_CLIPS
    caller.hears(NUMBER).is_hung_up_on()


def test_slow_clips_are_made_from_the_normal_ones(source: Path, clips: Path) -> None:
    normal, slow = clips_of(clips, "interpreter.say")
    assert 1.15 < slow.seconds / normal.seconds < 1.3
    assert {clip.engine for clip in read_manifest(clips).clips.values()} == {"recorded"}
    assert not list((clips / "recorded" / "ht").glob("*.slow.*"))
    caller = dials(source, clips).press("2", "7")
    assert all(one.slow for one in caller.call.latest_utterances)
    assert voices(caller) in ALL_CLIPS


def test_a_slow_recording_of_ones_own_is_played_as_it_is(source: Path, clips: Path) -> None:
    before = clips_of(clips, "interpreter.say")
    own = speech(Spoken("en", "This was said very slowly.", "", slow=True), Speaker(Pico()))
    (clips / "recorded" / "ht" / "interpreter.say.slow.wav").write_bytes(encoded(own, "wav"))
    wanted = {clip.key: clip.words for clip in read_manifest(clips).clips.values()}
    render(clips, wanted, Rendering(Speaker(Pico()), recorded_alone={"ht"}))
    normal, slow = clips_of(clips, "interpreter.say")
    assert (normal, slow.file == before[1].file) == (before[0], False)


def test_a_clip_that_is_lost_leads_to_the_number_and_to_ringing(source: Path, clips: Path) -> None:
    caller = dials(source, clips)
    lose(clips, "opening.danger")
    caller.press("2").hears(NUMBER).is_connected_to(HOTLINE)
    assert voices(caller) == {("en", "voice")}
    caller.ends("no-answer").hears("No one answered", NUMBER).is_listened_to()
    assert voices(caller) == {("en", "voice")}, "the call goes on in the default language"


def test_whoever_is_to_be_rung_is_rung_though_the_words_before_are_lost(
    source: Path, clips: Path
) -> None:
    caller = dials(source, clips).press("2")
    lose(clips, "interpreter.say")
    caller.press("0").hears(NUMBER).is_connected_to(HOTLINE)
    assert voices(caller) == {("en", "voice")}


def test_a_name_that_is_lost_is_said_in_the_default_language(source: Path, clips: Path) -> None:
    lose(clips, "language.name")
    caller = dials(source, clips).hears("Haitian Creole, press 2", "To talk to a person")
    assert voices(caller) == {("en", "voice")}
    assert voices(caller.press("2")) in ALL_CLIPS


def test_clips_that_are_switched_off_are_lost(source: Path, clips: Path) -> None:
    dials(source, clips, audio=False).press("2").hears(NUMBER).is_connected_to(HOTLINE)


def test_a_clip_that_comes_back_is_played_again(source: Path, clips: Path) -> None:
    lost = clips / clips_of(clips, "opening.danger")[0].file
    content = lost.read_bytes()
    lost.unlink()
    dials(source, clips).press("2").is_connected_to(HOTLINE)
    lost.write_bytes(content)
    assert voices(dials(source, clips).press("2")) in ALL_CLIPS


def test_operators_are_told_of_a_lost_clip(
    source: Path, clips: Path, post: Post, state: Path
) -> None:
    lose(clips, "opening.danger")
    hook = post.settings["alert_webhook"]
    settings = Settings((TOKEN,), prompts=source, clips=clips, state=state, alert_webhook=hook)
    app = create_app(settings)
    caller = Caller(Call(WsgiTransport(app, TOKEN), f"{ADDRESS}/voice")).dial().press("2")
    caller.is_connected_to(HOTLINE)
    until(lambda: post.posts)
    assert "The clip of ht opening.danger is lost" in post.posts[0]["text"]


def test_the_doctor_fails_while_a_text_has_no_recording(source: Path, clips: Path) -> None:
    script = load(source)
    words = {key: w for key, w in all_utterances(script).items() if w.language == "ht"}
    settings = Settings(prompts=source, clips=clips)
    context = CheckContext(settings, dt.datetime.now(dt.UTC), script, utterances=words)
    assert row_of_clips(context)[0] == "ok"
    lose(clips, "goodbye")
    level, text, _ = row_of_clips(context)
    assert (level, "ht goodbye" in text) == ("failed", True)
    off = row_of_clips(replace(context, settings=replace(settings, audio=False)))
    assert off[:2] == ("failed", "IVR_AUDIO=off, and no voice speaks ht")


def test_nothing_is_announced_or_whispered_where_no_voice_could_say_it(tmp_path: Path) -> None:
    whisper = "  oncall.whisper: Press 1.\n  oncall.language: They speak {called}.\n  goodbye:"
    folder = small(tmp_path, {"in": "en.yaml", "replace": "  goodbye:", "by": whisper})
    add_languages(folder, full=("ht",))
    office = 'office: {numbers: ["+12025550111"], speaks: {"+12025550111": [ht]}}\n'
    edit(folder, [{"in": "line.yaml", "add": office}])
    script = load(folder)
    now = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
    until = now + dt.timedelta(hours=1)
    words = {"en": "The office is closed today.", "ht": "Biwo a fèmen."}
    with pytest.raises(OverrideError, match="no voice speaks ht, and an announcement"):
        validated(script, "closed", until, words, now)
    asked = twiml.whisper(script, "/voice/", language="ht", number="+12025550111")
    assert b"Press 1." in asked
    assert b'language="en-US"' in asked


@pytest.mark.slow
def test_whatever_is_lost_nobody_is_left_in_silence(tmp_path: Path) -> None:
    """Without any clip, each turn of every call still says something, in voices alone."""
    folder = small(tmp_path, spanish=True)
    add_languages(folder, full=("fr", "ht"), bridge=("so", "vi"))
    edit(folder, [{"in": "line.yaml", "add": "emergency: {bridge: true}\n"}])
    script = load(folder)
    silent, tried = {"ht", "so"}, 0
    for transition in Explorer(script).transitions():
        turn = transition.turn
        assert turn is not None
        lost = {words for words in turn.must + turn.may if words.language in silent}
        if not lost:
            continue
        tried += 1
        new = without_clips(script, turn, lost)
        words = new.must + new.may
        assert words
        assert not silent & {one.language for one in words}
        if turn.place.language in {one.language for one in lost}:
            assert new.place.language == "en"
            assert isinstance(new.verb, Dial | HangUp) or new.place.node == "danger"
            rings = isinstance(new.verb, Dial) and new.verb.number == HOTLINE
            assert not rings or any(NUMBER in one.text for one in words)
        else:
            assert (new.place, new.verb) == (turn.place, turn.verb)
        if isinstance(turn.verb, Dial | HangUp):
            assert new.verb == turn.verb
    assert tried > 200


def test_the_check_names_each_text_without_a_fresh_clip(source: Path, clips: Path) -> None:
    assert problems(source, clips) == []
    lose(clips, "interpreter.free")
    (one,) = problems(source, clips)
    assert one.startswith("ht.yaml:")
    assert 'recordings: "interpreter.free" has no fresh clip' in one
    assert "or as recorded/ht/interpreter.free.wav in the folder of clips" in one
    (every,) = problems(source, None)
    assert every.startswith("line.yaml:6:3 recordings: none of the ")


@pytest.mark.slow
def test_a_changed_number_or_text_makes_its_recording_stale(
    source: Path, clips: Path, tmp_path: Path
) -> None:
    changed = shutil.copytree(source, tmp_path / "changed")
    edit(changed, [{"in": "line.yaml", "replace": "+18883737888", "by": "+12025550144"}])
    stale = [one.partition('"')[2].partition('"')[0] for one in problems(changed, clips)]
    assert sorted(stale) == ["goodbye", "transfer.number"]
    record(changed, clips, *stale)
    assert problems(changed, clips) == []


@pytest.mark.slow
def test_a_lost_clip_keeps_nobody_else_from_the_line(
    source: Path, clips: Path, state: Path
) -> None:
    """A line that starts has nothing else to say; what is published anew is held to its clips."""
    lose(clips, "goodbye")
    now = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
    report_once(source, source, state, now, clips, starts=True)
    with pytest.raises(ScriptError, match=r'recordings: "goodbye" has no fresh clip'):
        report_once(source, source, state, now, clips)


def test_texts_are_recorded_while_their_language_is_off_the_air(
    tmp_path: Path, recorded: Path
) -> None:
    folder = small(tmp_path)
    add_languages(folder, bridge=("ht",), on_air=False)
    assert list(load(folder).line.languages) == ["en"]
    wanted, prepared = words_for_clips(load(folder), folder)
    assert prepared.languages == {"ht"}
    assert {clip.key for clip in read_manifest(recorded).clips.values()} <= wanted.keys()


def test_a_text_that_a_machine_has_written_is_not_recorded(tmp_path: Path) -> None:
    folder = small(tmp_path)
    add_languages(folder, bridge=("ht",), on_air=False)
    words = (folder / "ht.yaml").read_text()
    (folder / "ht.yaml").write_text(words.replace("state: reviewed", "state: machine", 1))
    _, prepared = words_for_clips(load(folder), folder)
    assert prepared.utterances == {}
    assert "1 texts are a machine's" in prepared.waiting[0]


def test_recordings_of_scripts_without_spaces_are_measured_by_characters() -> None:
    khmer = Spoken("km", "អ្នកបកប្រែអាចជួយអ្នកបាន។ វាឥតគិតថ្លៃ។", "interpreter.free")
    assert fault(khmer, 5.0) == ""
    assert "characters take" in fault(khmer, 60.0)
    assert fault(Spoken("en", "Someone can help you.", ""), 60.0).startswith("it lasts 60 s")


@pytest.mark.slow
def test_operators_are_led_from_the_sheet_to_the_clips(
    source: Path, clips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVR_PROMPTS", str(source))
    runner = CliRunner()
    sheet = runner.invoke(audio, ["sheet", "ht"]).output
    assert "recorded/ht/interpreter.free\n    xn interpreter can help you." in sheet
    assert ".slow" not in sheet, "each text is recorded once"
    listed = runner.invoke(audio, ["record", "--clips", str(clips)]).output
    assert "ht: 10 of 10 recorded" in listed
    heard_by = runner.invoke(audio, ["listen", "--clips", str(clips)]).output
    assert "ht: no ear understands it: people listen to its clips" in heard_by
    checked = runner.invoke(audio, ["check", "--clips", str(clips)])
    assert "ivr audio sheet" not in str(checked.exception), "nothing is left to record"
    shutil.rmtree(clips / "ht")
    (clips / "manifest.json").unlink()
    checked = runner.invoke(audio, ["check", "--clips", str(clips)])
    assert "; ivr audio sheet ht: what to record" in str(checked.exception)
