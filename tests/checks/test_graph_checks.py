"""The checks that walk the call graph: what they find in scripts that would fail a caller.

A doctored script is the small sound one with some text replaced; where no script can make the line
itself fail, the line is made to.
"""

import datetime as dt
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from ivr.checks import exploration, reach, times
from ivr.checks.engine.context import ScriptContext
from ivr.checks.exploration import explore
from ivr.checks.measures.duration import seconds, turn_seconds
from ivr.checks.measures.twiml_limits import TwimlLimits
from ivr.dialog import Dial, Gather, Key, Place, Spoken, Turn
from ivr.explore import events
from ivr.explore.events import step
from ivr.script.load import load, read
from ivr.script.model import Script
from ivr.twiml import voice as twiml
from tests.lines import TODAY, VARIANTS, english_alone, variant
from tests.walked import Walks

SMALL = Path(__file__).parent.parent / "small"
TALK = "{kind: talk, steps: [sign.first]"
NO_OFFICE = {'office: {number: "+12025550199"': "office: {number: null"}
BRIDGE = {
    "default_language: en": "default_language: en\n"
    "emergency: {bridge: true, address_registered_on: 2026-11-01}"
}

IN_SPANISH_TOO = {"shipped", "voicemail", "bridge", "goodbye", "on-call"}
"""Variants whose walks other tests need, too; the rest are walked in English, in half the time."""

SLOW = pytest.mark.slow
"""Each walk through a variant takes seconds."""

Edits = dict[str, dict[str, str]]
Cases = dict[str, tuple[Edits, str]]
"""What is changed, and every problem that it makes."""

Doctor = Callable[[Edits], Path]


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    """Change the small script: file → what stands there → what shall stand there."""

    def change(edits: Edits) -> Path:
        folder = shutil.copytree(SMALL, tmp_path / "small")
        for name, texts in edits.items():
            text = (folder / name).read_text()
            for old, new in texts.items():
                assert old in text
                text = text.replace(old, new, 1)
            (folder / name).write_text(text)
        return folder

    return change


def told(check: ModuleType, folder: Path) -> list[str]:
    script, files, problems = read(folder)
    assert script, problems
    reported = check.check(ScriptContext(script, files, TODAY))
    return [f"{p.level} {p}".replace(f"{folder}/", "") for p in reported]


def unfolded(text: str) -> list[str]:
    """Return a list of problems that is folded to the width of a page."""
    parts = re.split(r"\n\s*(?=error |warning )", text.rstrip())
    return [" ".join(part.split()) for part in parts[1:]]


@SLOW
@pytest.mark.parametrize("name", VARIANTS)
def test_the_shipped_script_and_its_variants_are_sound(
    name: str, tmp_path: Path, walked: Walks
) -> None:
    folder = variant(name, tmp_path)
    if name not in IN_SPANISH_TOO:
        english_alone(folder / "line.yaml")
    assert told(reach, folder) == []
    assert told(times, folder) == []
    explored = walked(name).exploration if name in IN_SPANISH_TOO else explore(load(folder))
    assert explored.flaws == ()


@pytest.mark.parametrize("check", [reach, exploration, times], ids=lambda c: c.ID)
def test_the_small_script_is_sound(check: ModuleType) -> None:
    assert told(check, SMALL) == []


# ── Exploration ───────────────────────────────────────────────────────────────


ONLY = "911 is for the key 9, or a choice that says so"

