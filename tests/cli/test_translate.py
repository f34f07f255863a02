"""`ivr translate`: words go out to a translator as a PO file, and come back."""

import datetime as dt
import shutil
from pathlib import Path

import polib
import pytest

from ivr.checks import review
from ivr.checks.engine.registry import run_checks
from ivr.script.load import load
from ivr.script.review import digest
from tests.cli.conftest import Ivr, translate
from tests.lines import SHIPPED, TODAY
from tests.small_script import edit

FIRST, SECOND = "sign.first", "sign.second"
NEW_SOURCE = {"in": "en.yaml", "replace": "The first sign.", "by": "The very first sign."}
MISSING = {"in": "es.yaml", "replace": "  sign.second: ", "by": "  sign.old: "}


def of(po: polib.POFile, prompt: str) -> polib.POEntry:
    return next(entry for entry in po if entry.msgctxt == prompt)


def is_prompt(entry: polib.POEntry) -> bool:
    return ": " not in entry.msgctxt


# ── Out ───────────────────────────────────────────────────────────────────────


def test_each_prompt_goes_out_with_its_source_and_its_name(export) -> None:
    po = export()
    entry = of(po, FIRST)
    assert (entry.msgid, entry.msgstr, entry.fuzzy) == (
        "The first sign.",
        "La primera señal.",
        False,
    )
    assert po.metadata["Language"] == "es"
    assert len({entry.msgctxt for entry in po}) == len(po) > 50


def test_what_is_stale_or_a_draft_or_of_unknown_origin_is_marked(folder: Path, export) -> None:
    words = folder / "es.yaml"
    drafted = words.read_text().replace("state: reviewed, by: a reviewer,", "by: a reviewer,", 1)
    words.write_text(drafted.replace(f", of: {digest('These are the keys.')}", ""))
    edit(folder, [NEW_SOURCE])
    marked = [entry.msgctxt for entry in export() if entry.fuzzy]
    assert marked == ["opening.danger", FIRST, "help"]


def test_a_prompt_that_the_language_lacks_goes_out_empty(folder: Path, export) -> None:
    edit(folder, [MISSING])
    entry = of(export(), SECOND)
    assert (entry.msgid, entry.msgstr, entry.fuzzy) == ("The second sign.", "", False)


# ── Who vouches for it ────────────────────────────────────────────────────────


def test_a_text_that_comes_back_without_a_name_is_a_draft(folder: Path, export, take_in) -> None:
    po = export()
    of(po, FIRST).msgstr = "¿Primera señal?"
    take_in(po)
    prompt = load(folder).words["es"].prompts[FIRST]
    assert (prompt.text, prompt.state, prompt.by, prompt.on) == (
        "¿Primera señal?",
        "draft",
        None,
        None,
    )


def test_a_text_that_is_untouched_keeps_its_reviewer(folder: Path, export, take_in) -> None:
    po = export()
    of(po, FIRST).msgstr = "La señal número uno."
    take_in(po, "--reviewed-by", "a reader")
    prompts = load(folder).words["es"].prompts
    assert (prompts[FIRST].by, prompts[SECOND].by) == ("a reader", "a reviewer")


def test_a_review_without_a_name_is_one_that_is_still_to_be_made(
    folder: Path, export, take_in
) -> None:
    words = folder / "es.yaml"
    words.write_text(words.read_text().replace(", by: a reviewer, on: 2026-11-01", ""))
    po = export()
    assert all(entry.fuzzy for entry in po if is_prompt(entry))
    of(po, FIRST).flags.remove("fuzzy")
    assert "prompts changed: 1" in take_in(po, "--reviewed-by", "a reader").out
    prompts = load(folder).words["es"].prompts
    assert (prompts[FIRST].is_reviewed, prompts[SECOND].is_reviewed) == (True, False)


