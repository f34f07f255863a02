"""Measures how long `ivr check` takes as a whole process, and how that grows with the script.

    python -m bench.check

A script N times as large has N copies of all nodes except a few that are shared, with their words.
Each copy is reached from the one before it. Ratios are of the same run, so that they hold on any
machine.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

SHIPPED = Path(__file__).parent.parent / "prompts"
SHARED = {"opening", "goodbye", "danger", "hotline"}
"""The nodes that are not copied."""

ONWARD = "signs"
"""The menu of each copy that offers the next copy, since it has few choices."""


class Plain(yaml.SafeDumper):
    """Writes repeated values in full: a script has no YAML aliases."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 PyYAML's signature
        """Use no aliases."""
        return True


def main() -> None:
    """Time each size several times, in turns, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 5, 20])
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        folders = {n: larger(n, Path(room) / str(n)) for n in asked.sizes}
        seconds: dict[int, list[float]] = {n: [] for n in asked.sizes}
        for _ in range(asked.rounds):
            for n, folder in folders.items():
                seconds[n].append(timed(folder))
    base = statistics.median(seconds[asked.sizes[0]])
    table = Table("size", "median s", "times the first", title="ivr check, whole process")
    for n, took in seconds.items():
        median = statistics.median(took)
        table.add_row(f"{n}x", f"{median:.1f}", f"{median / base:.1f}")
    Console().print(table)


def timed(folder: Path) -> float:
    """Return the seconds that `ivr check` takes for a script; exit if it cannot be loaded."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "ivr", "check", str(folder), "--format", "json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 our own command
    took = time.perf_counter() - began
    if refused := [p["text"] for p in json.loads(done.stdout) if p["check"] == "load"]:
        raise SystemExit(f"{folder} is not a script: {refused[0]}")
    return took


def larger(times: int, folder: Path) -> Path:
    """Write a script with `times` copies of the shipped one."""
    shutil.copytree(SHIPPED, folder)
    menu = yaml.safe_load((folder / "menu.yaml").read_text())
    original = menu["nodes"]
    menu["nodes"] = {
        copied(name, i): copy_of(node, i, last=i == times - 1)
        for i in range(times)
        for name, node in original.items()
        if i == 0 or name not in SHARED
    }
    (folder / "menu.yaml").write_text(yaml.dump(menu, Dumper=Plain, sort_keys=False))
    for path in (folder / "en.yaml", folder / "es.yaml"):
        words = yaml.safe_load(path.read_text())
        prompts = words["prompts"]
        words["prompts"] = {
            copied(name, i): deepcopy(text) for i in range(times) for name, text in prompts.items()
        }
        path.write_text(yaml.dump(words, Dumper=Plain, sort_keys=False, allow_unicode=True))
    return folder


def copied(name: str, i: int) -> str:
    """Return the name of a node or prompt in a copy."""
    return f"{name}-{i}" if i and name not in SHARED else name


def copy_of(node: dict[str, Any], i: int, *, last: bool) -> dict[str, Any]:
    """Return a node as it is in a copy; one of its menus offers the next copy."""
    made = dict(node)
    for field in ("say", "first", "steps", "intro", "of"):
        if field in made:
            made[field] = [copied(name, i) for name in made[field]]
    for field in ("then", "next"):
        if field in made:
            made[field] = copied(made[field], i)
    if "choices" in made:
        made["choices"] = [choice_of(choice, i) for choice in made["choices"]]
    if node.get("say") == [f"{ONWARD}.title"] and not last:
        made["choices"].append({"to": copied("main", i + 1), "say": "to.signs"})
    return made


def choice_of(choice: str | dict[str, Any], i: int) -> dict[str, Any]:
    """Return a choice as it is in a copy."""
    whole = {"to": choice} if isinstance(choice, str) else choice
    say = whole.get("say", f"to.{whole['to']}")
    return {**whole, "to": copied(whole["to"], i), "say": copied(say, i)}


if __name__ == "__main__":
    main()
