"""`ivr language add`: a language is prepared off the air, and callers hear nothing of it."""

from pathlib import Path

import polib
import pytest

from ivr.checks import review, translations, voices
from ivr.checks.engine.registry import run_checks
from ivr.script.load import load, read_parts
from tests.cli.conftest import Ivr, translate
from tests.lines import SHIPPED, TODAY
from tests.small_script import edit, small


def test_a_language_is_added_off_the_air_and_the_line_goes_on(ivr: Ivr, folder: Path) -> None:
    before = (folder / "line.yaml").read_text()
    ran = ivr("language", "add", "vi", "--prompts", folder)
    assert ran.status == 0, ran.err
    entry = "  vi: {voice: Google.vi-VN-Neural2-A, speech: vi-VN, on_air: false}\n"
    assert entry in (folder / "line.yaml").read_text()
    assert (folder / "line.yaml").read_text().replace(entry, "") == before
    assert list(load(folder).words) == list(load(folder).line.languages) == ["en", "es"]
    _, problems = run_checks(folder, TODAY, every=(translations, voices, review))
    assert problems == []


def test_all_that_a_language_needs_goes_out_and_comes_back(ivr: Ivr, tmp_path: Path) -> None:
    item = "# What is said\n- {part: sign, prompt: sign.first, hears: {en: [sign]}}   # one\n"
    folder = small(tmp_path, {"in": "inventory.yaml", "by": item})
    ivr("language", "add", "vi", "--prompts", folder)
    sent = tmp_path / "vi.po"
    ivr("translate", "vi", "--export", sent, "--prompts", folder)
    po = polib.pofile(str(sent), encoding="utf-8")
    contexts = {entry.msgctxt: entry for entry in po}
    assert contexts["agency: name"].msgid == "the small line"
    assert contexts["inventory: 1"].msgid == "sign"
    assert contexts["speech: to.signs"].msgid == "signs"
    assert contexts["sign.first"].comment == "heard at signs (menu.yaml); 2 s in en, at most 21 s"
    for entry in po:
        translate(entry, "\n".join(f"{phrase} ư" for phrase in entry.msgid.splitlines()))
    po.save()
    back = ("--import", sent, "--reviewed-by", "a reader", "--prompts", folder)
    assert f"prompts changed: {len(po)};" in ivr("translate", "vi", *back).out
    parts, _, problems = read_parts(folder, "vi")
    assert problems == []
    assert parts.line is not None
    assert parts.line.agency.name["vi"] == "the small line ư"
    assert parts.words["vi"].speech["to.signs"] == ("signs ư",)
    by = {(p.state, p.by) for p in parts.words["vi"].prompts.values()}
    assert by == {("reviewed", "a reader")}
    text = (folder / "inventory.yaml").read_text()
    assert text == item.replace("[sign]}}", '[sign], vi: ["sign ư"]}}')
    faster = [
        {"in": "line.yaml", "replace": tag, "by": f"{tag}, words_per_minute: 200"}
        for tag in ("speech: en-US", "speech: vi-VN")
    ]
    edit(folder, faster)
    ran = ivr("check", "--language", "vi", folder)
    assert (ran.status, "vi can go on the air" in ran.out) == (1, True)
    assert list(load(folder).words) == ["en"]
    edit(folder, [{"in": "line.yaml", "replace": ", on_air: false", "by": ""}])
    assert list(load(folder).words) == ["en", "vi"]


def test_a_language_that_no_voice_speaks_is_added_to_be_recorded(ivr: Ivr, folder: Path) -> None:
    ran = ivr("language", "add", "so", "--bridge", "Somali", "--recorded", "--prompts", folder)
    assert "so, off the air, spoken by people, who record it" in ran.out
    entry = 'so: {recorded: true, on_air: false, tier: "bridge", called: {en: "Somali"}}'
    assert entry in (folder / "line.yaml").read_text()
    sheet = ivr("audio", "sheet", "so", "--prompts", folder)
    assert "so: 10 texts are missing: ivr check --language so names them" in sheet.err


@pytest.mark.parametrize("off", ["false", "no", "off"])
def test_a_language_is_taken_off_the_air_however_no_is_spelled(folder: Path, off: str) -> None:
    edit(folder, [{"in": "line.yaml", "replace": "es-US,", "by": f"es-US, on_air: {off},"}])
    assert list(load(folder).words) == ["en"]


