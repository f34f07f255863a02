"""`ivr translate`: words go out to a translator as a PO file, and come back."""

from collections.abc import Callable
from pathlib import Path

import polib
import pytest

from ivr.script.load import load
from ivr.script.po import digest
from tests.cli.conftest import Ivr, Ran
from tests.small_script import edit, small

FIRST, SECOND = "sign.first", "sign.second"
NEW_SOURCE = {"in": "en.yaml", "replace": "The first sign.", "by": "The very first sign."}
COMMENT = {"in": "es.yaml", "replace": "  sign.first:", "by": "  # Las señales\n  sign.first:"}
MISSING = {"in": "es.yaml", "replace": "  sign.second: ", "by": "  sign.old: "}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small(tmp_path, COMMENT, spanish=True)


@pytest.fixture
def export(ivr: Ivr, folder: Path, tmp_path: Path) -> Callable[..., polib.POFile]:
    def exported(language: str = "es") -> polib.POFile:
        ran = ivr("translate", language, "--export", tmp_path / "out.po", "--prompts", folder)
        assert ran.status == 0, ran.err
        return polib.pofile(str(tmp_path / "out.po"), encoding="utf-8")

    return exported


@pytest.fixture
def take_in(ivr: Ivr, folder: Path, tmp_path: Path) -> Callable[..., Ran]:
    def taken(po: polib.POFile, language: str = "es") -> Ran:
        po.save(str(tmp_path / "back.po"))
        return ivr("translate", language, "--import", tmp_path / "back.po", "--prompts", folder)

    return taken


def of(po: polib.POFile, prompt: str) -> polib.POEntry:
    return next(entry for entry in po if entry.msgctxt == prompt)


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
    drafted = words.read_text().replace("state: reviewed", "state: draft", 1)
    words.write_text(drafted.replace(f", of: {digest('These are the keys.')}", ""))
    edit(folder, [NEW_SOURCE])
    marked = [entry.msgctxt for entry in export() if entry.fuzzy]
    assert marked == ["opening.danger", FIRST, "help"]


def test_a_prompt_that_the_language_lacks_goes_out_empty(folder: Path, export) -> None:
    edit(folder, [MISSING])
    entry = of(export(), SECOND)
    assert (entry.msgid, entry.msgstr, entry.fuzzy) == ("The second sign.", "", False)


# ── There and back ────────────────────────────────────────────────────────────


def test_what_comes_back_untouched_changes_nothing(folder: Path, export, take_in) -> None:
    edit(folder, [NEW_SOURCE])
    before = (folder / "es.yaml").read_bytes()
    ran = take_in(export())
    assert "0 prompts changed" in ran.out
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
    ran = take_in(po)
    assert ran.out == f"{folder}/es.yaml: 1 prompts changed; now run: ivr check {folder}\n"
    prompt = load(folder).words["es"].prompts[FIRST]
    assert (prompt.text, prompt.state) == ("La primerísima señal.", "reviewed")
    assert "translations" not in ivr("check", folder).out
    after = (folder / "es.yaml").read_text()
    assert [line for line in before.splitlines() if line not in after.splitlines()] == [
        f'  {FIRST}: {{text: "La primera señal.", of: {digest("The first sign.")}, state: reviewed}}'
    ], "comments and all else stay"
    assert "  # Las señales\n" in after


def test_a_stale_text_that_still_fits_needs_only_its_mark_taken_off(
    ivr: Ivr, folder: Path, export, take_in
) -> None:
    edit(folder, [NEW_SOURCE])
    po = export()
    of(po, FIRST).flags.remove("fuzzy")
    assert "1 prompts changed" in take_in(po).out
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
    assert "0 prompts changed" in take_in(po).out
    assert load(folder).text("es", FIRST) == "La primera señal."


def test_a_prompt_that_was_missing_is_put_where_the_source_has_it(
    ivr: Ivr, folder: Path, export, take_in
) -> None:
    edit(folder, [MISSING])
    po = export()
    of(po, SECOND).msgstr = "La señal que sigue."
    assert "1 prompts changed" in take_in(po).out
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
    assert not any(entry.msgstr for entry in po)
    for entry in po:
        entry.msgstr = f"{entry.msgid} (fr)"
    assert f"{len(po)} prompts changed" in take_in(po, "fr").out
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


