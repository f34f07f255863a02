"""The exploration leaves nothing out: no caller hears a turn that it has not been at."""

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from ivr.checks.exploration import explore
from ivr.dialog import Dial, HangUp, Place, Turn
from ivr.dialog.place import ANNOUNCED
from ivr.explore import explorer
from ivr.explore.cycles import cycles
from ivr.explore.events import event, step
from ivr.explore.explorer import Explorer, Transition, rung_of
from ivr.explore.utterances import all_utterances
from ivr.script.load import load
from ivr.script.model import Graph, Script
from tests.lines import variant
from tests.small_script import SMALL, small
from tests.walked import Walks


@pytest.mark.parametrize("name", ["shipped", "bridge", "goodbye"])
def test_no_caller_hears_what_the_walk_has_not(name: str, tmp_path: Path, walked: Walks) -> None:
    """Callers who press at random, and wait at random, stay where the walk has been.

    Whether the hotline has been rung makes a difference at the end of the ladder alone.
    """
    script = load(variant(name, tmp_path))
    places = walked(name).places
    contents = set(map(_content, walked(name).turns))
    rungs, backs = {rung_of(_unrung(p)) for p in places}, set(map(_way_back, places))
    chance = random.Random(911)  # noqa: S311 a test's callers
    for _ in range(150):
        turn = step(script, None, "")
        for _ in range(40):
            assert _content(turn) in contents
            assert rung_of(_unrung(turn.place)) in rungs
            assert _way_back(turn.place) in backs
            if isinstance(turn.verb, HangUp):
                break
            acts = explorer.OUTCOMES if isinstance(turn.verb, Dial) else [*explorer.KEYS, *"--88"]
            place, act = turn.place, chance.choice(acts)
            turn = step(script, place, act)
            if place.auto_rang:
                before = step(script, _unrung(place), act)
                if turn.place.node == script.graph.goodbye != before.place.node:
                    assert before.place.phase == ANNOUNCED
                else:
                    assert _content(before) == _content(turn)
                    assert _unrung(before.place) == _unrung(turn.place)


def _unrung(place: Place) -> Place:
    return place._replace(auto_rang=False)


def _way_back(place: Place) -> object:
    return place.back, place.language, place.slow, place.node == "danger"


def _content(turn: Turn) -> object:
    """Return what is heard; two yeses sound like seven."""
    may = tuple(s.prompt if s.prompt == "check.some" else s for s in turn.may)
    return turn.place.language, turn.must, may, turn.verb


def test_what_events_do_not_look_at_they_carry_along(tmp_path: Path, walked: Walks) -> None:
    script = load(variant("bridge", tmp_path))
    places = [
        place
        for place in sorted(walked("bridge").places, key=Place.url)
        if "dial" not in place.phase and place.node != script.graph.goodbye
    ]
    chance = random.Random(5)  # noqa: S311 a test's choice
    for place in chance.sample(places, 150):
        for token in (*explorer.KEYS, "say:zzz"):
            for change in _unseen(place, token):
                other = place._replace(**change)
                expected, alike = (step(script, p, token) for p in (place, other))
                assert (alike.must, alike.may, alike.verb) == (
                    expected.must,
                    expected.may,
                    expected.verb,
                )
                assert _bare(alike.place, change) == _bare(expected.place, change)


def _unseen(place: Place, token: str) -> Iterable[dict[str, object]]:
    """Return changes to a place that an event must not see (see the head of explorer.py)."""
    ladder = token in {"-", "say:zzz", *"123458"}
    if place.back and token != "*" and place.phase != ANNOUNCED:  # there any key leads back
        yield {"back": "report.1"}
        yield {"back": "check.3", "yes": 5}
    if not ladder:
        yield {"auto_rang": not place.auto_rang}
        if token != "#":
            yield {"tries": 1, "repeated": not place.repeated}


def _bare(place: Place, change: Iterable[str]) -> Place:
    nothing = {"back": "", "yes": 0, "auto_rang": False}
    return place._replace(**{name: nothing[name] for name in change if name in nothing})


def _places(script: Script) -> list[Place]:
    walked = Explorer(script)
    for _ in walked.transitions():
        pass
    return list(walked.predecessors)


def test_every_place_is_come_to_by_its_keys() -> None:
    script = load(SMALL)
    walked = Explorer(script)
    for transition in list(walked.transitions())[::7]:
        turn = step(script, None, "")
        line = walked.command(transition).partition("--keys ")[2].strip("'")
        if line.endswith("at a limit of the line"):
            continue
        for token in line.split(",") if line else []:
            turn = step(script, turn.place, token)
        assert turn == transition.turn


@pytest.mark.slow
def test_cost_grows_with_the_script_not_with_its_square() -> None:
    one, eight = len(_places(_times_over(1))), len(_places(_times_over(8)))
    assert 4 * one < eight <= 10 * one


def _times_over(n: int) -> Script:
    """Return a script with n copies of the small one's nodes, one after the other."""
    script = load(SMALL)
    graph = script.graph.model_dump()
    nodes = {}
    for i in range(n):
        for node_id, node in graph["nodes"].items():
            copy = dict(node)
            for way in ("then", "next"):
                copy[way] = _copied(copy[way], i) if copy.get(way) else None
            if "choices" in node:
                offered = [
                    {**c, "to": _copied(c["to"], i), "say": f"to.{c['to']}"}
                    for c in node["choices"]
                ]
                onward = {"to": _copied("main", i + 1), "say": "to.signs"}
                copy["choices"] = [*offered, onward] if node_id == "main" and i + 1 < n else offered
            nodes[_copied(node_id, i)] = {k: v for k, v in copy.items() if v is not None}
    whole = Graph.model_validate({**graph, "nodes": nodes})
    return Script(script.line, whole, script.words)


def _copied(node_id: str, i: int) -> str:
    return f"{node_id}-{i}" if i and node_id not in {"goodbye", "opening"} else node_id


def test_tokens_are_those_of_a_call() -> None:
    assert explorer.call_command([]) == "ivr call"
    assert explorer.call_command(["1", "2", "-", "busy"]) == "ivr call --keys 1,2,-,busy"
    assert (
        explorer.call_command(["*", "say:nine one one"]) == "ivr call --keys '*,say:nine one one'"
    )
    assert event("absent").status == ""
    assert Explorer(load(SMALL)).command(Transition(None, "", None)) == "ivr call"


def test_a_knot_is_told_once_with_a_shortest_way_round() -> None:
    graph = {
        "in": {"x": "a"},
        "a": {"x": "b", "y": "c"},
        "b": {"x": "c"},
        "c": {"x": "a", "y": "bridge"},
        "bridge": {"x": "d"},
        "d": {"x": "d", "y": "end"},
    }
    round_again = list(cycles(graph))
    assert [(c.start, c.tokens) for c in round_again] == [("a", ("y", "x")), ("d", ("x",))]
    assert list(cycles({"a": {"x": "b"}, "b": {"x": "end"}})) == []


@pytest.mark.slow
def test_the_checks_publish_what_the_renderer_finds_in_the_same_order(tmp_path: Path) -> None:
    """Else the pages and `ivr audio render` would name the same recording differently."""
    script = load(small(tmp_path, spanish=True))
    assert list(explore(script).utterances.items()) == list(all_utterances(script).items())
