"""`ivr schema`: JSON Schemas of the script's files, for completion and checks in editors."""

import json
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter

from ivr.cli.options import PATH
from ivr.errors import report_unwritable
from ivr.script.extra import Extra
from ivr.script.line import Line
from ivr.script.model import Graph, Words
from ivr.script.required_prompts import INVENTORY

SCHEMAS: dict[str, TypeAdapter[Any]] = {
    "line": TypeAdapter(Line),
    "menu": TypeAdapter(Graph),
    "words": TypeAdapter(Words),
    "extra": TypeAdapter(Extra),
    "inventory": INVENTORY,
}
"""The model of each kind of file, by the name of its schema."""


@click.command()
@click.argument("folder", type=PATH, default=Path("prompts/schema"))
def schema(folder: Path) -> None:
    """Write line.json, menu.json, words.json, extra.json and inventory.json into FOLDER.

    The first line of each file of the script names its schema, for YAML language servers:

    \b
      # yaml-language-server: $schema=schema/line.json

    \b
    Example:
      ivr schema prompts/schema
    """
    with report_unwritable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in schemas().items():
            (folder / name).write_text(text, encoding="utf-8")
    click.echo(f"{folder}: {', '.join(schemas())}")


def schemas() -> dict[str, str]:
    """Return the JSON Schema of each kind of file, by file name."""
    return {f"{name}.json": _text(kind.json_schema()) for name, kind in SCHEMAS.items()}


def _text(made: dict[str, Any]) -> str:
    # The short forms are allowed: a choice as the name of a node, and a prompt as its text.
    defined = made.get("$defs", {})
    for name in {"Choice", "Prompt"} & defined.keys():
        _a_key_may_be_a_number(defined[name])
        defined[name] = {"anyOf": [{"type": "string"}, defined[name]]}
    _names(made)
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _names(made: Any) -> None:  # noqa: ANN401 any part of a JSON Schema
    """Allow only names (of nodes, prompts …) that match their patterns."""
    if isinstance(made, dict):
        if "patternProperties" in made:
            made["additionalProperties"] = False
        for part in made.values():
            _names(part)
    elif isinstance(made, list):
        for part in made:
            _names(part)


def _a_key_may_be_a_number(choice: dict[str, Any]) -> None:
    for option in choice["properties"].get("key", {}).get("anyOf", ()):
        if "enum" in option:
            del option["type"]
            option["enum"] += [int(key) for key in option["enum"]]
