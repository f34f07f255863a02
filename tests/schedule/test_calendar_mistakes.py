"""Calendars as programs and people write them: one bad entry is named, and the others count."""

import datetime as dt
import tracemalloc
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ivr.checks import staffing
from ivr.checks.engine.registry import run_checks
from ivr.schedule.ical import ICalendar
from tests.lines import change, variant

ZONE = "America/New_York"
PEOPLE = ("ana", "ben", "ana-lopez", "jose-nunez", "cleo")
BEN = """\
UID:ben
DTSTART;TZID=America/New_York:20261207T170000
DTEND;TZID=America/New_York:20261208T083000
SUMMARY:Ben
"""
"""An entry that is right, on Monday 7 December 2026 from 17:00."""


def calendar(*entries: str, before: str = "") -> ICalendar:
    events = "".join(f"BEGIN:VEVENT\n{entry.strip()}\nEND:VEVENT\n" for entry in entries)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\n{before}{events}END:VCALENDAR\n"
    return ICalendar(text.encode(), PEOPLE, ZONE)


def ana(*lines: str, title: str = "Ana", begin: str = "DTSTART:20261207T230000Z") -> str:
    end = [] if any(x.startswith(("DTEND", "DURATION")) for x in lines) else ["DURATION:PT1H"]
    return "\n".join(["UID:ana", begin, *end, *lines, f"SUMMARY:{title}"])


def at(local: str) -> dt.datetime:
    return dt.datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(ZONE))


def rung(of: ICalendar, local: str) -> list[str]:
    moment = at(local)
    entries = of.entries(moment, moment + dt.timedelta(seconds=1))
    return [name for entry in entries for name in entry.ring]


def problems(of: ICalendar, begins: str = "2026-12-01", ends: str = "2027-08-01") -> list[str]:
    return [f"{p.level}: {p}: {p.remedy}" for p in of.problems(at(begins), at(ends))]


NIGHT = "2026-12-07T18:30"