# ── What cannot be done ───────────────────────────────────────────────────────


def test_a_prompt_that_the_script_does_not_have_is_told(folder: Path, export, take_in) -> None:
    before = (folder / "es.yaml").read_bytes()
    po = export()
    of(po, FIRST).msgstr = "La primerísima señal."
    po.append(polib.POEntry(msgctxt="sign.third", msgid="The third sign.", msgstr="La tercera."))
    po.append(polib.POEntry(msgid="No name.", msgstr="Sin nombre."))
    ran = take_in(po)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.endswith(
        '/back.po: the script has no prompt "sign.third", "No name.": export it again, and carry'
        " over what was translated\n"
    )
    assert (folder / "es.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "has no entries: export a PO file with --export"),
        (b"prompts: {}\n", "is not a PO file (Syntax error in po file"),
        (b'msgid "a"\nmsgstr "\xff"\n', "is not a PO file ("),
    ],
)
def test_a_file_that_is_no_po_file_is_one_line(
    ivr: Ivr, folder: Path, tmp_path: Path, content: bytes, what: str
) -> None:
    (tmp_path / "back.po").write_bytes(content)
    ran = ivr("translate", "es", "--import", tmp_path / "back.po", "--prompts", folder)
    assert ran.status == 1
    assert ran.err.startswith(f"{tmp_path}/back.po {what}")
    assert ran.err.count("\n") == 1


def test_a_file_that_is_not_there_is_one_line(ivr: Ivr, folder: Path, tmp_path: Path) -> None:
    ran = ivr("translate", "es", "--import", tmp_path / "back.po", "--prompts", folder)
    assert (ran.status, ran.err) == (
        1,
        f"{tmp_path}/back.po is not there: name the PO file that came back\n",
    )


def test_a_file_that_cannot_be_written_is_one_line(ivr: Ivr, folder: Path, tmp_path: Path) -> None:
    ran = ivr("translate", "es", "--export", tmp_path, "--prompts", folder)
    assert (ran.status, ran.err) == (1, f"{tmp_path} cannot be written (Is a directory)\n")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_language_that_is_no_translation_is_told(
    ivr: Ivr, folder: Path, language: str, tmp_path: Path
) -> None:
    ran = ivr("translate", language, "--export", tmp_path / "out.po", "--prompts", folder)
    assert (ran.status, ran.err) == (
        1,
        f'"{language}" is no translation of this script: use one of es\n',
    )


def test_a_script_of_one_language_tells_how_to_add_another(ivr: Ivr, tmp_path: Path) -> None:
    ran = ivr("translate", "es", "--export", tmp_path / "o.po", "--prompts", small(tmp_path))
    assert ran.err == ('"es" is no translation of this script: add it to languages in line.yaml\n')


def test_words_that_cannot_be_read_are_told_with_their_line(
    ivr: Ivr, folder: Path, tmp_path: Path
) -> None:
    edit(folder, [{"in": "es.yaml", "replace": "state: reviewed", "by": "state: perfect"}])
    ran = ivr("translate", "es", "--export", tmp_path / "out.po", "--prompts", folder)
    assert ran.status == 1
    assert ran.err.startswith(f"{folder}/es.yaml:2:")
    assert ran.err.count("\n") == 1


def test_a_script_that_is_not_there_is_one_line(ivr: Ivr, tmp_path: Path) -> None:
    ran = ivr("translate", "es", "--export", tmp_path / "o.po", "--prompts", tmp_path / "none")
    assert ran.status == 1
    assert "there is no such folder of prompts" in ran.err


@pytest.mark.parametrize("options", [(), ("--export", "a.po", "--import", "b.po")])
def test_it_goes_one_way_at_a_time(ivr: Ivr, options: tuple[str, ...]) -> None:
    ran = ivr("translate", "es", *options)
    assert ran.status == 2
    assert "give either --export FILE or --import FILE" in ran.err
