"""What is documented is what there is: settings, commands, kinds of node."""

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

from ivr.checks.engine.registry import CHECKS
from ivr.cli.main import COMMANDS, ivr
from ivr.script.nodes import Node
from ivr.settings import table

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
DOCS = "\n".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))


def settings_table() -> str:
    rows = [f"| `{name}` | {about} | {default} |" for name, default, about in table()]
    return "\n".join(["| variable | what for | default |", "|---|---|---|", *rows])


def test_the_readmes_settings_are_those_of_the_code() -> None:
    written = README.partition("<!-- settings -->\n")[2].partition("\n<!-- /settings -->")[0]
    assert written == settings_table()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented_and_its_help_shows_an_example(name: str) -> None:
    assert f"ivr {name}" in README + DOCS
    helped = CliRunner().invoke(ivr, [name, "--help"])
    assert helped.exit_code == 0
    assert "Example:" in helped.output
    assert f"ivr {name}" in helped.output.partition("Example:")[2]


@pytest.mark.parametrize("kind", get_args(Node), ids=lambda k: k.__name__)
def test_every_kind_of_node_is_documented(kind: type) -> None:
    assert f"| `{kind.__name__.lower()}` |" in DOCS


def test_links_in_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", README + DOCS):
        assert (ROOT / target).exists() or (ROOT / "docs" / target).exists(), target


def test_the_layers_of_the_architecture_are_those_that_imports_are_held_to() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["type"] == "layers")
    assert "```\n" + "\n".join(layers) + "\n```" in (ROOT / "docs" / "architecture.md").read_text()


def test_every_module_says_what_room_it_is() -> None:
    for path in (ROOT / "ivr").rglob("*.py"):
        assert path.read_text().lstrip().startswith(('"""', 'r"""')), path


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.ID)
def test_every_check_is_documented(check) -> None:
    asks = (check.__doc__ or "").partition("\n")[0].partition(": ")[2]
    assert f"| `{check.ID}` | {asks} |" in DOCS


def test_the_checks_that_cannot_be_allowed_are_named() -> None:
    protecting = {c.ID for c in CHECKS if c.SAFETY}
    text = " ".join(DOCS.split()).partition("Errors that protect callers (")[2].partition(")")[0]
    assert set(re.findall(r"`(\w+)`", text)) == protecting