MISTAKES = {
    "a begin that is no time": (ana(begin="DTSTART:tomorrow"), "has no DTSTART that can be read"),
    "no begin": (ana(begin="LOCATION:home"), "has no begin (DTSTART)"),
    "two begins": (
        ana("DTSTART:20261208T230000Z"),
        "has more than one DTSTART",
    ),
    "no end": ("UID:a\nDTSTART:20261207T230000Z\nSUMMARY:Ana", "has no end, so it is over at once"),
    "an end before its begin": (ana("DTEND:20261207T130000Z"), "ends before it begins"),
    "a length below zero": (ana("DURATION:-PT1H"), "ends before it begins"),
    "a day that ends with a time": (
        ana("DTEND:20261208T130000Z", begin="DTSTART;VALUE=DATE:20261207"),
        "begins with a day and ends with a time",
    ),
    "a zone that does not exist": (
        ana(begin="DTSTART;TZID=PDT:20261207T170000"),
        'is in the time zone "PDT", which does not exist',
    ),
    "an exception that is no time": (ana("EXDATE:never"), "has no EXDATE that can be read"),
    "a rule that is none": (ana("RRULE:FREQ=NEVER"), "has no RRULE that can be read"),
    "an interval of nothing": (ana("RRULE:FREQ=DAILY;INTERVAL=0"), "repeats at no interval"),
    "an hour that is none": (ana("RRULE:FREQ=DAILY;BYHOUR=99"), "makes no sense"),
    "a day that never comes": (
        ana("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
        "repeats by a rule that fits no day",
    ),
    "a rule with two lists of days": (
        ana("RRULE:FREQ=WEEKLY;BYDAY=MO;BY\n DAY=TU"),
        "repeats by a rule with more than one BYDAY",
    ),
    "every second": (ana("RRULE:FREQ=SECONDLY"), "repeats more than 24 times a day"),
    "every minute": (ana("RRULE:FREQ=MINUTELY;INTERVAL=7"), "repeats more than 24 times a day"),
    "every second in other words": (
        ana("RRULE:FREQ=DAILY;BYMINUTE=0,1,2,3,4,5;BYSECOND=0,1,2,3,4,5"),
        "repeats more than 24 times a day",
    ),
    "a begin in the year 1": (
        ana("RRULE:FREQ=DAILY", begin="DTSTART:00010101T000000Z"),
        "begins before 1970",
    ),
    "a begin that is a length": (ana(begin="DTSTART:PT1H"), "makes no sense"),
    "a length of millions of years": (ana("DURATION:P999999999D"), "makes no sense"),
    "an alarm that is none": (
        ana("BEGIN:VALARM", "TRIGGER:oops", "END:VALARM"),
        "cannot be read",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_one_bad_entry_is_named_with_its_line_and_the_others_count(mistake: str) -> None:
    entry, text = MISTAKES[mistake]
    for of, line in ((calendar(BEN, entry), 9), (calendar(entry, BEN), 3)):
        assert rung(of, NIGHT) == ["ben"]
        (problem,) = problems(of)
        assert problem.startswith(f'error: the calendar\'s entry "Ana" (line {line}) {text}')
        assert problem.rpartition(": ")[2], "it has a remedy"


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["SECONDLY", "MINUTELY", "HOURLY", "HOURLY;BYMONTHDAY=31,30"])
def test_an_entry_that_repeats_all_the_time_costs_little_memory(rule: str) -> None:
    tracemalloc.start()
    of = calendar(BEN, ana(f"RRULE:FREQ={rule}", begin="DTSTART:20200101T000000Z"))
    assert "ben" in rung(of, NIGHT)
    assert tracemalloc.get_traced_memory()[1] < 60_000_000
    tracemalloc.stop()


@pytest.mark.slow
def test_many_entries_that_repeat_for_ever_are_bounded_together() -> None:
    ever = ana("RRULE:FREQ=DAILY", begin="DTSTART:19710101T000000Z")
    of = calendar(BEN, *[ever.replace("UID:ana", f"UID:ana{i}") for i in range(40)])
    assert rung(of, NIGHT) == ["ben"]
    assert any("repeats too often" in problem for problem in problems(of))


def test_what_is_not_needed_of_an_entry_may_be_wrong() -> None:
    of = calendar(BEN, ana("PRIORITY:high", "SEQUENCE:one", "GEO:here", "no colon here"))
    assert sorted(rung(of, NIGHT)) == ["ana", "ben"]
    assert problems(of) == []


@pytest.mark.parametrize(
    "before",
    [
        "garbage\n",
        "BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:bad\nEND:STANDARD\nEND:VTIMEZONE\n",
        "BEGIN:VTODO\nUID:t\nDUE:soon\nSUMMARY:shopping\n",
    ],
)
def test_what_is_wrong_between_the_entries_takes_none_of_them(before: str) -> None:
    assert rung(calendar(BEN, before=before), NIGHT) == ["ben"]


def test_an_entry_that_is_cut_off_is_named_and_the_others_count() -> None:
    cut = "UID:x\nDTSTART:20261207T230000Z\nSUMMARY:Cleo"
    text = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{cut}\nBEGIN:VEVENT\n{BEN}END:VEVENT\nEND:VCALENDAR\n"
    of = ICalendar(text.encode(), PEOPLE, ZONE)
    assert rung(of, NIGHT) == ["ben"]
    assert [p.partition(" (")[2][:22] for p in problems(of)] == ["line 2) cannot be read"]


def test_several_calendars_in_one_file_are_joined() -> None:
    one, other = (
        f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{entry.strip()}\nEND:VEVENT\nEND:VCALENDAR\n"
        for entry in (BEN, ana(title="Anna"))
    )
    of = ICalendar((one + other).encode(), PEOPLE, ZONE)
    assert rung(of, NIGHT) == ["ben"]
    assert ['"Anna" (line 10) names nobody' in p for p in problems(of)] == [True]


def test_two_entries_of_one_uid_both_count_unless_one_is_newer() -> None:
    other = ana().replace("UID:ana", "UID:ben")
    assert sorted(rung(calendar(BEN, other), NIGHT)) == ["ana", "ben"]
    assert rung(calendar(BEN, f"{other}\nSEQUENCE:1"), NIGHT) == ["ana"]


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Guardia: Aná", ["ana"]),
        ("JOSÉ NÚÑEZ", ["jose-nunez"]),
        ("Cleó Núñez", ["cleo"]),
        ("Núñez, José", ["jose-nunez"]),
        ("Ana Lopez", ["ana-lopez"]),
        ("Night-Ana-Lopez", ["ana-lopez"]),
        ("ana_lopez", ["ana-lopez"]),
        ("Ana, then Ben", ["ana", "ben"]),
        ("Ben and Ana López and ben", ["ben", "ana-lopez"]),
        ("Anabel", []),
        ("Lopez", []),
    ],
)
def test_a_title_names_people_however_it_is_written(title: str, names: list[str]) -> None:
    of = calendar(ana(title=title.replace(",", "\\,")))
    assert rung(of, NIGHT) == names
    assert [p.partition(") ")[2] for p in problems(of)] == (
        [] if names else ["names nobody of people:: write names of people: in it"]
    )


