"""Extras: what ships off is merged into a script like all else, once line.yaml names it."""

import shutil
from pathlib import Path

import polib
import pytest

from ivr.call_graph.model import draw
from ivr.checks import review, translations
from ivr.checks.engine.registry import load_valid, run_checks
from ivr.editing.examine import QUICK
from ivr.problem import Problem, ScriptError
from ivr.script.load import load
from ivr.script.review import SAFETY_TEXTS
from ivr.script.version import version
from tests.cli.conftest import Ivr, ivr
from tests.lines import (
    SHIPPED,
    TODAY,
    WITH_EXTRAS,
    change,
    english_alone,
    read_yaml,
    variant,
    write,
)
from tests.small_script import small

__all__ = ["ivr"]

EXTRAS = sorted(path.name for path in (SHIPPED / "extras").iterdir())

HINT = {
    "menu.yaml": "add:\n  main: [hint]\nnodes:\n"
    "  hint: {kind: talk, steps: [extra.hint], choices: [hotline]}\n",
    "en.yaml": "prompts:\n  to.hint: For a hint\n  extra.hint: A hint.\n",
}
"""An extra for the small script."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the shipped script with all extras that have nodes switched on."""
    return variant("extras", tmp_path)


def with_hint(room: Path, *, on: str = "hint", menu: str = "", words: str = "") -> Path:
    """Return the small script with an extra of its own, switched on."""
    folder = small(room)
    (folder / "extras" / "hint").mkdir(parents=True)
    (folder / "extras/hint/menu.yaml").write_text(menu or HINT["menu.yaml"])
    (folder / "extras/hint/en.yaml").write_text(words or HINT["en.yaml"])
    (folder / "line.yaml").write_text((folder / "line.yaml").read_text() + f"extras: [{on}]\n")
    return folder


def reviewed(folder: Path, level: str) -> list[Problem]:
    """Return what the check of reviews finds."""
    _, problems = run_checks(folder, TODAY, every=[review])
    return [p for p in problems if p.level == level]


def refused(folder: Path) -> list[str]:
    with pytest.raises(ScriptError) as raised:
        load(folder)
    return [str(p).replace(f"{folder}/", "") for p in raised.value.problems]


# ── What ships ───────────────────────────────────────────────────────────────


def test_nothing_of_an_extra_is_in_the_shipped_script() -> None:
    script = load(SHIPPED)
    assert script.line.extras == ()
    assert not any(p.startswith("extra.") for w in script.words.values() for p in w.prompts)


def test_the_line_with_the_extras_passes_every_check(folder: Path) -> None:
    english_alone(folder / "line.yaml")
    _, problems = run_checks(folder, TODAY, every=QUICK)
    assert [str(p) for p in problems if p.level == "error"] == []


def test_every_way_through_the_question_is_explored(tmp_path: Path) -> None:
    folder = small(tmp_path)
    shutil.copytree(SHIPPED / "extras" / "did-you-reach", folder / "extras" / "did-you-reach")
    line = folder / "line.yaml"
    line.write_text(f"{line.read_text()}extras: [did-you-reach]\n")
    _, problems = load_valid(folder, TODAY)
    assert [str(p) for p in problems if p.level == "error"] == []


def test_words_that_no_professional_has_approved_are_named(folder: Path) -> None:
    reported = reviewed(folder, "warning")
    assert {p.about for p in reported} == set(WITH_EXTRAS["extras"]["extras"])
    menu = folder / "extras" / "for-you" / "menu.yaml"
    assert f"{menu}:18:1 review: no professional has approved" in "".join(map(str, reported))
    menu.write_text(
        menu.read_text().replace("approved: null", "approved: {by: a counselor, on: 2026-11-01}")
    )
    assert "for-you" not in {p.about for p in reviewed(folder, "warning")}