EXPLORED: Cases = {
    "a talk that leads back to itself": (
        {"menu.yaml": {"choices: [hotline]": "then: signs"}},
        """
        error menu.yaml:16:3 exploration: goes round without end on silence, through signs
          (ivr call --keys 1,1,-,-): let one of them end in choices
        """,
    ),
    "two talks that lead to each other": (
        {"menu.yaml": {"choices: [hotline]": f"then: more\n  more: {TALK}, then: signs}}"}},
        """
        error menu.yaml:16:3 exploration: goes round without end on silence, through more, signs
          (ivr call --keys 1,1,-,-,-): let one of them end in choices
        """,
    ),
    "a goodbye without the number": (
        {"en.yaml": {"The number is {number}. Again, {number}. Goodbye.": "Goodbye."}},
        """
        error menu.yaml:23:3 exploration: hangs up without having said the hotline's number
          (ivr call --keys 0,busy,-,-): write {number} in the goodbye's prompts
        """,
    ),
    "a transfer without a number, entered by itself": (
        {"line.yaml": NO_OFFICE, "menu.yaml": {"choices: [hotline]": "then: office"}},
        """
        error menu.yaml:16:3 exploration: leads to "office", which cannot be gone to so
          (ivr call --keys 1,1,1,1): a transfer needs a number in line.yaml, and only a transfer
          can be rung
        """,
    ),
    "a call that fails over to a menu": ({"menu.yaml": {"next: office": "next: main"}}, ""),
    "a talk that leads to 911 by itself": (
        {"line.yaml": BRIDGE, "menu.yaml": {"choices: [hotline]": "then: danger"}},
        f"""
        error menu.yaml:16:3 exploration: leads on to 911 though nobody pressed a key for it
          (ivr call --keys 1,1,1,1): {ONLY}
        """,
    ),
    "a call that fails over to 911": (
        {"line.yaml": BRIDGE, "menu.yaml": {"next: office": "next: danger"}},
        f"""
        error menu.yaml:20:3 exploration: leads on to 911 though nobody pressed a key for it
          (ivr call --keys 1,2,3): {ONLY}
        """,
    ),
    "a prompt that is too long for the carrier": (
        {"en.yaml": {"The first sign.": "sign " * 601}},
        """
        error menu.yaml:16:3 exploration: "sign.first" has 3,005 characters, the carrier says
          3,000 (ivr call --keys 1,1): split the prompt
        """,
    ),
    "a turn that is too long for the carrier": (
        {
            "en.yaml": {"Main menu.": "menu " * 500},
            "menu.yaml": {"say: [main.title]": f"say: [{', '.join(['main.title'] * 30)}]"},
        },
        """
        error menu.yaml:8:3 exploration: sends more than 64,000 bytes in one turn, which the
          carrier refuses (ivr call --keys 1,-): split what is said there
        """,
    ),
}


@pytest.mark.parametrize("case", list(EXPLORED))
def test_the_exploration_tells_it_with_the_keys_that_show_it(case: str, doctor: Doctor) -> None:
    edits, problems = EXPLORED[case]
    assert sorted(told(exploration, doctor(edits))) == sorted(unfolded(problems))


def test_an_address_that_is_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exploration, "URL_CHARACTERS", len("en/hotline?at=dial&back=main.0"))
    assert (
        "error menu.yaml:8:3 exploration: leads to an address over 30 characters (ivr call --keys"
        " 1,0): give the nodes shorter names"
    ) in told(exploration, SMALL)


def lead(monkeypatch: pytest.MonkeyPatch, change: Callable[[Place, object, Turn], Turn]) -> None:
    """Make the line do something else than it does."""
    sound = events.reply

    def led(script: Script, place: Place, what: object, *more: object) -> Turn:
        return change(place, what, sound(script, place, what, *more))

    monkeypatch.setattr(events, "reply", led)


def test_an_error_of_the_line_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def change(place: Place, what: object, turn: Turn) -> Turn:
        if place.node == "office" and what == Key("7"):
            raise KeyError("pace")
        return turn

    lead(monkeypatch, change)
    problems = told(exploration, SMALL)
    assert problems == [
        (
            "error menu.yaml:21:3 exploration: the line breaks (KeyError: 'pace')"
            " (ivr call --keys 1,3,7): report it, with the script and the keys"
        )
    ]


def test_a_number_that_is_not_the_scripts_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def change(place: Place, what: object, turn: Turn) -> Turn:
        odd = place.node == "office" and isinstance(turn.verb, Dial)
        return replace(turn, verb=Dial("+12025550100", 30)) if odd else turn

    lead(monkeypatch, change)
    assert (
        'error menu.yaml:21:3 exploration: rings "+12025550100", which line.yaml does not have'
        " (ivr call --keys 1,3,1): ring only its destinations"
    ) in told(exploration, SMALL)


def test_a_ladder_without_a_top_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def change(place: Place, what: object, turn: Turn) -> Turn:
        stays = place.node == turn.place.node == "office"
        return replace(turn, place=turn.place._replace(tries=0)) if stays else turn

    lead(monkeypatch, change)
    assert told(exploration, SMALL)[0] == (
        "error menu.yaml:21:3 exploration: goes round without end on silence, through office"
        " (ivr call --keys 1,3,-): let one of them end in choices"
    )