def test_a_file_of_another_encoding_is_read() -> None:
    raw = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{ana(title='Aná')}\nEND:VEVENT\nEND:VCALENDAR\n"
    for encoding in ("utf-8", "utf-8-sig", "latin-1"):
        assert rung(ICalendar(raw.encode(encoding), PEOPLE, ZONE), NIGHT) == ["ana"]


# ── Entries that are no shift ─────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (ana("STATUS:TENTATIVE"), "is tentative, so it rings nobody"),
        (ana("X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"), "is tentative, so it rings nobody"),
        (ana("X-MICROSOFT-CDO-BUSYSTATUS:FREE"), "is marked free, so it rings nobody"),
        (ana("X-MICROSOFT-CDO-BUSYSTATUS:OOF"), "is marked out of office, so it rings nobody"),
        (
            ana("ATTENDEE;CN=Ana;PARTSTAT=DECLINED:mailto:a@example.org"),
            "was declined by ana, who is not rung",
        ),
        (
            ana("ATTENDEE;PARTSTAT=declined:mailto:ana@example.org", "ATTENDEE:mailto:ben@x.org"),
            "was declined by ana, who is not rung",
        ),
        (ana("TRANSP:TRANSPARENT"), "is marked free, so it rings nobody"),
        (
            ana(
                "DTEND;VALUE=DATE:20261208",
                "TRANSP:TRANSPARENT",
                begin="DTSTART;VALUE=DATE:20261207",
                title="Ana out (vacation)",
            ),
            "is marked free, so it rings nobody",
        ),
    ],
)
def test_an_entry_that_is_tentative_free_or_declined_rings_nobody_and_is_warned_of(
    entry: str, text: str
) -> None:
    of = calendar(BEN, entry)
    assert rung(of, NIGHT) == ["ben"]
    (problem,) = problems(of)
    assert problem.startswith("warning: ")
    assert text in problem


@pytest.mark.parametrize(
    "title",
    [
        *("Ana on leave", "Ana: vacaciones", "Ana PTO", "Ana - OUT", "Canceled: Ana", "Ana fuera"),
        *("Ana on holiday", "Ana ausencia", "Ana no disponible", "Ana maternity"),
    ],
)
def test_a_title_by_which_somebody_may_be_away_is_warned_of(title: str) -> None:
    (problem,) = problems(calendar(ana(title=title)))
    assert problem.startswith("warning: ")
    assert "may mean that somebody is away" in problem


@pytest.mark.parametrize("zone", ["EST", "MST", "HST", "localtime", "Factory"])
def test_an_entry_in_a_zone_without_summer_time_is_warned_of(zone: str) -> None:
    (problem,) = problems(calendar(ana(begin=f"DTSTART;TZID={zone}:20270607T170000")))
    assert problem.startswith("warning: ")
    assert f'is in the time zone "{zone}", which is no place\'s' in problem


@pytest.mark.parametrize("end", ["DTEND;VALUE=DATE:20261207", "DURATION:P0D", "DURATION:PT0S"])
def test_a_whole_day_that_ends_on_itself_is_that_day(end: str) -> None:
    of = calendar(ana(end, begin="DTSTART;VALUE=DATE:20261207"))
    assert [rung(of, f"2026-12-{day}T12:00") for day in ("06", "07", "08")] == [[], ["ana"], []]
    assert problems(of) == []


def test_a_cancelled_entry_rings_nobody_however_that_is_written() -> None:
    assert rung(calendar(BEN, ana("STATUS:CANCELED")), NIGHT) == ["ben"]
    assert rung(calendar(ana(), before="METHOD:CANCEL\n"), NIGHT) == []


def test_exceptions_by_a_rule_are_named_and_the_entry_still_rings() -> None:
    of = calendar(ana("RRULE:FREQ=DAILY;COUNT=2", "EXRULE:FREQ=WEEKLY;BYDAY=TU"))
    assert rung(of, NIGHT) == ["ana"]
    assert "error" in problems(of)[0]
    assert "has exceptions by a rule (EXRULE), which are not read" in problems(of)[0]


# ── Time zones of a calendar ──────────────────────────────────────────────────

