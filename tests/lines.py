"""Phone scripts for tests: the shipped one, and the shipped one with a few things changed."""

import shutil
from pathlib import Path
from typing import Any

import yaml

SHIPPED = Path(__file__).parent.parent / "prompts"
TOKEN = "a-token-for-tests"

VARIANTS: dict[str, dict[str, Any]] = {
    "shipped": {},
    "bridge": {"emergency": {"bridge": True, "address_registered_on": "2026-11-01"}},
    "state": {"destinations": {"state": {"number": "+12025550123"}}},
    "goodbye": {"silence": "goodbye"},
    "keys-only": {"speech": False},
}
"""What is changed in line.yaml; a folder of that name under calls/ holds its conversations."""


def variant(name: str, room: Path) -> Path:
    """Return the folder of a variant of the shipped script, made in a temporary room."""
    folder = room / name
    shutil.copytree(SHIPPED, folder)
    change(folder / "line.yaml", VARIANTS[name])
    return folder


def change(path: Path, changes: dict[str, Any]) -> None:
    """Change a YAML file: mappings are merged, all else is replaced."""
    data = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(_merged(data, changes), allow_unicode=True, sort_keys=False))


def _merged(data: Any, changes: Any) -> Any:
    if isinstance(data, dict) and isinstance(changes, dict):
        return {**data, **{k: _merged(data.get(k), v) for k, v in changes.items()}}
    return changes
