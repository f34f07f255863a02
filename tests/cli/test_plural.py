"""Texts that count something have the plural forms of their language, in YAML and in PO files."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from babel import Locale
from babel.messages.plurals import get_plural

from ivr.checks import translations
from ivr.checks.engine.registry import run_checks
from ivr.dialog import Place
from ivr.dialog.prompts import spoken
from ivr.problem import ScriptError
from ivr.script import plural
from ivr.script.load import load
from ivr.script.plural import form_of, forms_needed
from tests.cli.conftest import Ivr
from tests.lines import SHIPPED, TODAY
from tests.many_languages import add_languages
from tests.small_script import counting, edit, small

RUSSIAN = {"one": "{count} признак.", "few": "{count} признака.", "many": "{count} признаков."}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a small line in English and Russian, with a check of six signs."""
    folder = counting(tmp_path)
    add_languages(folder, full=("ru",))
    return folder


def says(folder: Path, count: int, language: str = "ru") -> str:
    place = Place(language, "count")
    return spoken(load(folder), place, "check.some", count=str(count)).text


def problems(folder: Path) -> list[str]:
    _, reported = run_checks(folder, TODAY, every=[translations])
    return [p.text for p in reported if "form" in p.text]


def test_each_language_has_the_forms_of_cldr() -> None:
    assert [form_of("ru", n) for n in (1, 2, 5, 11, 21)] == ["one", "few", "many", "many", "one"]
    assert [form_of("ar", n) for n in (1, 2, 3, 11, 100)] == ["one", "two", "few", "many", "other"]
    assert {form_of(code, 5) for code in ("en", "es", "zh", "ht", "hmn")} == {"other"}
    assert forms_needed("ru", range(2, 8)) == ["few"], "what is most usual is the text itself"
    assert forms_needed("en", range(2, 18)) == forms_needed("zh", [1]) == []


def test_the_check_names_a_form_that_callers_would_miss(folder: Path) -> None:
    assert problems(folder) == ['"check.some" has no form "few", as for 2']


@pytest.fixture
def _no_babel(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the extra look as if it was not installed, as after `make run`."""
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "babel" else real(name)
    )
    for function in (plural.form_of, plural.gettext_rule, plural.gettext_forms):
        function.cache_clear()
    yield
    for function in (plural.form_of, plural.gettext_rule, plural.gettext_forms):
        function.cache_clear()


@pytest.mark.usefixtures("_no_babel")
def test_without_the_extra_a_text_has_one_form_and_the_check_says_what_installs_it(
    ivr: Ivr, folder: Path, tmp_path: Path
) -> None:
    assert problems(folder) == ["the plural forms of ru are unknown: its counting texts have one"]
    assert says(folder, 2).replace("2", "5") == says(folder, 5)
    refused = ivr("translate", "ru", "--export", tmp_path / "ru.po", "--prompts", folder)
    assert 'babel is not installed: pip install "csec-ivr[plurals]"' in refused.err
    assert [form_of("en", n) for n in (0, 1, 2)] == ["other", "one", "other"]
    assert not [p for p in run_checks(SHIPPED, TODAY, every=[translations])[1] if "form" in p.text]


@pytest.mark.parametrize("language", ["en", "es"])
def test_english_and_spanish_have_cldrs_forms_without_babel(language: str) -> None:
    numbers = range(1_000)
    locale = Locale.parse(language)
    assert [form_of(language, n) for n in numbers] == [locale.plural_form(n) for n in numbers]
    rule = get_plural(language)
    assert plural.gettext_rule(language) == (rule.num_plurals, rule.plural_expr)


def test_a_caller_hears_the_form_of_the_number(ivr: Ivr, folder: Path, tmp_path: Path) -> None:
    sent = tmp_path / "ru.po"
    ivr("translate", "ru", "--export", sent, "--prompts", folder)
    po = polib.pofile(str(sent), encoding="utf-8")
    assert po.metadata["Plural-Forms"].startswith("nplurals=3; plural=")
    entry = next(entry for entry in po if entry.msgctxt == "check.some")
    assert entry.msgid_plural == "You said yes to {count}."
    assert list(entry.msgstr_plural) == [0, 1, 2]
    entry.msgstr_plural = dict(enumerate(RUSSIAN.values()))
    po.save()
    back = ("--import", sent, "--reviewed-by", "a reader", "--prompts", folder)
    assert "prompts changed: 1;" in ivr("translate", "ru", *back).out
    assert [says(folder, n) for n in (2, 5, 21)] == ["2 признака.", "5 признаков.", "21 признак."]
    assert problems(folder) == []
    ivr("translate", "ru", "--export", sent, "--prompts", folder)
    assert "prompts changed: 0;" in ivr("translate", "ru", *back).out
    assert says(folder, 3, "en") == "You said yes to 3."


def test_a_changed_form_of_the_source_makes_its_translation_stale_until_it_comes_back(
    ivr: Ivr, folder: Path, tmp_path: Path
) -> None:
    forms = '{text: "You said yes to {count}.", forms: {one: "You said yes to {count} sign."}}'
    text = "check.some: You said yes to {count}."
    edit(folder, [{"in": "en.yaml", "replace": text, "by": f"check.some: {forms}"}])

    def stale() -> list[str]:
        _, reported = run_checks(folder, TODAY, every=[translations])
        return [p.about for p in reported if "translates other words" in p.text]

    assert stale() == ["check.some"]
    sent = tmp_path / "ru.po"
    ivr("translate", "ru", "--export", sent, "--prompts", folder)
    po = polib.pofile(str(sent), encoding="utf-8")
    entry = next(entry for entry in po if entry.msgctxt == "check.some")
    assert entry.fuzzy
    entry.flags, entry.msgstr_plural = [], dict(enumerate(RUSSIAN.values()))
    po.save()
    ivr("translate", "ru", "--import", sent, "--reviewed-by", "a reader", "--prompts", folder)
    assert stale() == []


def test_a_file_that_numbers_its_forms_otherwise_is_refused(
    ivr: Ivr, folder: Path, tmp_path: Path
) -> None:
    sent = tmp_path / "ru.po"
    ivr("translate", "ru", "--export", sent, "--prompts", folder)
    po = polib.pofile(str(sent), encoding="utf-8")
    po.metadata["Plural-Forms"] = "nplurals=2; plural=(n != 1);"
    po.save()
    ran = ivr("translate", "ru", "--import", sent, "--prompts", folder)
    assert ran.status == 1
    assert "has other plural forms than ru" in ran.err


@pytest.mark.parametrize(
    ("prompt", "forms", "problem"),
    [
        ("goodbye", "{one: Bye.}", '"goodbye" counts nothing, and has plural forms'),
        ("check.some", "{few: A few.}", '"check.some" does not say {count}'),
        ("check.some", '{one: "{cuont}"}', '"check.some" has the unknown blank {cuont}'),
        ("check.some", "{dual: Two.}", "the key"),
    ],
)
def test_forms_that_cannot_be_said_are_refused(
    tmp_path: Path, prompt: str, forms: str, problem: str
) -> None:
    folder = small(tmp_path)
    text = load(folder).text("en", prompt)
    by = f'  {prompt}: {{text: "{text}", forms: {forms}}}\n'
    line = next(
        one
        for one in (folder / "en.yaml").read_text().splitlines()
        if one.startswith(f"  {prompt}:")
    )
    edit(folder, [{"in": "en.yaml", "replace": f"{line}\n", "by": by}])
    with pytest.raises(ScriptError) as raised:
        load(folder)
    assert problem in str(raised.value)
