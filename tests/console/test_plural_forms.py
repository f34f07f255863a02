"""The plural forms of a text that counts are edited like texts, each by itself."""

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ivr.database.engine import Database
from ivr.editing import revisions
from ivr.editing.plural_texts import forms_of, with_form
from ivr.script.load import load
from ivr.script.review import digest
from ivr.settings import Settings
from ivr.web import create_app
from tests.console.conftest import Visitor, state_with_operator
from tests.lines import TOKEN
from tests.many_languages import add_languages
from tests.small_script import counting

NODE = "/edit/node/everywhere"
ONE, FEW = "{count} признак.", "{count} признака."


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = counting(tmp_path_factory.mktemp("counting"))
    add_languages(folder, full=("ru",))
    return folder


@pytest.fixture
def settings(source: Path, tmp_path: Path) -> Settings:
    state = state_with_operator(tmp_path)
    return Settings(auth_tokens=(TOKEN,), prompts=source, state=state)


@pytest.fixture
def maria(settings: Settings) -> Visitor:
    visitor = Visitor(create_app(settings).test_client())
    assert visitor.signs_in().status_code == 302
    return visitor


def saves(maria: Visitor, form: str, text: str, was: str = "", status: int = 303) -> str:
    sent = {"node": "everywhere", "language": "ru", "prompt": f"check.some[{form}]", "text": text}
    answer = maria.sends("/edit/text", was=digest(was), **sent)
    assert answer.status_code == status
    return answer.text


def russian(settings: Settings) -> str:
    with Database(settings).reading() as connection:
        draft = revisions.open_revision(connection)
    assert draft is not None
    return draft.files["ru.yaml"]


def test_a_form_is_written_shown_compared_changed_and_taken_out(
    maria: Visitor, settings: Settings, source: Path
) -> None:
    page = maria.sees(NODE)
    for form in ("one", "few"):
        assert f'id="text-ru-check.some[{form}]"' in page
    assert 'id="text-en-check.some[one]"' in page
    assert 'id="text-en-check.some[few]"' not in page, "English has no such form"
    saves(maria, "few", FEW)
    saves(maria, "one", ONE)
    assert FEW in maria.sees(NODE)
    assert FEW in maria.sees("/edit/translate/ru"), "a text whose form is new is to be reviewed"
    changes = maria.sees("/edit/changes")
    assert "check.some[few]" in changes
    before, after = (source / "ru.yaml").read_text(), russian(settings)
    entry = yaml.safe_load(after)["prompts"]["check.some"]
    assert entry["forms"] == {"few": FEW, "one": ONE}
    assert entry["state"] == "draft"
    lost = [line for line in before.splitlines() if line not in after.splitlines()]
    assert all("state:" in line for line in lost), "every other line is as it was"

    assert "Two texts" in saves(maria, "few", "{count} знака.", was="not this", status=409)
    saves(maria, "few", "{count} знака.", was=FEW)
    saves(maria, "few", "", was="{count} знака.")
    saves(maria, "one", "", was=ONE)
    assert "forms" not in yaml.safe_load(russian(settings))["prompts"]["check.some"]


def test_a_form_has_its_own_problems(maria: Visitor) -> None:
    saves(maria, "few", "{nobody} признака.")
    page = maria.sees(NODE)
    card = page[page.index('id="at-ru-check.some[few]"') :]
    assert "nobody" in card[: card.index("</form>")].replace("{nobody} признака", "")


def test_a_source_text_that_had_no_forms_gets_one(maria: Visitor, settings: Settings) -> None:
    form = {"node": "everywhere", "language": "en", "prompt": "check.some[one]"}
    text = "You said yes to {count} sign."
    assert maria.sends("/edit/text", text=text, was=digest(""), **form).status_code == 303
    with Database(settings).reading() as connection:
        draft = revisions.open_revision(connection)
    assert draft is not None
    entry = yaml.safe_load(draft.files["en.yaml"])["prompts"]["check.some"]
    assert entry == {"text": "You said yes to {count}.", "forms": {"one": text}}


def test_a_changed_form_of_the_source_makes_its_translations_stale(maria: Visitor) -> None:
    english = {"node": "everywhere", "language": "en"}

    def is_stale(prompt: str) -> bool:
        page = maria.sees(NODE)
        card = page[page.index(f'id="at-ru-{prompt}"') :]
        return "translated from has changed" in card[: card.index("</form>")]

    def changes(prompt: str, was: str, text: str) -> None:
        sent = {**english, "prompt": prompt, "was": digest(was), "text": text}
        assert maria.sends("/edit/text", **sent).status_code == 303

    saves(maria, "few", FEW)
    assert not is_stale("check.some")
    changes("check.some[one]", "", "You said yes to {count} sign.")
    assert is_stale("check.some")
    assert is_stale("check.some[few]"), "all its forms are of that source"
    assert "sign.</ins>" in maria.sees(NODE), "it shows the form that is new in the source"
    saves(maria, "few", "{count} знака.", was=FEW)
    assert not is_stale("check.some")
    changes("check.some[one]", "You said yes to {count} sign.", "You said yes to {count} sign now.")
    assert is_stale("check.some")
    assert "<ins" in maria.sees(NODE), "it shows what has changed in the source"
    saves(maria, "few", FEW, was="{count} знака.")
    assert not is_stale("check.some")
    changes("check.some", "You said yes to {count}.", "You have said yes to {count}.")
    assert is_stale("check.some")
    assert "have</ins>" in maria.sees(NODE), "also of the text of a source with forms"


@pytest.mark.parametrize("prompt", ["check.some[other]", "goodbye[one]", "check.some[]"])
def test_what_is_no_form_of_a_language_cannot_be_written(maria: Visitor, prompt: str) -> None:
    form = {"node": "everywhere", "language": "ru", "prompt": prompt, "text": "x"}
    assert maria.sends("/edit/text", was=digest(""), **form).status_code == 404


FILE = """# who wrote it
prompts:
  a: "A"   # first
  check.some:
    text: "{count} b"   # counts
    forms: {one: "{count} a", few: '{count} c'}   # both
    state: draft
  voicemail.recorded: {text: "{days} d", of: "12345678"}
  z: Z
"""


@hypothesis_settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([("check.some", "few"), ("check.some", "many")]),
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"),
        min_size=1,
        max_size=80,
    ),
)
@example(("check.some", "few"), "Are you safe?")
def test_every_other_byte_stays(where: tuple[str, str], typed: str) -> None:
    prompt, form = where
    after = with_form(FILE, ("prompts", prompt, "forms", form), typed)
    changed, before = yaml.safe_load(after), yaml.safe_load(FILE)
    assert changed["prompts"][prompt]["forms"].pop(form) == typed
    before["prompts"][prompt]["forms"].pop(form, None)
    assert changed == before
    assert after.startswith(FILE[: FILE.index(", few:")])
    assert after.endswith(FILE[FILE.index("}   # both") :])


def test_each_language_offers_the_forms_that_it_has(source: Path) -> None:
    assert load(source).words.keys() == {"en", "ru"}
    assert forms_of("ru", "check.some") == ("one", "few")
    assert forms_of("zh", "check.some") == forms_of("en", "goodbye") == ()
