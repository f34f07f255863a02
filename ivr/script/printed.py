"""The keys that stand on printed paper, and the record of what was printed.

The record is `printed.yaml` beside the script's files: it goes where the script goes, also to
another server. In line.yaml it would change the script's version, which is printed itself.
"""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ivr.errors import IvrError
from ivr.script.model import Script
from ivr.script.yaml_edit import entry, save
from ivr.script.yaml_source import read_yaml
from ivr.strict_model import StrictModel

FILE = "printed.yaml"

_HEADER = """\
# What was printed, by `ivr card`. `ivr check` warns if a printed key or number has changed since.
# Take out an entry when its paper is gone.
"""


class Printed(StrictModel):
    """What a printed card says in a language: the script's version, its numbers, where keys lead.

    `language_key` has the keys that lead to the language; empty if the line has one language.
    `keys` are those of the main menu, each with the node that it leads to.
    """

    language: str
    on: dt.date
    version: str
    number: str
    hotline: str
    language_key: str = ""
    keys: Mapping[str, str]


def main_keys(script: Script) -> dict[str, str]:
    """Return the keys of the main menu, each with the node that it leads to."""
    home = script.graph.nodes[script.graph.home]
    return {key: choice.to for key, choice in script.choices(home).items()}


def read_printed(folder: Path) -> tuple[Printed, ...]:
    """Return what was printed from a folder's script. Raises IvrError if the file is broken."""
    path = folder / FILE
    if not path.exists():
        return ()
    source = read_yaml(path)
    try:
        return TypeAdapter(tuple[Printed, ...]).validate_python(source.data or [])
    except ValidationError as e:
        where = ".".join(map(str, e.errors()[0]["loc"]))
        raise IvrError(f"{path}: {where}: {e.errors()[0]['msg']}") from None


def note_printed(folder: Path, printed: Printed) -> None:
    """Add a card to the record, unless the same one is there. Raises IvrError."""
    earlier = read_printed(folder)
    same = {"on": printed.on}
    if any(one.model_copy(update=same) == printed for one in earlier):
        return
    path = folder / FILE
    text = path.read_text() if path.exists() else _HEADER
    fields = printed.model_dump(mode="json")
    line = ", ".join(entry(key, value) for key, value in fields.items())
    save(path, f"{text.rstrip()}\n- {{{line}}}\n")
