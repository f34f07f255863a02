"""Where a node leads is the same for every check, also on ways that no choice of a menu opens."""

from pathlib import Path
from typing import Any

import pytest

from ivr.checks import reach, safety
from ivr.checks.engine.registry import examine
from ivr.script.load import load
from tests.lines import TODAY, change, variant

RINGS = {"to": "hotline", "connect": True, "say": "to.person-now"}
AGENCY_IN_MAIN: dict[str, Any] = {
    "nodes": {
        "main": {"choices": ["signs", "report", "agency", "check", RINGS]},
        "signs": {"choices": ["signs-all", "signs-groups", "meaning", "report"]},
    }
}
"""The agency in place of a choice of the main menu, as docs/hours.md recommends."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return variant("office-open", tmp_path)


def problems(folder: Path, check: Any) -> list[str]:
    _, found = examine(folder, TODAY, every=(check,))
    return [str(p).partition(": ")[2] for p in found if f" {check.ID}: " in str(p)]


def test_a_caller_led_on_from_the_agency_must_have_been_warned(folder: Path) -> None:
    """Closed, the agency offers its `next` destination: a way like any other."""
    change(folder / "menu.yaml", AGENCY_IN_MAIN)
    change(folder / "menu.yaml", {"nodes": {"agency": {"next": "hotline"}}})
    way = '"hotline" is reached by main, agency without "do not confront"'
    assert any(way in problem for problem in problems(folder, safety))


def test_a_warning_that_the_agency_says_at_every_hour_is_enough(folder: Path) -> None:
    warned = {"open": ["agency.open", "who.confront"], "closed": ["agency.closed", "who.confront"]}
    change(folder / "menu.yaml", AGENCY_IN_MAIN)
    change(folder / "menu.yaml", {"nodes": {"agency": {"next": "hotline", **warned}}})
    assert not [p for p in problems(folder, safety) if "main, agency" in p]
    change(folder / "menu.yaml", {"nodes": {"agency": {"closed": ["agency.closed"]}}})
    assert [p for p in problems(folder, safety) if "main, agency" in p]


def test_a_destination_that_only_the_agency_leads_to_is_reached(folder: Path) -> None:
    changes = {
        "ncmec": {"next": "hotline"},
        "hotline": {"next": "ncmec"},
        "agency": {"next": "hsi"},
        "who": {"choices": ["state", "hotline", "missing", "agency"]},
    }
    change(folder / "menu.yaml", {"nodes": changes})
    assert not [p for p in problems(folder, reach) if "hsi" in p]


def test_keys_of_edges_are_those_that_the_caller_presses(folder: Path) -> None:
    script = load(folder)
    assert [(e.key, e.to) for e in script.edges("main") if e.choice] == [
        (key, choice.to) for key, choice in script.choices(script.graph.nodes["main"]).items()
    ]
    assert [(e.key, e.to, e.kind) for e in script.edges("hotline")] == [("3", "ncmec", "next")]