def test_the_work_of_a_machine_is_never_heard(folder: Path, export, take_in) -> None:
    po = export()
    for entry in po:
        translate(entry, f"{entry.msgstr or entry.msgstr_plural[0]} (m)")
    assert f"prompts changed: {len(po)};" in take_in(po, "--machine").out
    assert {p.state for p in load(folder).words["es"].prompts.values()} == {"machine"}
    assert all(entry.fuzzy for entry in export() if is_prompt(entry))
    _, problems = run_checks(folder, TODAY, every=(review,))
    assert "the work of a machine that nobody has read" in str(problems[0])


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--export", "out.po", "--reviewed-by", "a reader"), "go with --import FILE"),
        (("--export", "out.po", "--machine"), "go with --import FILE"),
        (("--import", "out.po", "--reviewed-by", " "), "needs the name of a person"),
        (("--import", "out.po", "--reviewed-by", "a reader", "--machine"), "without --machine"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    ivr: Ivr, folder: Path, options: tuple[str, ...], problem: str
) -> None:
    ran = ivr("translate", "es", *options, "--prompts", folder)
    assert ran.status == 2
    assert problem in ran.err


# ── There and back ────────────────────────────────────────────────────────────


def test_what_comes_back_untouched_changes_nothing(folder: Path, export, take_in) -> None:
    edit(folder, [NEW_SOURCE])
    before = (folder / "es.yaml").read_bytes()
    ran = take_in(export())
    assert "prompts changed: 0" in ran.out
    assert (folder / "es.yaml").read_bytes() == before


def test_a_stale_text_that_nobody_has_touched_stays_stale(
    ivr: Ivr, folder: Path, export, take_in
) -> None:
    edit(folder, [NEW_SOURCE])
    take_in(export())
    assert f'"{FIRST}" translates other words than "en" has now' in ivr("check", folder).out


def test_a_translator_mends_what_is_stale(ivr: Ivr, folder: Path, export, take_in) -> None:
    edit(folder, [NEW_SOURCE])
    before = (folder / "es.yaml").read_text()
    po = export()
    of(po, FIRST).msgstr = "La primerísima señal."
    of(po, FIRST).flags.remove("fuzzy")
    ran = take_in(po, "--reviewed-by", "a reader")
    assert ran.out == f"{folder}/es.yaml: prompts changed: 1; now run: ivr check {folder}\n"
    prompt = load(folder).words["es"].prompts[FIRST]
    assert (prompt.text, prompt.state) == ("La primerísima señal.", "reviewed")
    assert (prompt.by, prompt.on) == ("a reader", dt.datetime.now(dt.UTC).date())
    assert "translations" not in ivr("check", folder).out
    after = (folder / "es.yaml").read_text()
    (gone,) = (line for line in before.splitlines() if line not in after.splitlines())
    assert gone.startswith(f'  {FIRST}: {{text: "La primera señal."')
    assert "  # Las señales\n" in after


def test_a_stale_text_that_still_fits_needs_only_its_mark_taken_off(
    ivr: Ivr, folder: Path, export, take_in
) -> None:
    edit(folder, [NEW_SOURCE])
    po = export()
    of(po, FIRST).flags.remove("fuzzy")
    assert "prompts changed: 1" in take_in(po).out
    assert "translations" not in ivr("check", folder).out


def test_a_text_that_comes_back_fuzzy_is_a_draft(folder: Path, export, take_in) -> None:
    po = export()
    of(po, FIRST).msgstr = "¿Primera señal?"
    of(po, FIRST).flags.append("fuzzy")
    take_in(po)
    prompt = load(folder).words["es"].prompts[FIRST]
    assert (prompt.text, prompt.state) == ("¿Primera señal?", "draft")


def test_a_source_that_changed_while_the_translator_worked_is_told(
    ivr: Ivr, folder: Path, export, take_in
) -> None:
    po = export()
    of(po, FIRST).msgstr = "La señal número uno."
    edit(folder, [NEW_SOURCE])
    take_in(po)
    assert f'"{FIRST}" translates other words than "en" has now' in ivr("check", folder).out


