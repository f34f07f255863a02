"""Whatever operators hand in is taken as it was meant, or refused with its place; nothing is lost.

Each case knows what was in the file before it was damaged. `make fuzz` tries 2,000 of each kind.
"""

import datetime as dt
import os
import random
import re
from pathlib import Path

import numpy as np
import polib
import pytest

from ivr.dialog import Spoken
from ivr.errors import IvrError
from ivr.phone_numbers import national_or_international
from ivr.schedule.hours import Hours, minutes_of
from ivr.schedule.ical import ICalendar
from ivr.schedule.ical.text import UnreadableError
from ivr.script.load import load
from ivr.script.po import Origin, Prompts, export_po, import_po
from ivr.speech import clip_key
from ivr.speech.engines.engine import Speaker
from ivr.speech.engines.pico import Pico
from ivr.speech.render import Rendering, render
from ivr.speech.sound import Sound
from ivr.speech.telephone import encoded
from tests.lines import read_yaml
from tests.small_script import small

CASES = int(os.environ.get("IVR_FUZZ_INPUTS", "200"))
SEED = 90210
SIGNS = "abcXYZ;:=,.\\\"'<>&#*-_ \t\u00e9\u4e2d\x00\x07"
"""Signs that are no digits: what they damage cannot become another time or number."""


def chance(kind: str, case: int) -> random.Random:
    return random.Random(f"{SEED}/{kind}/{case}")  # noqa: S311 the same cases each time


def damaged(text: str, by: random.Random) -> str:
    """Return a text with a sign taken away, put in, or replaced; or cut off."""
    at = by.randrange(len(text))
    match by.randrange(4):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + by.choice(SIGNS) + text[at:]
        case 2:
            return text[:at] + by.choice(SIGNS) + text[at + 1 :]
        case _:
            return text[:at]


# ── On-call calendars ─────────────────────────────────────────────────────────

DAYS = tuple(dt.date(2026, 12, day) for day in range(1, 9))
BEGINS, ENDS = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (2026, 2028))


def entry(number: int, day: dt.date) -> list[str]:
    return [
        f"UID:shift-{number}",
        f"DTSTART;TZID=America/New_York:{day:%Y%m%d}T080000",
        f"DTEND;TZID=America/New_York:{day:%Y%m%d}T170000",
        f"SUMMARY:On call: {name(number)}",
    ]


def name(number: int) -> str:
    return ["ana", "ben", "cleo", "dora", "eli", "fay", "gil", "iris"][number]


@pytest.mark.parametrize("block", range(4))
def test_a_damaged_entry_of_a_calendar_rings_or_is_named_and_the_others_ring(block: int) -> None:
    for case in range(block, CASES, 4):
        by = chance("calendar", case)
        entries = [entry(i, day) for i, day in enumerate(DAYS)]
        hurt = by.randrange(len(entries))
        at = by.randrange(len(entries[hurt]))
        entries[hurt][at] = damaged(entries[hurt][at], by)
        lines, first = ["BEGIN:VCALENDAR", "VERSION:2.0"], 0
        for i, parts in enumerate(entries):
            if i == hurt:
                first = len(lines) + 1
            lines += ["BEGIN:VEVENT", *parts, "END:VEVENT"]
        raw = "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()
        calendar = ICalendar(raw, map(name, range(len(DAYS))), "America/New_York")
        rung = {n for e in calendar.entries(BEGINS, ENDS) for n in e.ring}
        assert rung >= {name(i) for i in range(len(DAYS)) if i != hurt}, raw
        problems = calendar.problems(BEGINS, ENDS)
        is_named = any(first <= problem.line <= first + 5 for problem in problems)
        assert name(hurt) in rung or is_named, raw


def test_a_file_that_is_cut_anywhere_is_refused_or_read() -> None:
    lines = [line for i, day in enumerate(DAYS) for line in _whole(i, day)]
    whole = "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""]).encode()
    for case in range(CASES):
        raw = whole[: chance("cut", case).randrange(len(whole))]
        try:
            calendar = ICalendar(raw, map(name, range(len(DAYS))), "America/New_York")
        except UnreadableError:
            continue
        rung = {n for e in calendar.entries(BEGINS, ENDS) for n in e.ring}
        ended = raw.count(b"END:VEVENT")
        assert len(rung) + len(calendar.problems(BEGINS, ENDS)) >= ended, raw


def _whole(number: int, day: dt.date) -> list[str]:
    return ["BEGIN:VEVENT", *entry(number, day), "END:VEVENT"]


# ── Numbers and hours of line.yaml ────────────────────────────────────────────


def test_a_number_is_the_one_that_was_written_or_none() -> None:
    for case in range(CASES):
        by = chance("number", case)
        digits = f"{by.choice(['202', '303', '512'])}55501{by.randrange(100):02}"
        marks = by.choice(
            [("(", ") ", "-"), ("", "-", "-"), ("", ".", "."), ("", " ", " "), ("",) * 3]
        )
        text = f"{marks[0]}{digits[:3]}{marks[1]}{digits[3:6]}{marks[2]}{digits[6:]}"
        text = by.choice(["", "+1", "+1 ", "1", "1-", "1 "]) + text
        assert national_or_international(text, "US") == f"+1{digits}", text
        hurt = damaged(text, by)
        try:
            number = national_or_international(hurt, "US")
        except ValueError:
            continue
        written = "".join(sign for sign in hurt if sign.isdecimal())
        assert number.removeprefix("+1") == written.removeprefix("1"), (text, hurt)


