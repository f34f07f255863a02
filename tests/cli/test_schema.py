"""`ivr schema`: what editors complete and underline is what the line reads."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ivr.cli.schema import schemas
from ivr.script.yaml_source import read_yaml
from tests.cli.conftest import Ivr
from tests.lines import SHIPPED
from tests.small_script import WITHOUT_WARNINGS, small

KINDS = {"line.yaml": "line", "menu.yaml": "menu", "inventory.yaml": "inventory"}


def kind(path: Path) -> str:
    """Return the name of a file's schema."""
    is_extra = path.name == "menu.yaml" and (path.parents[2] / "line.yaml").exists()
    return "extra" if is_extra else KINDS.get(path.name, "words")


def underlined(path: Path) -> list[str]:
    """Return what an editor underlines in a file: the path of each part that does not fit."""
    schema = json.loads(schemas()[f"{kind(path)}.json"])
    Draft202012Validator.check_schema(schema)
    errors = Draft202012Validator(schema).iter_errors(_as_an_editor_reads(path))
    return sorted("/".join(map(str, error.path)) for error in errors)


def _as_an_editor_reads(path: Path) -> Any:
    """JSON has no dates, and names are texts. By YAML 1.2, `on` is a name."""
    return json.loads(json.dumps(read_yaml(path).data, default=dt.date.isoformat))


def test_the_shipped_schemas_are_those_of_the_code(ivr: Ivr, tmp_path: Path) -> None:
    ran = ivr("schema", tmp_path / "schema")
    assert ran.status == 0
    written = {path.name: path.read_text() for path in (tmp_path / "schema").iterdir()}
    shipped = {path.name: path.read_text() for path in (SHIPPED / "schema").iterdir()}
    assert written == shipped, "run: ivr schema prompts/schema"


@pytest.mark.parametrize(
    "path", sorted(SHIPPED.rglob("*.yaml")), ids=lambda p: str(p.relative_to(SHIPPED))
)
def test_every_shipped_file_names_its_schema_and_fits_it(path: Path) -> None:
    name = kind(path)
    first = path.read_text().partition("\n")[0]
    folder = "" if path.parent == SHIPPED else "../../"
    assert first == f"# yaml-language-server: $schema={folder}schema/{name}.json"
    assert (SHIPPED / "schema" / f"{name}.json").exists()
    assert underlined(path) == []


def test_the_small_script_fits(tmp_path: Path) -> None:
    folder = small(tmp_path, *WITHOUT_WARNINGS, spanish=True)
    assert {path.name: underlined(path) for path in folder.glob("*.yaml")} == {
        "line.yaml": [],
        "menu.yaml": [],
        "inventory.yaml": [],
        "en.yaml": [],
        "es.yaml": [],
    }


def test_what_may_be_written_in_short_is_not_underlined(tmp_path: Path) -> None:
    short = {
        "in": "menu.yaml",
        "replace": "      - office\n",
        "by": '      - {to: office, key: 3}\n      - {to: hotline, key: "4", connect: true}\n',
    }
    assert underlined(small(tmp_path, short) / "menu.yaml") == []


@pytest.mark.parametrize(
    ("file", "old", "new", "where"),
    [
        ("line.yaml", "time_zone:", "timezone:", ""),
        ("line.yaml", "speech: en-US", "speech: english", "languages/en/speech"),
        ("line.yaml", "en: {voice", "english: {voice", "languages"),
        ("line.yaml", 'number: "+12025550199"', "phone: 5", "destinations/office"),
        ("menu.yaml", "kind: menu", "kind: list", "nodes/main"),
        ("menu.yaml", "  signs:\n", "  The Signs:\n", "nodes"),
        ("menu.yaml", "- office\n", "- {to: office, key: 7}\n", "nodes/main"),
        ("en.yaml", "  help: These are the keys.", "  help: 5", "prompts/help"),
        ("en.yaml", "  help: These are the keys.", "  Help: Keys.", "prompts"),
        ("es.yaml", "state: reviewed", "state: perfect", "prompts/opening.danger"),
        ("inventory.yaml", "hears:", "says:", "0"),
    ],
)
def test_a_slip_of_the_pen_is_underlined(
    file: str, old: str, new: str, where: str, tmp_path: Path
) -> None:
    slip = {"in": file, "replace": old, "by": new}
    marked = underlined(small(tmp_path, *WITHOUT_WARNINGS, slip, spanish=True) / file)
    assert where in marked


def test_a_folder_that_cannot_be_written_is_one_line(ivr: Ivr, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = ivr("schema", tmp_path / "file" / "schema")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == f"{tmp_path / 'file' / 'schema'} cannot be written: Not a directory\n"
