"""The rota: who is on call at a moment, by week, date and calendar; gaps; the ladder of calls."""

import datetime as dt
import random
import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from ivr.checks import staffing as staffing_check
from ivr.checks.engine.registry import run_checks
from ivr.cli.main import ivr
from ivr.dialog import Dial, DialEnded, HangUp, Key, Place, reply
from ivr.explore.events import OUTCOMES, step
from ivr.explore.explorer import duties
from ivr.phone.call import Call, Ringing
from ivr.phone.parties import Parties
from ivr.phone.transport import WsgiTransport
from ivr.problem import ScriptError
from ivr.schedule.ical import ICalendar
from ivr.script.load import load
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.twiml.voice import BLOCK_WHISPER_SECONDS
from ivr.web import create_app
from tests.lines import ON_CALL, TODAY, TOKEN, change, clock, variant
from tests.walked import Walks

CALENDARS = Path(__file__).parent / "calendars"
NAMES = {number: name for name, number in ON_CALL["people"].items()}


def at(local: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(local)
    return moment.replace(tzinfo=ZoneInfo("America/New_York"))


def script(room: Path, calendar: str = "", **on_call: object) -> Script:
    return load(folder(room, calendar, **on_call))


def folder(room: Path, calendar: str = "", **on_call: object) -> Path:
    made = variant("on-call", room)
    data = {**ON_CALL, **on_call}
    if calendar:
        shutil.copy(CALENDARS / calendar, made)
        data = {"people": ON_CALL["people"], "calendar": calendar, **on_call}
    change(made / "line.yaml", {"on_call": None})
    change(made / "line.yaml", {"on_call": data})
    return made


def rung(of: Script, local: str) -> str:
    return ", ".join(NAMES[number] for number in of.schedule.duty(at(local)).ladder)


@pytest.mark.parametrize(
    ("local", "who"),
    [
        ("2026-11-24T03:00", "worker, backup, supervisor"),
        ("2026-11-24T10:00", ""),
        ("2026-11-28T10:00", "backup, worker, supervisor"),
        ("2026-11-26T10:00", "supervisor"),
        ("2026-12-02T22:00", ""),
    ],
)
def test_a_date_goes_before_the_week(local: str, who: str, tmp_path: Path) -> None:
    assert rung(script(tmp_path), local) == who


@pytest.mark.parametrize(
    ("calendar", "local", "who"),
    [
        ("google.ics", "2026-11-24T16:59", ""),
        ("google.ics", "2026-11-24T17:00", "worker, backup, supervisor"),
        ("google.ics", "2026-11-25T08:29", "worker, backup, supervisor"),
        ("google.ics", "2026-11-25T17:30", ""),  # moved to 18:00 for this day
        ("google.ics", "2026-11-25T18:00", "backup, supervisor"),
        ("google.ics", "2026-11-26T00:30", "backup, supervisor"),
        ("google.ics", "2026-11-26T20:00", "supervisor"),  # the evening is taken out
        ("google.ics", "2026-11-27T00:30", ""),
        ("google.ics", "2027-07-05T16:59", ""),  # in summer, too, it begins at 17:00 on the wall
        ("google.ics", "2027-07-05T17:00", "worker, backup, supervisor"),
        # A week of whole days, every other week, over the night in which the clocks go forward.
        ("google.ics", "2027-03-08T00:00", "backup"),
        ("google.ics", "2027-03-13T12:00", "backup"),
        ("google.ics", "2027-03-14T23:59", "backup"),
        ("google.ics", "2027-03-15T00:00", ""),
        ("google.ics", "2027-03-20T12:00", ""),
        ("google.ics", "2027-03-27T12:00", "backup"),
        ("google.ics", "2027-04-10T12:00", ""),
        # An entry within the week is rung before the week's own.
        ("google.ics", "2027-03-09T03:00", "worker, backup, supervisor"),
        ("google.ics", "2027-06-06T09:59", ""),
        ("google.ics", "2027-06-06T10:00", "supervisor"),
        ("outlook.ics", "2026-11-24T20:00", "worker, backup"),
        ("outlook.ics", "2026-11-25T20:00", "worker, backup"),  # the supervisor is cancelled
        ("outlook.ics", "2026-11-28T20:00", ""),
        # Zones by Microsoft's names, or by none, mean what the file says.
        ("outlook.ics", "2027-01-10T16:59", ""),
        ("outlook.ics", "2027-01-10T17:00", "supervisor"),
        ("outlook.ics", "2027-01-11T00:59", "supervisor"),
        ("outlook.ics", "2027-01-11T01:00", ""),
        ("outlook.ics", "2027-06-20T08:59", ""),
        ("outlook.ics", "2027-06-20T09:00", "supervisor"),
        ("outlook.ics", "2027-02-01T20:00", "backup"),
        ("outlook.ics", "2027-02-02T20:00", ""),  # two days are taken out
        ("outlook.ics", "2027-02-03T20:00", ""),
        ("outlook.ics", "2027-02-05T20:00", "backup"),
        ("outlook.ics", "2027-04-05T00:00", "worker"),  # a month's first Monday
        ("outlook.ics", "2027-04-06T00:00", ""),
        ("apple.ics", "2026-11-24T17:00", "worker"),
        ("apple.ics", "2026-11-25T08:29", "worker"),
        ("apple.ics", "2026-11-25T08:30", ""),
        ("apple.ics", "2026-11-25T19:59", ""),
        ("apple.ics", "2026-11-25T20:00", "backup"),
        ("apple.ics", "2026-11-26T08:29", "backup"),
        # Eight in the evening in Los Angeles, before and after the clocks go forward.
        ("apple.ics", "2027-03-12T23:00", "worker, supervisor"),
        ("apple.ics", "2027-03-13T23:00", ""),  # taken out
        ("apple.ics", "2027-03-14T23:00", "worker, supervisor"),
        ("apple.ics", "2027-03-17T23:00", ""),
        # Whole days: one without an end, and two by their length.
        ("apple.ics", "2027-02-15T00:00", "backup"),
        ("apple.ics", "2027-02-15T23:59", "backup"),
        ("apple.ics", "2027-02-16T00:00", ""),
        ("apple.ics", "2027-02-17T00:00", "supervisor"),
        ("apple.ics", "2027-02-18T23:59", "supervisor"),
        ("apple.ics", "2027-02-19T00:00", ""),
        ("apple.ics", "2027-04-01T08:00", "worker"),
        ("apple.ics", "2027-04-02T08:00", ""),
        ("apple.ics", "2027-04-03T08:00", "worker"),  # one more, by its date
    ],
)
def test_a_calendar_tells_who_is_on_call(
    calendar: str, local: str, who: str, tmp_path: Path
) -> None:
    assert rung(script(tmp_path, calendar), local) == who


@pytest.mark.parametrize("name", ["google.ics", "outlook.ics", "apple.ics"])
def test_the_line_ends_of_the_standard_make_no_difference(name: str) -> None:
    raw = (CALENDARS / name).read_bytes()
    assert b"\r" not in raw
    span = at("2026-11-01T00:00"), at("2027-07-01T00:00")
    plain, standard = (
        ICalendar(text, ON_CALL["people"], "America/New_York").entries(*span)
        for text in (raw, raw.replace(b"\n", b"\r\n"))
    )
    assert len(plain) > 3
    assert plain == standard


def test_an_entry_that_makes_no_sense_ends_no_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    of = script(tmp_path, "google.ics", week=ON_CALL["week"])

    def broken(*_: object) -> None:
        raise ValueError("an offset that is none")

    monkeypatch.setattr(of.calendar._calendars[0], "between", broken)
    assert rung(of, "2026-11-24T22:00") == "worker, backup, supervisor"
    assert "makes no sense on 2026-11-25" in caplog.text


def test_where_the_calendar_is_silent_the_week_rules(tmp_path: Path) -> None:
    of = script(tmp_path, "apple.ics", week=ON_CALL["week"])
    assert rung(of, "2026-11-24T20:00") == "worker"
    assert rung(of, "2026-11-27T20:00") == "worker, backup, supervisor"


# ── Gaps ──────────────────────────────────────────────────────────────────────


def oncall(*options: str) -> tuple[str, BaseException | None]:
    result = CliRunner().invoke(ivr, ["oncall", *options])
    return result.output, result.exception


def test_the_command_prints_the_rota_and_every_gap(tmp_path: Path) -> None:
    made = str(folder(tmp_path))
    output, error = oncall("--prompts", made, "--at", "2026-12-02T00:00", "--days", "2")
    assert output.splitlines() == [
        "Wed 2026-12-02 00:00 - Wed 2026-12-02 08:30  GAP: nobody",
        "Wed 2026-12-02 08:30 - Wed 2026-12-02 10:00  the office is open",
        "Wed 2026-12-02 10:00 - Thu 2026-12-03 00:00  GAP: nobody",
        "Thu 2026-12-03 00:00 - Thu 2026-12-03 08:30  worker, backup, supervisor",
        "Thu 2026-12-03 08:30 - Thu 2026-12-03 10:00  GAP: nobody",
        "Thu 2026-12-03 10:00 - Thu 2026-12-03 12:00  the office is open",
        "Thu 2026-12-03 12:00 - Thu 2026-12-03 13:00  worker, backup, supervisor",
        "Thu 2026-12-03 13:00 - Thu 2026-12-03 17:00  the office is open",
        "Thu 2026-12-03 17:00 - Fri 2026-12-04 00:00  worker, backup, supervisor",
    ]
    assert str(error) == "nobody is on call in 3 gaps: add shifts to on_call: in line.yaml"
    _, error = oncall("--prompts", made, "--at", "2026-12-03T08:00", "--days", "1")
    assert str(error) == "nobody is on call in 1 gap: add shifts to on_call: in line.yaml"


def test_a_line_without_a_rota_says_so() -> None:
    assert "nobody is on call" in str(oncall()[1])


def staffing(made: Path) -> list[str]:
    problems = run_checks(made, TODAY, every=[staffing_check])[1]
    return [f"{p.level}: {p.text}" for p in problems if p.check == "staffing"]


def test_a_gap_is_an_error_and_few_people_a_warning(tmp_path: Path) -> None:
    always = {"hours": "00:00-24:00", "ring": ["worker", "backup"]}
    assert staffing(folder(tmp_path, week={"mon-sun": [always]}, days=[])) == [
        "warning: only 2 on call from Tue 2026-11-24 00:00, and 49 times more"
    ]


def test_an_entry_that_names_nobody_is_an_error(tmp_path: Path) -> None:
    problems = staffing(folder(tmp_path, "apple.ics"))
    (line,) = [
        i
        for i, text in enumerate((CALENDARS / "apple.ics").read_text().splitlines(), 1)
        if text == "SUMMARY:Team lunch"
    ]
    (lunch,) = [problem for problem in problems if "Team lunch" in problem]
    assert lunch.startswith('error: the calendar\'s entry "Team lunch" (line ')
    assert lunch.endswith(") names nobody of people:")
    assert line - 8 < int(lunch.partition("(line ")[2].partition(")")[0]) < line


@pytest.mark.parametrize("content", [b"", b"<html>sign in</html>", b"BEGIN:VCALENDAR\r\n", b"\xff"])
def test_a_calendar_that_is_none_is_told_with_its_file(content: bytes, tmp_path: Path) -> None:
    made = folder(tmp_path, "apple.ics")
    (made / "apple.ics").write_bytes(content)
    with pytest.raises(ScriptError, match=r"apple\.ics:1:1 load: is not a calendar"):
        load(made)


def test_a_calendar_that_is_not_there_is_told(tmp_path: Path) -> None:
    made = folder(tmp_path, "apple.ics")
    (made / "apple.ics").unlink()
    with pytest.raises(ScriptError, match=r"apple\.ics:1:1 load: cannot be read"):
        load(made)


# ── The ladder ────────────────────────────────────────────────────────────────


def test_the_ladder_lasts_90_seconds_at_most(tmp_path: Path) -> None:
    of = script(tmp_path)
    moment = at("2026-11-24T22:00")
    turn = reply(of, Place("en", "agency", phase="on-call"), Key("1"), moment)
    assert isinstance(turn.verb, Dial)
    assert (turn.verb.timeout, turn.verb.asked) == (15, True)
    # The carrier rings 5 s longer; who answers has 10 s to press 1.
    soon, late = (moment + dt.timedelta(seconds=s) for s in (60, 61))
    assert isinstance(reply(of, turn.place, DialEnded("no-answer"), soon).verb, Dial)
    assert reply(of, turn.place, DialEnded("no-answer"), late).place.phase == "unreached"


def test_a_shift_that_ends_in_the_middle_of_the_ladder_leaves_nobody_alone(tmp_path: Path) -> None:
    of = script(tmp_path)
    turn = reply(of, Place("en", "agency", phase="on-call"), Key("1"), at("2026-11-25T23:59"))
    then = reply(of, turn.place, DialEnded("busy"), at("2026-11-26T00:00"))
    assert then.place.phase == "unreached"
    assert "No one on call could answer just now." in [sentence.text for sentence in then.must]


def test_a_restart_in_the_middle_of_the_ladder_loses_nothing(tmp_path: Path) -> None:
    made = variant("on-call", tmp_path)
    lines = [_line(made), _line(made)]
    call = Call(_Alternating(lines), "http://127.0.0.1/voice")
    call.dial()
    for key in "11":
        call.press(key)
    for _ in range(4):
        call.silence()
    call.press("1")
    call.press("1")
    call.ends("busy")
    call.answers("")
    assert isinstance(call.state, Ringing)
    assert call.state.numbers == (ON_CALL["people"]["supervisor"],)


def test_the_whisper_names_nobody_and_leaves_time_for_a_key(tmp_path: Path) -> None:
    call = Call(_line(variant("on-call", tmp_path)), "http://127.0.0.1/voice/en/agency?at=on-call")
    call.dial()
    call.press("1")
    call.answers("1")
    (whisper,) = [event for event in call.events if type(event).__name__ == "Answered"]
    assert whisper.words == "A call from the help line. To take it, press 1. … To block, 5."
    assert whisper.seconds + BLOCK_WHISPER_SECONDS <= 10  # as the ladder counts on


def test_where_no_number_is_known_to_dial_with_nobody_on_call_is_rung(tmp_path: Path) -> None:
    """Each rung would show the caller's own number, so the ladder is passed over at once."""
    line = _line(variant("on-call", tmp_path))
    url = "http://127.0.0.1/voice/en/agency?at=on-call"
    call = Call(line, url, Parties(called="client:help"))
    call.dial()
    call.press("1")
    assert not call.dialled
    assert "No one on call could answer" in " ".join(h.text for h in call.latest_utterances)


def _line(made: Path) -> WsgiTransport:
    settings = Settings(auth_tokens=(TOKEN,), prompts=made, state=made / "state")
    return WsgiTransport(create_app(settings, clock("on-call")), TOKEN)


class _Alternating:
    """Two lines that take turns: two machines behind a balancer, or before and after a restart."""

    def __init__(self, lines: list[WsgiTransport]) -> None:
        self._lines = lines

    def __getattr__(self, name: str) -> object:
        self._lines.reverse()
        return getattr(self._lines[0], name)


# ── What the exploration has walked ───────────────────────────────────────────


@pytest.mark.slow
def test_the_walk_comes_to_open_closed_and_every_rung(walked: Walks) -> None:
    steps = walked("on-call").turns
    at_agency = {(t.place.phase, t.place.step) for t in steps if t.place.node == "agency"}
    assert at_agency >= {
        ("open", 0), ("dial", 0), ("dial", 1), ("busy", 0), ("no-answer", 0), ("completed", 0),
        ("closed", 0), ("on-call", 0), ("call", 0), ("call", 1), ("call", 2), ("unreached", 0),
    }  # fmt: skip
    rung = {number for t in steps if isinstance(t.verb, Dial) for number in t.verb.numbers}
    assert rung >= {*ON_CALL["people"].values(), "+12025550111", "+12025550112"}


@pytest.mark.slow
def test_no_caller_hears_what_the_walk_has_not_whoever_is_there(
    tmp_path: Path, walked: Walks
) -> None:
    """Callers who press at random, while people come and go."""
    of = load(variant("on-call", tmp_path))
    walked_turns = {(t.place.phase, t.place.step, t.must, t.may) for t in walked("on-call").turns}
    chance = random.Random(24)  # noqa: S311 a test's callers
    for _ in range(150):
        turn = step(of, None, "")
        for key in ["1", "1", "-", "-", "-", "-", "1"]:
            turn = step(of, turn.place, key)
        for _ in range(20):
            if isinstance(turn.verb, HangUp):
                break
            assert (turn.place.phase, turn.place.step, turn.must, turn.may) in walked_turns
            rings = isinstance(turn.verb, Dial)
            token = chance.choice(OUTCOMES if rings else ("1", "2", "3", "*", "-", "0", "8"))
            turn = step(of, turn.place, token, chance.choice(duties(of)))
