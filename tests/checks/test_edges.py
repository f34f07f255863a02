"""Where a node leads is the same for every check, also on ways that no choice of a menu opens."""

import re
from pathlib import Path
from typing import Any

import pytest

from ivr.checks import reach, safety
from ivr.checks.engine.registry import run_checks
from ivr.script.load import load
from tests.lines import TODAY, change, read_yaml, variant, write

RINGS = {"to": "hotline", "connect": True, "say": "to.person"}
AGENCY_IN_MAIN: dict[str, Any] = {
    "main": {"choices": ["signs", "report", "agency", "check", RINGS]},
    "signs": {"choices": ["signs-all", "signs-groups", "meaning", "report"]},
}
"""The agency in place of a choice of the main menu, as docs/hours.md recommends."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return variant("office-open", tmp_path)


def rewire(folder: Path, nodes: dict[str, Any]) -> None:
    """Change nodes of menu.yaml, and drop what callers could say for choices that are gone."""
    change(folder / "menu.yaml", {"nodes": nodes})
    graph = read_yaml(folder / "menu.yaml")["nodes"]
    offered = [choice for node in graph.values() for choice in node.get("choices", ())]
    tasks = {
        f"to.{c}" if isinstance(c, str) else c.get("say", f"to.{c['to']}") for c in offered
    } | {"to.language"}
    for path in (folder / "en.yaml", folder / "es.yaml"):
        words = read_yaml(path)
        words["speech"] = {
            name: phrases
            for name, phrases in words["speech"].items()
            if not name.startswith("to.") or name in tasks
        }
        write(path, words)


def problems(folder: Path, check: Any) -> list[str]:
    """Return what a check reports about a script that loads, so that it has run at all."""
    script, reported = run_checks(folder, TODAY, every=(check,))
    assert script, reported
    return [str(p).partition(": ")[2] for p in reported if f" {check.ID}: " in str(p)]


def test_a_caller_led_on_from_the_agency_must_have_been_warned(folder: Path) -> None:
    """Closed, the agency offers its `next` destination: a way like any other."""
    rewire(folder, AGENCY_IN_MAIN)
    rewire(folder, {"agency": {"next": "hotline"}})
    way = '"hotline" is reached by main, agency without "do not confront"'
    assert any(way in problem for problem in problems(folder, safety))


def test_a_warning_that_the_agency_says_at_every_hour_is_enough(folder: Path) -> None:
    warned = {"open": ["agency.open", "who.confront"], "closed": ["agency.closed", "who.confront"]}
    rewire(folder, AGENCY_IN_MAIN)
    rewire(folder, {"agency": {"next": "hotline", **warned}})
    assert not [p for p in problems(folder, safety) if "main, agency" in p]
    rewire(folder, {"agency": {"closed": ["agency.closed"]}})
    assert [p for p in problems(folder, safety) if "main, agency" in p]


def test_a_destination_that_only_the_agency_leads_to_is_reached(folder: Path) -> None:
    changes = {
        "ncmec": {"next": "hotline"},
        "hotline": {"next": "ncmec"},
        "agency": {"next": "hsi"},
        "who": {"choices": ["state", "hotline", "missing", "agency"]},
    }
    rewire(folder, changes)
    reported = problems(folder, reach)
    assert reported == ['"hsi" takes 4 keys from the main menu, limit 3: offer it further up']


def test_so_is_one_that_is_offered_after_a_call_that_rings_at_once(folder: Path) -> None:
    """The agency is rung by a choice; nobody answers, or it is closed: then HSI is offered."""
    changes = {
        "ncmec": {"next": "hotline"},
        "hotline": {"next": "ncmec"},
        "agency": {"next": "hsi"},
        "who": {"choices": ["state", "hotline", "missing", {"to": "agency", "connect": True}]},
    }
    rewire(folder, changes)
    assert not [p for p in problems(folder, reach) if re.search('leads to (it|"hsi")', p)]
    rewire(folder, {"agency": {"next": "hotline"}})
    assert [p for p in problems(folder, reach) if re.search('leads to (it|"hsi")', p)]


@pytest.mark.parametrize("way", ["then", "next", "voicemail", "choice", "connect"])
def test_a_node_is_reached_by_every_kind_of_way(way: str, folder: Path) -> None:
    """Each kind of way is the only one that leads to a node, and nothing is warned of."""
    node, changed = {
        "then": ("who", {"careful": {"then": "who"}, "report": {"then": "who"}}),
        "next": ("hsi", {"agency": {"next": "hsi"}, "who": {"choices": ["agency", "missing"]}}),
        "voicemail": ("message", {"agency": {"voicemail": "message"}}),
        "choice": ("meaning", {"main": {"choices": ["meaning", "signs", "report", "check"]}}),
        "connect": (
            "ncmec",
            {"missing": {"choices": [{"to": "ncmec", "connect": True, "say": "to.center"}]}},
        ),
    }[way]
    rewire(folder, changed)
    assert not [
        p
        for p in problems(folder, reach)
        if re.search(rf'leads to "{node}"|"{node}" .* no menu leads', p)
    ]


def test_keys_of_edges_are_those_that_the_caller_presses(folder: Path) -> None:
    script = load(folder)
    assert [(e.key, e.to) for e in script.edges("main") if e.choice] == [
        (key, choice.to) for key, choice in script.choices(script.graph.nodes["main"]).items()
    ]
    assert [(e.key, e.to, e.kind) for e in script.edges("hotline")] == [("3", "ncmec", "next")]
