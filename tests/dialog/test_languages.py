"""What the carrier is told of a language: the voice that speaks it, and the words it can expect."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ivr.dialog import Place
from ivr.dialog.build_turn import turn
from ivr.script.load import load
from ivr.script.model import Script
from ivr.twiml import voice as twiml
from tests.small_script import edit, small

SPANISH = "speech: es-US,"


def recognised(room: Path, tag: str) -> Script:
    folder = small(room, spanish=True)
    edit(folder, [{"in": "line.yaml", "replace": SPANISH, "by": f"{SPANISH} recognised: {tag},"}])
    return load(folder)


def gather(script: Script, place: Place) -> ET.Element:
    """Return the <Gather> of a place, as the carrier is sent it."""
    body = twiml.render(script, turn(script, place), twiml.Urls("/voice/"), "+12025550100")
    verb = ET.fromstring(body).find("Gather")  # noqa: S314 our own XML
    assert verb is not None
    return verb


def test_a_language_is_spoken_by_one_tag_and_recognised_by_another(tmp_path: Path) -> None:
    verb = gather(recognised(tmp_path, "es-PR"), Place("es", "main"))
    assert (verb.get("input"), verb.get("language")) == ("dtmf speech", "es-PR")
    assert {say.get("language") for say in verb.findall("Say")} == {"es-US"}


@pytest.mark.parametrize("first", [False, True])
def test_a_language_without_recognition_takes_keys_alone(tmp_path: Path, first: bool) -> None:
    script = recognised(tmp_path, "false")
    verb = gather(script, Place("es", "main", first=first))
    assert (verb.get("input"), verb.get("language"), verb.get("hints")) == ("dtmf", None, None)
    prompts = [words.prompt for words in turn(script, Place("es", "main", first=True)).may]
    assert "speech.offer" not in prompts
    english = gather(script, Place("en", "main", first=first))
    assert (english.get("input"), english.get("language")) == ("dtmf speech", "en-US")