def test_texts_of_extras_are_under_the_rules_for_safety_texts(folder: Path) -> None:
    line = folder / "line.yaml"
    content = read_yaml(line)
    del content["unreviewed"]
    write(line, content)
    (shut,) = reviewed(folder, "error")
    texts = load(folder).words["es"].prompts
    count = sum(prompt.startswith(SAFETY_TEXTS) for prompt in texts)
    assert f"of the {count} safety texts" in shut.text
    english = folder / "extras" / "for-you" / "en.yaml"
    english.write_text(english.read_text().replace("hard on you", "very hard on you"))
    (stale,) = run_checks(folder, TODAY, every=[translations])[1]
    assert stale.level == "error"
    assert stale.path == str(folder / "extras" / "for-you" / "es.yaml")


def test_each_says_what_it_rests_on_and_names_nobody_as_its_reviewer() -> None:
    for name in EXTRAS:
        menu = read_yaml(SHIPPED / "extras" / name / "menu.yaml")
        says = any(p.startswith("extra.") for p in words(name, "en"))
        assert bool(menu.get("rests_on")) is says
        assert all(url.startswith("http") for url in menu.get("rests_on", ()))
        assert menu.get("approved") is None
        assert not any("state" in p for p in words(name, "es").values())


def words(name: str, language: str) -> dict:
    prompts = read_yaml(SHIPPED / "extras" / name / f"{language}.yaml")
    return prompts["prompts"]


@pytest.mark.parametrize("name", EXTRAS)
def test_each_extra_works_by_itself(name: str, tmp_path: Path) -> None:
    folder = variant("shipped", tmp_path)
    change(folder / "line.yaml", {"extras": [name]})
    assert version(load(folder)) != version(load(SHIPPED))


def test_a_support_line_without_a_number_is_not_offered(folder: Path) -> None:
    change(folder / "line.yaml", {"destinations": {"support": {"number": None, "source": None}}})
    script = load(folder)
    assert [edge.to for edge in script.edges("for-you")] == ["report"]


def test_the_map_shows_the_extras(folder: Path) -> None:
    assert {"more", "before-you-call", "for-you"} <= {
        box.id for box in draw(load(folder), "en").boxes
    }


# ── An agency's own ──────────────────────────────────────────────────────────


def test_an_agency_can_write_an_extra_of_its_own(tmp_path: Path) -> None:
    script = load(with_hint(tmp_path))
    assert [c.to for c in script.choices(script.graph.nodes["main"]).values()][-1] == "hint"
    assert script.text("en", "extra.hint") == "A hint."


def test_what_menu_yaml_leads_to_itself_is_offered_nowhere_else(tmp_path: Path) -> None:
    folder = with_hint(tmp_path)
    menu = folder / "menu.yaml"
    menu.write_text(menu.read_text().replace("choices: [hotline]", "choices: [hotline, hint]"))
    script = load(folder)
    assert "hint" not in {edge.to for edge in script.edges("main")}
    assert "hint" in {edge.to for edge in script.edges("signs")}


