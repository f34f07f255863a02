"""What is documented is what there is: settings, commands, kinds of node."""

import html
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
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


WRITTEN_COMMAND = re.compile(
    r"(?m)`ivr( [^`]+)`|<code>ivr( [^<]+)</code>"
    r"|(?:^|&&|\| )[ $]*(?:\.venv/bin/)?ivr( [a-z][^\n]*)"
)
"""A command in prose, in a page, or on a line of an example."""


def written_commands() -> Iterator[tuple[str, str]]:
    """Yield each command that a reader may copy, with its file and line."""
    guides = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    for path in [*guides, *(ROOT / "ivr").rglob("*.py"), *(ROOT / "ivr").rglob("*.html")]:
        text = re.sub(r"\\+\n", " ", path.read_text())
        for match in WRITTEN_COMMAND.finditer(text):
            command = next(filter(None, match.groups())).replace("\n", " ")
            # What follows is a comment, the next command, or where the output goes.
            command = re.split(r" #|  [a-z]|&&|;|\||[<>]|&$", html.unescape(command))[0]
            yield f"{path.relative_to(ROOT)}:{text[: match.start()].count(chr(10)) + 1}", command


def usage_error(command: str) -> str:
    """Return why a command cannot be run as it is written; empty if it can.

    A command that is only named, alone or with an option, is not run.
    """
    words = shlex.split(command)
    part: click.Command | None = ivr
    context = None
    try:
        while words and not words[-1].startswith("-") and part:
            context = part.make_context(part.name, words, parent=context)
            if not isinstance(part, click.Group):
                return ""
            _, part, words = part.resolve_command(context, [*context.protected_args, *context.args])
    except click.exceptions.Exit:
        return ""
    except click.BadParameter as e:
        # A file or a number of an example need not exist; an argument must not be missing.
        return e.format_message() if isinstance(e, click.MissingParameter) else ""
    except click.UsageError as e:
        return e.format_message()
    return ""


def test_every_command_that_is_written_down_can_be_run_as_it_is_written() -> None:
    written = [
        (at, command) for at, command in written_commands() if not re.search("[…{]", command)
    ]
    assert len(written) > 400
    wrong = {f"{at}: ivr{command}": usage_error(command) for at, command in written}
    assert {k: v for k, v in wrong.items() if v} == {}