def test_911_for_a_wrong_key_is_a_problem(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = doctor({"line.yaml": BRIDGE})

    def change(place: Place, what: object, turn: Turn) -> Turn:
        if place.node != "danger" or what != Key("88"):
            return turn
        return replace(turn, place=place._replace(phase="dial"), verb=Dial("911", 30))

    lead(monkeypatch, change)
    assert told(exploration, folder) == [
        (
            "error menu.yaml:22:3 exploration: rings 911 though nobody asked for it twice"
            " (ivr call --keys 9,88): lead to it by a choice; 911 is for the key 9, or a choice"
            " that says so"
        )
    ]


def test_the_figures_are_those_of_the_walk() -> None:
    script = load(SMALL)
    result = explore(script)
    assert result.flaws == ()
    assert result.places > 200
    assert 0 < result.turns <= result.places * 3
    assert 0 < result.seconds < 60
    assert explore(script) is result


# ── What the carrier takes ────────────────────────────────────────────────────


def violations(script: Script, then: Gather | Dial, *, must: int = 0, may: int = 1) -> list[str]:
    sentence = Spoken("en", "Hello.", "help")
    turn = Turn(Place("en", "main"), (sentence,) * must, (sentence,) * may, then)
    return [what for what, _ in TwimlLimits(script).violations(turn)]


def test_words_to_expect_are_few_and_short() -> None:
    script = load(SMALL)
    assert violations(script, Gather(5, tuple(f"w{i}" for i in range(501)))) == [
        "expects 501 different words, the carrier takes 500"
    ]
    assert violations(script, Gather(5, ("w" * 101,))) == [
        'expects "wwwwwwwwwwwwwwwwwwww…", longer than 100 characters'
    ]
    assert violations(script, Gather(5, ("yes", "no"))) == []


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("<Gather><Say>a</Say></Gather>", "sends a <Gather> that leads nowhere"),
        ("<Dial>911</Dial>", "sends a <Dial> that leads nowhere"),
        (
            "<Gather action='x'><Pause/></Gather>",
            "sends <Pause> within <Gather>, which not every carrier takes",
        ),
        ("<Gather action='x'/>", "does not say all that keys may cut short"),
        (
            "<Say>a</Say><Gather action='x'><Say>a</Say></Gather>",
            "does not say first what must be heard",
        ),
    ],
)
def test_the_verbs_are_as_they_must_be(
    body: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = f"<Response>{body}</Response>".encode()
    monkeypatch.setattr(twiml, "render", lambda *_: document)
    assert violations(load(SMALL), Gather(5)) == [what]


# ── Reach ─────────────────────────────────────────────────────────────────────


def chain(n: int) -> str:
    """Return n talks, each of which offers the next."""
    return "".join(
        f"\n  deep-{i}: {{kind: talk, steps: [sign.first], choices: [{{to: {to}, say: to.signs}}]}}"
        for i, to in enumerate([*(f"deep-{j}" for j in range(1, n)), "office"])
    )


REACHED: Cases = {
    "a node that nothing leads to": (
        {"menu.yaml": {"\n  goodbye:": f"\n  alone: {TALK}, then: main}}\n  goodbye:"}},
        """
        error menu.yaml:23:3 reach: nothing leads to "alone": offer it in a menu, or remove it
        """,
    ),
    "choices that have no number": (
        {"line.yaml": NO_OFFICE, "menu.yaml": {"choices: [hotline]": "choices: [office]"}},
        """
        error menu.yaml:19:5 reach: "signs" leads nowhere: none of its choices has a number to
          ring: give a destination a number in line.yaml, or offer something else
        """,
    ),
    "a talk that goes on to nobody": (
        {"line.yaml": NO_OFFICE, "menu.yaml": {"choices: [hotline]": "then: office"}},
        """
        error menu.yaml:19:5 reach: "signs" leads on to "office", which has no number to ring:
          give its destination a number in line.yaml, or lead to a menu that offers it
        """,
    ),
    "a failed call that goes on to a menu": (
        {"menu.yaml": {"next: office": "next: main"}},
        """
        error menu.yaml:20:51 reach: after "hotline", "main" would be rung, which is no transfer:
          name a transfer
        """,
    ),
    "a destination that nothing offers": (
        {
            "menu.yaml": {
                "      - office\n": "",
                ", next: office": "",
                "  office: {kind: transfer, destination: office, say: [office.about]}\n": "",
            }
        },
        """
        warning line.yaml:9:3 reach: "office" has a number, and no menu leads to it: offer it, or
          remove the number
        """,
    ),
    "a destination and a menu that are far away": (
        {
            "menu.yaml": {
                "      - office\n": "      - {to: deep-0, say: to.signs}\n",
                ", next: office": "",
                "\n  goodbye:": f"{chain(4)}\n  goodbye:",
            }
        },
        """
        error menu.yaml:21:3 reach: "office" takes 6 keys from the main menu, limit 3: offer it
          further up
        error menu.yaml:26:3 reach: "deep-3" is 4 choices away from the main menu, limit 3: offer
          it in a menu further up
        error menu.yaml:21:3 reach: "office" is 5 choices away from the main menu, limit 3: offer
          it in a menu further up
        """,
    ),
    "first words without 911": (
        {"en.yaml": {"hang up and dial 911.": "hang up and call for help."}},
        """
        error en.yaml:2:3 reach: the first words of the line do not say 911 in "en": write "hang
          up and dial 911"
        """,
    ),
}


@pytest.mark.parametrize("case", list(REACHED))
def test_reach_tells_it(case: str, doctor: Doctor) -> None:
    edits, problems = REACHED[case]
    assert told(reach, doctor(edits)) == unfolded(problems)


def test_a_place_from_which_0_does_not_ring_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = reach.reply

    def change(script: Script, place: Place, what: Key, at: dt.datetime) -> Turn:
        return sound(
            script, place, Key("5") if (place.node, place.step) == ("signs", 1) else what, at
        )

    monkeypatch.setattr(reach, "reply", change)
    assert told(reach, SMALL) == [
        (
            'error menu.yaml:16:3 reach: 0 does not ring the hotline from "signs": report it,'
            " with the script"
        )
    ]


def test_a_warning_that_can_be_cut_short_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = reach.answer
    monkeypatch.setattr(reach, "answer", lambda *a: replace(sound(*a), must=()))
    assert told(reach, SMALL) == [
        (
            'error menu.yaml:7:3 reach: 911 is not among the first words in "en", or can be cut'
            " short: report it"
        )
    ]


# ── Times ─────────────────────────────────────────────────────────────────────


def test_the_times_add_up() -> None:
    script = load(SMALL)
    rows = {(row.way, row.to, row.done): row for row in times.times(script)}
    opening = step(script, None, "")
    welcome = step(script, opening.place, "1")
    home = step(script, welcome.place, "-")
    office = step(script, home.place, "3")
    ringing = step(script, office.place, "1")
    duration = sum(turn_seconds(script, turn) for turn in (opening, welcome, home, office, ringing))
    assert isinstance(welcome.verb, Gather)
    duration += welcome.verb.timeout
    row = rows["by keys", "office", "rings"]
    assert (row.keys, row.seconds) == ("1,-,3,1", pytest.approx(duration))
    silent = rows["in silence", "a person", "rings"]
    assert silent.keys == "-,-,-,-"
    assert silent.seconds > 3 * 10 + turn_seconds(script, opening)
    assert rows["by keys", "911", "is said"].seconds == seconds(script, opening.must[0])
    assert set(rows) >= {
        ("by keys", "a person", "is offered"),
        ("by keys", "a person", "rings"),
        ("in silence", "hotline", "is over after a failed call"),
    }


def test_what_only_a_talk_leads_to_is_reached_by_hearing_it_to_its_end(doctor: Doctor) -> None:
    folder = doctor({"menu.yaml": {"      - hotline\n      - office\n": "      - office\n"}})
    rows = {(row.way, row.to, row.done): row for row in times.times(load(folder))}
    assert rows["by keys", "hotline", "rings"].keys == "1,-,1,-,-,1,1"


def test_the_way_with_the_fewest_keys_counts_though_it_takes_longer(doctor: Doctor) -> None:
    """To press one key less is worth hearing a talk."""
    chain = "".join(
        f"  deep{i}: {{kind: menu, say: [main.title], choices: [{choice}]}}\n"
        for i, choice in enumerate([*(f"{{to: deep{i}, say: to.back}}" for i in (1, 2)), "hotline"])
    )
    edits = {
        "      - hotline\n": "      - {to: deep0, say: to.back}\n",
        "  signs:\n": chain + "  signs:\n",
    }
    rows = {
        (row.way, row.to, row.done): row for row in times.times(load(doctor({"menu.yaml": edits})))
    }
    assert rows["by keys", "hotline", "rings"].keys == "1,-,1,-,-,1,1"


def test_digits_are_words_and_slow_speech_is_longer() -> None:
    script = load(SMALL)
    plain = Spoken("en", "Call 911 … now.", "help")
    assert seconds(script, plain) == pytest.approx(5 / 130 * 60 + 0.5 + 0.6)
    assert seconds(script, plain._replace(slow=True)) == pytest.approx(
        5 / 130 * 60 / 0.8 + 0.8 + 1.0
    )


LATE: Cases = {
    "911 is said late": (
        {"en.yaml": {"If someone is in danger,": "If someone you know or care for is " * 3}},
        """
        error menu.yaml:7:3 times: "911" is said after 15 s by keys in "en", limit 10 s:
          say less on the way there, or offer it further up
        error menu.yaml:7:3 times: "a person" is offered after 19 s by keys in "en", limit
          15 s: say less on the way there, or offer it further up
        """,
    ),
    "a person is offered late": (
        {"en.yaml": {"To talk to a person": "To talk to a person" + " who can help you" * 5}},
        """
        error menu.yaml:7:3 times: "a person" is offered after 19 s by keys in "en", limit 15 s:
          say less on the way there, or offer it further up
        error menu.yaml:21:3 times: "office failed" is said after 37 s by keys in "en", limit 30 s:
          say less on the way there, or offer it further up
        """,
    ),
    "a menu is said for too long": (
        {
            "menu.yaml": {"say: [main.title]": "first: [main.title]"},
            "en.yaml": {"Main menu.": "Here are many words. " * 30},
        },
        """
        error menu.yaml:8:3 times: "main" is said after 61 s by keys in "en", limit 30 s:
          say less on the way there, or offer it further up
        """,
    ),
    "911 is explained at length": (
        {
            "line.yaml": BRIDGE,
            "en.yaml": {
                "911 knows where you are only when you dial it yourself.": "Please wait. " * 9
            },
        },
        """
        error menu.yaml:22:3 times: "911" is explained after 13 s by keys in "en" (9),
          limit 8 s: say less on the way there, or offer it further up
        error menu.yaml:21:3 times: "office failed" is said after 31 s by keys in "en",
          limit 30 s: say less on the way there, or offer it further up
        """,
    ),
    "a person rings late": (
        {"en.yaml": {"I am still here.": "I am still here. " * 100}},
        """
        error menu.yaml:20:3 times: "a person" rings after 246 s in silence in "en"
          (-,-,-,-), limit 90 s: say less on the way there, or offer it further up
        """,
    ),
    "a destination rings late": (
        {"en.yaml": {"To be connected": "To be connected " + "and so on " * 150}},
        """
        error menu.yaml:20:3 times: "hotline" rings after 264 s by keys in "en" (1,-,2,1),
          limit 240 s: say less on the way there, or offer it further up
        error menu.yaml:21:3 times: "office" rings after 268 s by keys in "en" (1,-,3,1),
          limit 240 s: say less on the way there, or offer it further up
        error menu.yaml:20:3 times: "hotline" is offered at once after 211 s by keys in
          "en", limit 5 s: say less on the way there, or offer it further up
        error menu.yaml:21:3 times: "office" is offered at once after 211 s by keys in
          "en", limit 5 s: say less on the way there, or offer it further up
        error menu.yaml:20:3 times: "hotline" is over after a failed call after 286 s in
          silence in "en", limit 120 s: say less on the way there, or offer it further up
        error menu.yaml:21:3 times: "office" is over after a failed call after 487 s in
          silence in "en", limit 120 s: say less on the way there, or offer it further up
        error menu.yaml:21:3 times: "office failed" is said after 236 s by keys in "en",
          limit 30 s: say less on the way there, or offer it further up
        """,
    ),
}


@pytest.mark.parametrize("case", list(LATE))
def test_times_tells_it(case: str, doctor: Doctor) -> None:
    edits, problems = LATE[case]
    assert told(times, doctor(edits)) == unfolded(problems)