def test_a_script_with_problems_is_translated_all_the_same(ivr: Ivr, folder: Path) -> None:
    changes = [
        {"in": "line.yaml", "replace": "{en: the small line, es", "by": "{es"},
        {"in": "en.yaml", "replace": "The first sign.", "by": "The first sign{."},
    ]
    edit(folder, changes)
    ran = ivr("translate", "es", "--export", folder / "es.po", "--prompts", folder)
    assert (ran.status, ran.err) == (0, "")


def test_what_is_missing_to_go_on_the_air_is_told_in_a_few_lines(ivr: Ivr, folder: Path) -> None:
    ivr("language", "add", "zh-Hant", "--prompts", folder)
    ran = ivr("check", "--language", "zh-Hant", folder)
    assert ran.status == 2
    assert 'line.yaml:2:3 error load: the agency has no name in "zh-Hant"' in ran.out
    assert (
        'zh-Hant.yaml:4:1 error load: 69 of the 69 prompts are missing, as "choice": translate them'
        " (ivr translate zh-Hant --export zh-Hant.po)"
    ) in ran.out
    assert "zh-Hant cannot go on the air yet" in ran.out


def test_the_shipped_line_is_changed_by_one_line(ivr: Ivr, tmp_path: Path) -> None:
    folder = tmp_path / "shipped"
    folder.mkdir()
    for path in SHIPPED.glob("*.yaml"):
        (folder / path.name).write_bytes(path.read_bytes())
    assert ivr("language", "add", "ja", "--prompts", folder).status == 0
    before, after = ((place / "line.yaml").read_text() for place in (SHIPPED, folder))
    (added,) = set(after.splitlines()) - set(before.splitlines())
    assert added == "  ja: {voice: Polly.Kazuha-Neural, speech: ja-JP, on_air: false}"
    assert len(after) == len(before) + len(added) + 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("es",), 'line.yaml:6: "es" is there already: run ivr check --language es'),
        (("spanish",), '"spanish" is no language code: write it like vi, pt-BR or zh-Hant'),
        (("ht",), "no voice speaks ht: add it with --recorded, and record its texts"),
        (("vi", "--voice", "none"), 'the carrier has no voice "none": name one with --voice'),
    ],
)
def test_what_cannot_be_added_is_refused_in_one_line(
    ivr: Ivr, folder: Path, arguments: tuple[str, ...], problem: str
) -> None:
    ran = ivr("language", "add", *arguments, "--prompts", folder)
    assert ran.status == 1
    assert problem in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_file_that_cannot_be_written_is_one_line_and_the_line_stays(
    ivr: Ivr, folder: Path
) -> None:
    before = (folder / "line.yaml").read_bytes()
    (folder / "vi.yaml").symlink_to("/proc/vi.yaml")
    ran = ivr("language", "add", "vi", "--prompts", folder)
    assert ran.status == 1
    assert ran.err == "/proc/vi.yaml cannot be written: No such file or directory\n"
    assert (folder / "line.yaml").read_bytes() == before


def test_a_language_that_is_not_there_is_not_checked_or_translated(ivr: Ivr, folder: Path) -> None:
    checked = ivr("check", "--language", "vi", folder)
    assert f'{folder}/line.yaml: languages: "vi" is not there' in checked.err
    sent = ivr("translate", "vi", "--export", folder / "vi.po", "--prompts", folder)
    for ran in (checked, sent):
        assert ran.status == 1
        assert "ivr language add vi" in ran.err


def test_phrases_of_an_older_script_are_refused(ivr: Ivr, folder: Path, tmp_path: Path) -> None:
    sent = tmp_path / "es.po"
    ivr("translate", "es", "--export", sent, "--prompts", folder)
    po = polib.pofile(str(sent), encoding="utf-8")
    entry = next(entry for entry in po if entry.msgctxt == "speech: to.signs")
    entry.msgid, entry.msgstr = "other signs", "otras señales"
    po.save()
    ran = ivr("translate", "es", "--import", sent, "--prompts", folder)
    assert '"speech: to.signs" is not in the script any more: export it again' in ran.err