LOCAL = ana(begin="DTSTART:20261207T180000")
"""An entry without a zone of its own, at 18:00."""


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("Pacific Standard Time", "21:30"),
        ("pacific standard time", "21:30"),
        ("america/los_angeles", "21:30"),
        ("America/Los_Angeles", "21:30"),
    ],
)
def test_the_time_zone_of_a_calendar_is_known_by_any_of_its_names(name: str, begins: str) -> None:
    of = calendar(LOCAL, before=f"X-WR-TIMEZONE:{name}\n")
    assert rung(of, f"2026-12-07T{begins}") == ["ana"]
    assert problems(of) == []


@pytest.mark.parametrize("name", ["", "GMT-0500", "America", "../etc/passwd", "Home"])
def test_a_time_zone_of_a_calendar_that_does_not_exist_is_named_and_ignored(name: str) -> None:
    of = calendar(LOCAL, before=f"X-WR-TIMEZONE:{name}\n")
    assert rung(of, NIGHT) == ["ana"]
    (problem,) = problems(of)
    assert problem.startswith(f'warning: the calendar has the time zone "{name}" (X-WR-TIMEZONE)')


def home(offset: str, entry: str) -> str:
    zone = f"TZOFFSETFROM:{offset}\nTZOFFSETTO:{offset}\nDTSTART:19700101T000000"
    standard = f"BEGIN:STANDARD\n{zone}\nEND:STANDARD"
    return (
        f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{entry.strip()}\nEND:VEVENT\n"
        f"BEGIN:VTIMEZONE\nTZID:Home\n{standard}\nEND:VTIMEZONE\nEND:VCALENDAR\n"
    )


def test_each_calendar_has_its_own_zone_of_a_name() -> None:
    begin = "DTSTART;TZID=Home:20261207T180000"
    east, west = home("-0500", ana(begin=begin)), home("-0800", ana(begin=begin, title="Ben"))
    for text in (east, east.replace("-0500", "-0800"), east):
        of = ICalendar(text.encode(), PEOPLE, ZONE)
        assert rung(of, NIGHT) == (["ana"] if "-0500" in text else [])
    both = ICalendar((east + west).encode(), PEOPLE, ZONE)
    assert (rung(both, NIGHT), rung(both, "2026-12-07T21:30")) == (["ana"], ["ben"])


def test_a_mistake_in_an_entry_that_is_long_over_is_not_reported() -> None:
    over = ana("DTEND:20200101T000000Z", begin="DTSTART:20200102T000000Z")
    assert problems(calendar(BEN, over)) == []


def test_ivr_check_names_the_entry_and_its_line(tmp_path: Path) -> None:
    folder = variant("on-call", tmp_path)
    people = {"worker": "+12025550121"}
    change(folder / "line.yaml", {"on_call": None})
    change(folder / "line.yaml", {"on_call": {"people": people, "calendar": "rota.ics"}})
    (folder / "rota.ics").write_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:tomorrow\nSUMMARY:worker\nEND:VEVENT\n"
        "END:VCALENDAR\n"
    )
    script, reported = run_checks(folder, dt.date(2026, 12, 1), None, [staffing])
    assert script is not None, "the line can start all the same"
    (named,) = [p for p in reported if '"worker" (line 2)' in p.text]
    assert (named.check, named.level) == ("staffing", "error")
    assert named.remedy == "correct it in the calendar program"


def test_ivr_check_names_the_file_whose_time_zone_does_not_exist(tmp_path: Path) -> None:
    folder = variant("on-call", tmp_path)
    people = {"worker": "+12025550121"}
    change(folder / "line.yaml", {"on_call": None})
    change(folder / "line.yaml", {"on_call": {"people": people, "calendar": "rota.ics"}})
    (folder / "rota.ics").write_text(
        "BEGIN:VCALENDAR\nX-WR-TIMEZONE:GMT-0500\nBEGIN:VEVENT\nUID:a\n"
        "DTSTART:20261207T180000\nDURATION:PT1H\nSUMMARY:worker\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    _, reported = run_checks(folder, dt.date(2026, 12, 1), None, [staffing])
    (named,) = [p for p in reported if "GMT-0500" in p.text]
    assert named.text.startswith('rota.ics: the calendar has the time zone "GMT-0500"')
    assert named.level == "warning"


def test_the_time_zones_of_evolution_are_taken_without_a_warning(
    recwarn: pytest.WarningsRecorder,
) -> None:
    zone = "/freeassociation.sourceforge.net/America/New_York"
    entries = calendar(ana("DURATION:PT1H", begin=f"DTSTART;TZID={zone}:20261207T230000"))
    assert rung(entries, "2026-12-07T23:30") == ["ana"]
    assert [str(warning.message) for warning in recwarn] == []
