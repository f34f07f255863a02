"""Random slips in the shipped script: whenever a caller would be stranded, a check says so.

A part of them is tried by `make test`, all of them by `make mutations`, which also prints what was
caught by which check.
"""

import datetime as dt
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from ivr.checks.engine.context import Check
from ivr.checks.engine.registry import CHECKS, run_checks
from ivr.editing.examine import QUICK
from ivr.problem import ScriptError
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import ON_CALL, SHIPPED, TOKEN, change, english_alone, read_yaml, write
from tests.mutations.persistent_caller import PersistentCaller

SEED = 233733
ALL = os.environ.get("IVR_MUTATION_ROUNDS")
ROUNDS, IN_A_ROUND = (int(ALL), 30) if ALL else (3, 3)
"""`make test` tries one slip of each kind, in English alone."""

TODAY = dt.date(2026, 11, 24)

Nodes = dict[str, dict[str, Any]]
Mutation = Callable[[random.Random, Nodes, dict[str, Any]], str]


def _with_choices(nodes: Nodes) -> list[str]:
    return [name for name, node in nodes.items() if node.get("choices")]


def drop_a_choice(chance: random.Random, nodes: Nodes, _: dict[str, Any]) -> str:
    name = chance.choice(_with_choices(nodes))
    gone = nodes[name]["choices"].pop(chance.randrange(len(nodes[name]["choices"])))
    return f"{name} no longer offers {gone}"


def drop_all_choices(chance: random.Random, nodes: Nodes, _: dict[str, Any]) -> str:
    name = chance.choice(_with_choices(nodes))
    nodes[name]["choices"] = []
    return f"{name} offers nothing"


def retarget_a_key(chance: random.Random, nodes: Nodes, _: dict[str, Any]) -> str:
    name = chance.choice(_with_choices(nodes))
    at = chance.randrange(len(nodes[name]["choices"]))
    to = chance.choice([*nodes, "nowhere"])
    nodes[name]["choices"][at] = {"to": to, "say": "to.check"}
    return f"choice {at + 1} of {name} leads to {to}"


def retarget_the_way_on(chance: random.Random, nodes: Nodes, _: dict[str, Any]) -> str:
    name = chance.choice([n for n, node in nodes.items() if node.get("then") or node.get("next")])
    field = "then" if "then" in nodes[name] else "next"
    nodes[name][field] = chance.choice(list(nodes))
    return f"{field} of {name} is {nodes[name][field]}"


def loop_a_node(chance: random.Random, nodes: Nodes, _: dict[str, Any]) -> str:
    name = chance.choice([n for n, node in nodes.items() if node["kind"] in {"talk", "check"}])
    nodes[name].pop("choices", None)
    nodes[name]["then"] = name
    return f"{name} leads to itself"


def delete_a_prompt(chance: random.Random, _: Nodes, words: dict[str, Any]) -> str:
    language = chance.choice(list(words))
    prompt = chance.choice(list(words[language]["prompts"]))
    del words[language]["prompts"][prompt]
    return f"{language} has no {prompt}"


def empty_the_numbers(chance: random.Random, _: Nodes, words: dict[str, Any]) -> str:
    language = chance.choice(list(words))
    prompt = chance.choice(["goodbye", "transfer.number", "lifeboat"])
    words[language]["prompts"][prompt] = "Goodbye."
    return f"{prompt} in {language} says no number"


def drop_a_node(chance: random.Random, nodes: Nodes, _: dict[str, Any]) -> str:
    name = chance.choice(list(nodes))
    del nodes[name]
    return f"there is no {name}"


def change_whom_0_rings(chance: random.Random, nodes: Nodes, _: dict[str, Any]) -> str:
    nodes["hotline"]["destination"] = chance.choice(["state", "ncmec", "hsi"])
    return f"the hotline rings {nodes['hotline']['destination']}"


