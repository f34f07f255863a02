"""People of the agency who speak a caller's language are rung first, and hear which it is."""

import datetime as dt
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ivr.dialog import Dial, Key, Place, reply
from ivr.script.load import load
from ivr.script.model import Script
from ivr.twiml import voice as twiml
from tests.lines import ALWAYS_ON_CALL, ON_CALL, SHIPPED, change

WORKER, BACKUP, SUPERVISOR = ON_CALL["people"].values()
MOMENT = dt.datetime(2026, 11, 24, 23, tzinfo=dt.UTC)


def on_call(room: Path, **more: object) -> Script:
    """Return the shipped line with everybody on call at any time."""
    folder = shutil.copytree(SHIPPED, room / "line")
    shifts = {**ON_CALL, **ALWAYS_ON_CALL["on_call"], **more}
    change(folder / "line.yaml", {"on_call": shifts})
    return load(folder)


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return on_call(tmp_path, speaks={"supervisor": ["es", "en"]})


def rung(script: Script, language: str) -> list[str]:
    """Return the numbers that ring for a caller, one after the other."""
    turn = reply(script, Place(language, "agency", phase="on-call"), Key("1"), MOMENT)
    assert isinstance(turn.verb, Dial)
    steps = (turn.place._replace(step=step) for step in (1, 2))
    return [turn.verb.number, *(number_at(script, place) for place in steps)]


def number_at(script: Script, place: Place) -> str:
    return script.line.ladder_for(place.language, (WORKER, BACKUP, SUPERVISOR))[place.step]


def whispered(script: Script, language: str, number: str) -> list[tuple[str | None, str]]:
    body = twiml.whisper(script, "/voice/", "", language, number)
    says = ET.fromstring(body).iter("Say")  # noqa: S314 our own XML
    return [(say.get("language"), " ".join("".join(say.itertext()).split())) for say in says]


def test_who_speaks_the_callers_language_is_rung_first(script: Script) -> None:
    assert rung(script, "es") == [SUPERVISOR, WORKER, BACKUP]
    assert rung(script, "en") == [SUPERVISOR, WORKER, BACKUP]


def test_nobody_is_moved_if_nothing_is_known_of_anybody(tmp_path: Path) -> None:
    script = on_call(tmp_path)
    assert rung(script, "es") == [WORKER, BACKUP, SUPERVISOR]


def test_the_whisper_tells_the_callers_language_in_the_language_of_who_answers(
    script: Script,
) -> None:
    assert whispered(script, "es", WORKER) == [
        ("en-US", "A call from the help line. To take it, press 1."),
        ("en-US", "The caller speaks Spanish."),
    ]
    assert whispered(script, "en", WORKER)[1:] == []
    in_theirs = whispered(script, "es", SUPERVISOR)
    assert in_theirs == [("es-US", "Una llamada de la línea de ayuda. Para tomarla, oprima 1.")]


def test_the_whisper_is_asked_for_with_the_callers_language(script: Script) -> None:
    turn = reply(script, Place("es", "agency", phase="on-call"), Key("1"), MOMENT)
    body = twiml.render(script, turn, twiml.Urls("/voice/"), "+12025550100")
    number = ET.fromstring(body).find("Dial/Number")  # noqa: S314 our own XML
    assert number is not None
    assert number.get("url") == "/voice/whisper?language=es"
