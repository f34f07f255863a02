"""What `ivr translate` cannot do: told in one line, and nothing is written."""

import re
from pathlib import Path

import polib
import pytest

from tests.cli.conftest import Ivr
from tests.cli.test_translate import FIRST, of
from tests.small_script import edit, small


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


@pytest.mark.parametrize("written", ["fr", "fr_CA", "pt-BR", "French"])
def test_a_file_of_another_language_never_replaces_reviewed_words(
    folder: Path, export, take_in, written: str
) -> None:
    before = (folder / "es.yaml").read_bytes()
    po = export()
    of(po, FIRST).msgstr = "Le premier signe."
    po.metadata["Language"] = written
    ran = take_in(po)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.endswith(
        f'/back.po is "Language: {written}", not es: name the PO file of es, or correct its'
        " header\n"
    )
    assert (folder / "es.yaml").read_bytes() == before


@pytest.mark.parametrize("written", ["es", "es_MX", "ES-us", ""])
def test_a_regional_name_of_the_language_is_taken(export, take_in, written: str) -> None:
    po = export()
    of(po, FIRST).msgstr = "La primerísima señal."
    po.metadata["Language"] = written
    assert "prompts changed: 1;" in take_in(po).out


def test_a_prompt_that_is_translated_twice_is_told_with_both_lines(
    folder: Path, export, take_in
) -> None:
    before = (folder / "es.yaml").read_bytes()
    po = export()
    po.append(polib.POEntry(msgctxt=FIRST, msgid="The first sign.", msgstr="Otra señal."))
    ran = take_in(po)
    assert ran.status == 1
    assert re.search(rf':(\d+): "{FIRST}" stands twice, first in line \d+: keep one', ran.err)
    assert ran.err.count("\n") == 1
    assert (folder / "es.yaml").read_bytes() == before


def test_a_translation_with_plural_forms_is_told_with_its_line(
    folder: Path, export, take_in
) -> None:
    before = (folder / "es.yaml").read_bytes()
    po = export()
    entry = of(po, FIRST)
    entry.msgid_plural, entry.msgstr_plural = "The signs.", {0: "La señal.", 1: "Las señales."}
    ran = take_in(po)
    assert (ran.status, ran.out) == (1, "")
    assert re.search(rf'back\.po:\d+: "{FIRST}" has plural forms: take out msgid_plural', ran.err)
    assert (folder / "es.yaml").read_bytes() == before


@pytest.mark.parametrize(
    "part", ['msgstr "La señal', 'msgstr ""\n"La señal', 'msgstr "La señal\\"']
)
def test_a_quote_that_is_not_closed_is_told_with_its_line(
    ivr: Ivr, folder: Path, tmp_path: Path, part: str
) -> None:
    before = (folder / "es.yaml").read_bytes()
    content = f'msgctxt "{FIRST}"\nmsgid "The first \\"sign\\"."\n{part}\n'
    (tmp_path / "back.po").write_text(content, "utf-8")
    ran = ivr("translate", "es", "--import", tmp_path / "back.po", "--prompts", folder)
    line = content.count("\n")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.endswith(f"back.po:{line}: a quote is not closed: write \" at the line's end\n")
    assert (folder / "es.yaml").read_bytes() == before


def test_a_file_in_the_encoding_that_its_header_names_is_read(
    ivr: Ivr, folder: Path, export, tmp_path: Path
) -> None:
    po = export()
    of(po, FIRST).msgstr = "La primerísima señal."
    po.metadata["Content-Type"] = "text/plain; charset=ISO-8859-1"
    po.encoding = "ISO-8859-1"
    po.save(str(tmp_path / "latin.po"))
    ran = ivr("translate", "es", "--import", tmp_path / "latin.po", "--prompts", folder)
    assert "prompts changed: 1;" in ran.out
    assert "La primerísima señal." in (folder / "es.yaml").read_text("utf-8")


def test_a_file_that_is_not_there_is_one_line(ivr: Ivr, folder: Path, tmp_path: Path) -> None:
    ran = ivr("translate", "es", "--import", tmp_path / "back.po", "--prompts", folder)
    assert (ran.status, ran.err) == (
        1,
        f"{tmp_path}/back.po is not there: name the PO file that came back\n",
    )


def test_a_file_that_cannot_be_written_is_one_line(ivr: Ivr, folder: Path, tmp_path: Path) -> None:
    ran = ivr("translate", "es", "--export", tmp_path, "--prompts", folder)
    assert (ran.status, ran.err) == (1, f"{tmp_path} cannot be written: Is a directory\n")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_language_that_is_no_translation_is_told(
    ivr: Ivr, folder: Path, language: str, tmp_path: Path
) -> None:
    ran = ivr("translate", language, "--export", tmp_path / "out.po", "--prompts", folder)
    add = f"add it (ivr language add {language})"
    assert (ran.status, ran.err) == (
        1,
        f'"{language}" is not a translation of this script: use one of es, or {add}\n',
    )


def test_a_script_of_one_language_tells_how_to_add_another(ivr: Ivr, tmp_path: Path) -> None:
    ran = ivr("translate", "es", "--export", tmp_path / "o.po", "--prompts", small(tmp_path))
    assert ran.err == ('"es" is not a translation of this script: add it (ivr language add es)\n')


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