MUTATIONS: tuple[Mutation, ...] = (
    drop_a_choice,
    drop_all_choices,
    retarget_a_key,
    retarget_the_way_on,
    loop_a_node,
    delete_a_prompt,
    empty_the_numbers,
    drop_a_node,
    change_whom_0_rings,
)


def agency(*, is_open: bool) -> dict[str, Any]:
    """Return what line.yaml says of an agency that is open, or of one with three people on call."""
    shift = {"hours": "00:00-24:00", "ring": [*ON_CALL["people"]]}
    return {
        "office": {"numbers": ["+12025550111", "+12025550112"]},
        "hours": {"week": {"mon-sun": ["00:00-24:00"]} if is_open else {}},
        "on_call": {"people": ON_CALL["people"], "week": {"mon-sun": [shift]}},
    }


PEOPLE: tuple[dict[str, Any], ...] = ({}, agency(is_open=True), {}, agency(is_open=False))
"""Who is there, in turn, by `make mutations`: every second script has people of its own."""


def mutated(mutation: Mutation, chance: random.Random, folder: Path, people: dict[str, Any]) -> str:
    """Make a copy of the shipped script with one slip in it; return what it is."""
    shutil.copytree(SHIPPED, folder)
    change(folder / "line.yaml", people)
    languages = ["en", "es"] if ALL else ["en"]
    if not ALL:
        english_alone(folder / "line.yaml")
    paths = {name: folder / f"{name}.yaml" for name in ("menu", *languages)}
    data = {name: read_yaml(path) for name, path in paths.items()}
    words = {language: data[language] for language in languages}
    slip = mutation(chance, data["menu"]["nodes"], words)
    for name, path in paths.items():
        write(path, data[name])
    return slip


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(ROUNDS))
def test_whoever_would_be_stranded_is_saved_by_a_check(part: int, tmp_path: Path) -> None:
    chance = random.Random(f"{SEED}/{part}")  # noqa: S311 the same slips each time
    caught: Counter[str] = Counter()
    missed = []
    for i in range(IN_A_ROUND):
        folder = tmp_path / str(i)
        if ALL:
            slip = mutated(chance.choice(MUTATIONS), chance, folder, PEOPLE[i % len(PEOPLE)])
        else:
            slip = mutated(MUTATIONS[part * IN_A_ROUND + i], chance, folder, {})
        if checks := (() if ALL else _caught(folder, QUICK)) or _caught(folder, CHECKS):
            caught.update(checks)
        elif stranded := _stranded(folder):
            missed.append(f"{slip}: {stranded}")
        else:
            caught["harmless"] += 1
    print("caught by", dict(caught.most_common()))  # noqa: T201 for `pytest -rP`
    assert not missed


def _caught(folder: Path, checks: Iterable[Check]) -> set[str]:
    """Return those of the checks that find an error. The walk, which takes long, is not QUICK."""
    _, problems = run_checks(folder, TODAY, every=checks)
    return {p.check for p in problems if p.level == "error"}


def _stranded(folder: Path) -> str:
    try:
        app = create_app(Settings((TOKEN,), prompts=folder, state=folder / "state", audio=False))
    except ScriptError as e:
        return f"it does not load, and no check says so: {e}"
    return PersistentCaller(app, TOKEN).stranded()


def test_the_persistent_caller_is_never_stranded_by_the_shipped_script(tmp_path: Path) -> None:
    assert _stranded(shutil.copytree(SHIPPED, tmp_path / "shipped")) == ""


def test_the_persistent_caller_reaches_the_agencys_own_people(tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "agency")
    change(folder / "line.yaml", agency(is_open=False))
    english_alone(folder / "line.yaml")
    assert _stranded(folder) == ""


def test_the_persistent_caller_sees_a_loop(tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "loop")
    menu = folder / "menu.yaml"
    menu.write_text(menu.read_text().replace("    then: who\n", "    then: report\n"))
    assert "goes round without end" in _stranded(folder)
