"""`ivr skill`: what an operator does with it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli.local_server import on_loopback
from ivr.cli.main import ivr
from ivr.errors import IvrError
from tests.assistant.conftest import with_skill
from tests.lines import SHIPPED, change


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(ivr, ["skill", *arguments], env=environment)


def test_talking_shows_what_is_heard_until_the_session_ends(folder: Path) -> None:
    at = ("--prompts", str(folder), "--at", "2026-11-24T10:00")
    output = run("talk", *at, "--say", "yes, my agency, xyzzy, help, stop, never said").output
    assert output.startswith("  In danger? Call 9 1 1 from a phone.\n")
    assert "Our office is open now." in output
    assert "> xyzzy (nothing here)\n  I did not get that." in output
    assert "You can say these at any time." in output
    assert output.endswith("(the session has ended)\n")
    assert "never said" not in output


def test_silence_is_answered_with_a_number_and_the_end(folder: Path) -> None:
    output = run("talk", "--prompts", str(folder), "--language", "es", "--say", "-").output
    assert "O llame a este número desde un teléfono: 1, 8 8 8, 3 7 3, 7 8 8 8." in output
    assert output.endswith("(the assistant ends the session)\n")


def test_without_assistant_in_line_yaml_the_remedy_is_told() -> None:
    done = run("talk", "--prompts", str(SHIPPED), "--say", "yes")
    assert isinstance(done.exception, IvrError)
    assert "docs/assistant.md" in str(done.exception)


def test_the_package_is_written(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    url = "https://line.example.org"
    done = run("export", str(out), "--prompts", str(folder), IVR_PUBLIC_URL=url)
    assert done.exit_code == 0, done.output
    assert sorted(p.relative_to(out).as_posix() for p in out.rglob("*.json")) == [
        "skill-package/interactionModels/custom/en-US.json",
        "skill-package/interactionModels/custom/es-US.json",
        "skill-package/skill.json",
    ]
    manifest = json.loads((out / "skill-package/skill.json").read_text())["manifest"]
    assert manifest["apis"]["custom"]["endpoint"]["uri"] == f"{url}/assistant/alexa"


def test_the_package_needs_the_public_url(folder: Path, tmp_path: Path) -> None:
    done = run("export", str(tmp_path), "--prompts", str(folder), IVR_PUBLIC_URL="")
    assert "IVR_PUBLIC_URL is not set" in str(done.exception)


def test_the_doctor_asks_the_line_and_names_what_is_wrong(
    app: object, folder: Path, tmp_path: Path
) -> None:
    with on_loopback(app) as voice:  # type: ignore[arg-type]
        url = voice.removesuffix("/voice")
        output = run("doctor", "--prompts", str(folder), IVR_PUBLIC_URL=url).output
    assert output == f"- {url} does not begin with https://: Alexa calls nothing else\n"
    output = run("doctor", "--prompts", str(folder), IVR_PUBLIC_URL=url).output
    assert f"- {url} does not answer" in output
    new = with_skill(tmp_path)
    change(new / "line.yaml", {"assistant": {"alexa": {"skill_id": None}}})
    words = new / "speaker.en.yaml"
    words.write_text(words.read_text().replace("  help: You can", "  help: These keys you can"))
    output = run("doctor", "--prompts", str(new), IVR_PUBLIC_URL="").output
    assert "skill_id: is not set" in output
    assert '"help" says "keys"' in output
    assert "IVR_PUBLIC_URL is not set" in output


def test_wyoming_is_off_unless_line_yaml_says_so(tmp_path: Path) -> None:
    folder = with_skill(tmp_path)
    change(folder / "line.yaml", {"assistant": {"wyoming": False}})
    done = run("wyoming", "--prompts", str(folder))
    assert "wyoming: true" in str(done.exception)


@pytest.mark.parametrize("command", ["talk", "export", "doctor", "wyoming"])
def test_every_help_shows_an_example(command: str) -> None:
    assert f"ivr skill {command}" in run(command, "--help").output.partition("Example:")[2]


def test_the_words_of_a_speaker_go_to_translators_and_come_back(tmp_path: Path) -> None:
    folder, po = with_skill(tmp_path), tmp_path / "speaker.po"
    words = ("--prompts", str(folder))
    translate = ["translate", "es", "--speaker", *words]
    assert CliRunner().invoke(ivr, [*translate, "--export", str(po)]).exit_code == 0
    catalogue = po.read_text()
    assert "To go on, say yes." in catalogue
    po.write_text(catalogue.replace("Con calma.", "Con mucha calma.").replace("#, fuzzy\n", ""))
    done = CliRunner().invoke(ivr, [*translate, "--import", str(po)])
    assert done.exit_code == 0, done.exception
    assert "Con mucha calma." in (folder / "speaker.es.yaml").read_text()
    phone = CliRunner().invoke(ivr, ["translate", "es", "--speaker", "--export", str(po)])
    assert "docs/assistant.md" in str(phone.exception)