TALK = "nodes:\n  hint: {kind: talk, steps: [extra.hint], choices: [hotline]}\n"
MENU, WORDS = "extras/hint/menu.yaml", "extras/hint/en.yaml"
ELSEWHERE = "name the node in menu.yaml where it is to be offered; this entry then counts no more"
SAYS = f"({MENU}:4 says it)"
TWICE = "stands in another file, too: keep one of them"
OTHERS = "".join(
    f"  {name}: {{kind: talk, steps: [extra.hint], choices: [hint]}}\n"
    for name in ("more", "third")
)
FULL = f"add:\n  main: [hint, more, third]\n{TALK}{OTHERS}"
OFFERS = "  to.more: For more\n  to.third: For a third\n"
MISTAKES = {
    "a misspelled name": (
        {"on": "hnit"},
        ['line.yaml:10:10 load: there is no extra "hnit": did you mean "hint"?'],
    ),
    "a menu that is not there": (
        {"menu": f"add:\n  mian: [hint]\n{TALK}"},
        [
            (
                f'{MENU}:2:10 load: the script has no menu "mian", at which "hint" is to be offered'
                f": {ELSEWHERE}"
            )
        ],
    ),
    "a menu that is full": (
        {"menu": FULL, "words": HINT["en.yaml"] + OFFERS},
        [
            f'{MENU}:2:{column} load: "main" has 5 choices, so "{to}" has no key there: {ELSEWHERE}'
            for column, to in ((16, "more"), (22, "third"))
        ],
    ),
    "a choice that is not there": (
        {"menu": f"instead:\n  main: {{meaning: hint}}\n{TALK}"},
        [
            (
                f'{MENU}:2:10 load: "main" has no choice that leads to "meaning", to lead to "hint"'
                f" instead: {ELSEWHERE}"
            )
        ],
    ),
    "a node that stands twice": (
        {"menu": TALK.replace("hint:", "signs:")},
        [f'{MENU}:2:3 load: the node "signs" stands in another file, too: rename one of them'],
    ),
    "a prompt that stands twice": (
        {"words": HINT["en.yaml"] + "  sign.first: Again.\n"},
        [f'{WORDS}:4:3 load: the prompt "sign.first" {TWICE}'],
    ),
    "a prompt that is missing": (
        {"words": "prompts:\n  to.hint: For a hint\n"},
        [f'en.yaml:1:1 load: the prompt "extra.hint" is missing {SAYS}: did you mean "to.hint"?'],
    ),
    "a node that leads nowhere": (
        {"menu": HINT["menu.yaml"].replace("hotline", "hotlin")},
        [
            f'{MENU}:4:53 load: there is no node "hotlin": did you mean "hotline"?',
            (
                f'en.yaml:1:1 load: the prompt "to.hotlin" is missing {SAYS}:'
                ' did you mean "to.hotline"?'
            ),
        ],
    ),
    "an unknown key": (
        {"menu": HINT["menu.yaml"] + "aproved: null\n"},
        [f'{MENU}:5:1 load: unknown key "aproved": did you mean "approved"?'],
    ),
}


@pytest.mark.parametrize(("edit", "problems"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_file_line_and_remedy(
    edit: dict[str, str], problems: list[str], tmp_path: Path
) -> None:
    assert sorted(refused(with_hint(tmp_path, **edit))) == sorted(problems)


def test_a_folder_without_extras_tells_where_they_are(tmp_path: Path) -> None:
    folder = variant("shipped", tmp_path)
    shutil.rmtree(folder / "extras")
    change(folder / "line.yaml", {"extras": ["for-you"]})
    (problem,) = refused(folder)
    assert "copy the folder extras/ from the prompts that came with the line" in problem


# ── Translators ──────────────────────────────────────────────────────────────


def test_a_review_is_written_into_the_files_of_the_extras(
    folder: Path, ivr: Ivr, tmp_path: Path
) -> None:
    sent = tmp_path / "es.po"
    assert ivr("translate", "es", "--export", sent, "--prompts", folder).status == 0
    po = polib.pofile(str(sent))
    entry = next(e for e in po if e.msgctxt == "extra.for-you.support")
    entry.msgstr, entry.flags = entry.msgstr.replace("No toma", "Aquí no se toman"), []
    po.save(str(sent))
    before = (folder / "es.yaml").read_text()
    reviewer = ("--reviewed-by", "a reviewer")
    ran = ivr("translate", "es", "--import", sent, "--prompts", folder, *reviewer)
    assert ran.status == 0, ran.err
    written = load(folder).words["es"].prompts["extra.for-you.support"]
    assert written.is_reviewed
    assert "Aquí no se toman" in (folder / "extras" / "for-you" / "es.yaml").read_text()
    assert (folder / "es.yaml").read_text() == before


def test_a_new_language_gets_its_files_in_the_extras(
    folder: Path, ivr: Ivr, tmp_path: Path
) -> None:
    assert ivr("language", "add", "de", "--prompts", folder).status == 0
    sent = tmp_path / "de.po"
    assert ivr("translate", "de", "--export", sent, "--prompts", folder).status == 0
    po = polib.pofile(str(sent))
    for entry in po:
        entry.msgstr = "Guten Tag." if entry.msgctxt == "more.title" else ""
    po.save(str(sent))
    assert ivr("translate", "de", "--import", sent, "--prompts", folder).status == 0
    made = (folder / "extras" / "more" / "de.yaml").read_text()
    assert made.startswith("# yaml-language-server: $schema=../../schema/words.json")
    assert "Guten Tag." in made