def clock(by: random.Random, minutes: int) -> str:
    hour, minute = divmod(minutes, 60)
    half = "am" if hour % 24 < 12 else "pm"
    twelve = (hour % 12) or 12
    styles = [f"{hour:02}:{minute:02}", f"{hour}:{minute:02}"]
    if hour < 24:
        styles += [f"{twelve}:{minute:02}{half}", f"{twelve}:{minute:02} {half.upper()}"]
    return by.choice(styles)


BOTH_HALVES = re.compile(r"\b([1-9]|1[0-2]):\d\d(?! ?[apAP])")
"""A time without am or pm, and without a leading zero, that may be in either half of a day."""


def half_a_day_off(begins: int, end: int) -> tuple[int, int]:
    """Return hours whose begin is in the half of the day of their end: "12:15-1:45 AM"."""
    return (begins + 12 * 60) % (24 * 60), end


def test_hours_are_those_that_were_written_or_none() -> None:
    for case in range(CASES):
        by = chance("hours", case)
        begins = 15 * by.randrange(24 * 4)
        ends = begins + 15 * by.randrange(1, 18 * 4)
        end = ends if ends <= 24 * 60 else ends - 24 * 60
        text = clock(by, begins) + by.choice(["-", " - ", "\u2013"]) + clock(by, end)
        day = by.choice(["mon", "Mon", "monday", "MON-FRI", "sat-sun"])
        shares_a_half = BOTH_HALVES.match(text) and re.search("[ap]m$", text, re.IGNORECASE)
        of_both = {(begins, ends)} | ({half_a_day_off(begins, end)} if shares_a_half else set())
        try:
            (spans,) = Hours.model_validate({"week": {day: [text]}}).week.values()
        except ValueError as e:
            is_right = BOTH_HALVES.search(text) and "may mean day or night" in str(e)
        else:
            is_right = minutes_of(spans[0]) in of_both
        assert is_right, text
        hurt = damaged(text, by)
        try:
            (spans,) = Hours.model_validate({"week": {day: [hurt]}}).week.values()
        except ValueError:
            continue
        assert all(0 <= minute <= 48 * 60 for minute in minutes_of(spans[0])), hurt


# ── Translations ──────────────────────────────────────────────────────────────


def refused(path: Path, words: Path, source: Prompts) -> str:
    """Import a PO file; return why it was refused, or nothing."""
    try:
        import_po(path, words, source, Origin())
    except IvrError as e:
        return str(e)
    return ""


def test_a_damaged_translation_is_refused_or_leaves_all_other_prompts(tmp_path: Path) -> None:
    folder = small(tmp_path, spanish=True)
    script = load(folder)
    source, words = script.words["en"].prompts, folder / "es.yaml"
    before = words.read_bytes()
    whole = str(export_po(source, script.words["es"].prompts, "es"))
    texts = {prompt: entry.text for prompt, entry in script.words["es"].prompts.items()}
    path = tmp_path / "es.po"
    for case in range(CASES // 4):
        by = chance("po", case)
        lines = whole.splitlines(keepends=True)
        at = by.randrange(len(lines))
        lines[at] = damaged(lines[at], by)
        path.write_text("".join(lines), encoding="utf-8", newline="")
        words.write_bytes(before)
        if refusal := refused(path, words, source):
            assert "\n" not in refusal
            assert words.read_bytes() == before
            continue
        prompts = read_yaml(words)["prompts"]
        changed = [prompt for prompt, text in texts.items() if prompts[prompt]["text"] != text]
        assert len(changed) <= 1, (case, lines[at], changed)
        assert polib.pofile(str(path))


# ── Recordings ────────────────────────────────────────────────────────────────

BYE = Spoken("en", "Goodbye.", "goodbye")
RATE = 44100
NAMES = ("goodbye.wav", "goodbye.mp3", "goodbye.WAV", "goodbye.xyz", "goodbye.wav.wav", "bye.wav")


def recording(by: random.Random) -> bytes:
    """Return a file that is cut, padded, silent, hissing, damaged, or right."""
    seconds = by.choice([0.1, 1, 2, 2, 2, 3, 20])
    tone = np.sin(2 * np.pi * 500 * np.arange(int(seconds * RATE)) / RATE) * by.choice(
        [0.1, 0.1, 0]
    )
    if by.random() < 0.2:
        tone = np.random.default_rng(by.randrange(100)).normal(0, 0.05, len(tone))
    raw = encoded(Sound(tone.astype(np.float32), RATE), by.choice(["wav", "wav", "mp3"]))
    match by.randrange(4):
        case 0:
            return raw[: by.randrange(len(raw))]
        case 1:
            at = by.randrange(min(len(raw), 200))
            return raw[:at] + by.randbytes(4) + raw[at + 4 :]
        case 2:
            return raw + bytes(by.randrange(100_000))
        case _:
            return raw


def test_a_recording_is_played_as_its_words_or_named_and_an_engine_speaks(tmp_path: Path) -> None:
    clip = clip_key.key(BYE)
    for case in range(CASES // 4):
        by = chance("recording", case)
        folder = tmp_path / str(case)
        path = folder / "recorded" / "en" / by.choice(NAMES)
        path.parent.mkdir(parents=True)
        path.write_bytes(recording(by))
        lines: list[str] = []
        made = render(folder, {clip: BYE}, Rendering(Speaker(Pico())), on_refused=lines.append)
        assert clip in made.clips, case
        if made.clips[clip].engine == "recorded":
            assert 0.2 <= made.clips[clip].seconds <= 6, case
        else:
            assert any(str(path) in line for line in lines), (case, lines)