def test_what_is_left_empty_or_given_up_is_not_taken_in(folder: Path, export, take_in) -> None:
    po = export()
    of(po, FIRST).msgstr = "  "
    of(po, SECOND).obsolete = 1
    of(po, SECOND).msgstr = "Otra"
    assert "prompts changed: 0" in take_in(po).out
    assert load(folder).text("es", FIRST) == "La primera señal."


def test_the_shipped_spanish_goes_out_and_back(ivr: Ivr, tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "shipped")
    before, po_path = load(folder), tmp_path / "es.po"
    ivr("translate", "es", "--export", po_path, "--prompts", folder)
    po = polib.pofile(str(po_path), encoding="utf-8")
    for entry in po:
        entry.flags = []
    po.save()
    reader = ("--reviewed-by", "a reader")
    ran = ivr("translate", "es", "--import", po_path, *reader, "--prompts", folder)
    assert f"prompts changed: {len([*filter(is_prompt, po)])};" in ran.out
    after = load(folder)
    assert all(p.is_reviewed for p in after.words["es"].prompts.values())
    assert [p.text for p in after.words["es"].prompts.values()] == [
        p.text for p in before.words["es"].prompts.values()
    ]
    comments = [x for x in (SHIPPED / "es.yaml").read_text().splitlines() if x.startswith("#")]
    assert [
        x for x in (folder / "es.yaml").read_text().splitlines() if x.startswith("#")
    ] == comments


def test_a_prompt_that_was_missing_is_put_where_the_source_has_it(
    ivr: Ivr, folder: Path, export, take_in
) -> None:
    edit(folder, [MISSING])
    po = export()
    of(po, SECOND).msgstr = "La señal que sigue."
    assert "prompts changed: 1" in take_in(po).out
    lines = (folder / "es.yaml").read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("  sign.second:"))
    assert lines[at - 1].startswith("  sign.first:")
    assert load(folder).text("es", SECOND) == "La señal que sigue."


def test_a_plain_text_becomes_one_with_its_origin(folder: Path, export, take_in) -> None:
    words = folder / "es.yaml"
    line = next(x for x in words.read_text().splitlines() if x.startswith(f"  {SECOND}:"))
    plain = f"  {SECOND}: La segunda señal."
    edit(folder, [{"in": "es.yaml", "replace": line, "by": plain}])
    po = export()
    of(po, SECOND).flags.remove("fuzzy")
    take_in(po)
    assert load(folder).words["es"].prompts[SECOND].of == digest("The second sign.")


def test_a_new_language_begins_with_its_entry_in_line_yaml(folder: Path, export, take_in) -> None:
    edit(
        folder,
        [
            {"in": "line.yaml", "replace": ", es: ", "by": ", fr: la petite ligne, es: "},
            {
                "in": "line.yaml",
                "replace": "  es: {",
                "by": "  fr: {voice: Polly.Lea-Neural, speech: fr-FR}\n  es: {",
            },
        ],
    )
    po = export("fr")
    assert [entry.msgctxt for entry in po if entry.msgstr] == ["agency: name"]
    for entry in po:
        translate(entry, f"{entry.msgid} (fr)")
    assert f"prompts changed: {len(po)};" in take_in(po, language="fr").out
    assert load(folder).text("fr", FIRST) == "The first sign. (fr)"
    first = (folder / "fr.yaml").read_text().partition("\n")[0]
    assert first == "# yaml-language-server: $schema=schema/words.json"


def test_a_digest_of_digits_alone_stays_text(folder: Path, export, take_in) -> None:
    source = next(f"Sign {n}." for n in range(10_000) if digest(f"Sign {n}.").isdecimal())
    edit(folder, [{"in": "en.yaml", "replace": "The first sign.", "by": source}])
    po = export()
    of(po, FIRST).flags.remove("fuzzy")
    take_in(po)
    assert load(folder).words["es"].prompts[FIRST].of == digest(source)
