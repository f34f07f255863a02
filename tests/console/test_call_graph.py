"""The drawing of the call graph: all of it, the same everywhere, for everybody."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.call_graph.changes import with_changes
from ivr.call_graph.layout import lay_out
from ivr.call_graph.model import ANYWHERE, draw
from ivr.call_graph.shortest_paths import shortest_paths
from ivr.call_graph.svg import svg
from ivr.cli.main import ivr
from ivr.phone.call import Call
from ivr.phone.scenario.run import act
from ivr.records.reports.traffic import Traffic
from ivr.script.load import load
from ivr.script.model import Script
from ivr.transcript.build import call_order, sections
from tests.lines import SHIPPED, VARIANTS, variant
from tests.small_script import small


def drawn_as(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 our own


SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=VARIANTS)
def script(request: pytest.FixtureRequest, tmp_path: Path) -> Script:
    return load(variant(request.param, tmp_path))


def test_every_node_and_every_choice_is_drawn(script: Script) -> None:
    drawing = draw(script, "en")
    assert {box.id for box in drawing.boxes} >= set(call_order(script))
    for node_id in call_order(script):
        node = script.graph.nodes[node_id]
        keys = {
            arrow.label.split()[0]
            for arrow in drawing.arrows
            if arrow.start == node_id
            if arrow.label
        }
        assert keys >= set(script.choices(node))


def test_what_a_draft_adds_changes_and_removes_is_marked(tmp_path: Path) -> None:
    before = load(small(tmp_path / "before"))
    edits = [
        {"in": "menu.yaml", "replace": "      - signs", "by": "      - more"},
        {"in": "menu.yaml", "replace": "  signs:", "by": "  more:"},
        {"in": "en.yaml", "replace": "\n  to.signs: T", "by": "\n  to.more: T"},
        {"in": "en.yaml", "replace": "\n  to.signs: [", "by": "\n  to.more: ["},
    ]
    after = load(small(tmp_path / "after", *edits))
    drawing = with_changes(draw(before, "en"), draw(after, "en"), {"danger"})
    marks = {box.id: box.mark for box in drawing.boxes if box.mark}
    assert marks == {"main": "changed", "more": "new", "danger": "changed", "signs": "removed"}
    ways = {(a.start, a.end): a.label for a in drawing.arrows if a.mark}
    assert ways["main", "more"] == "1 new"
    assert ways["main", "signs"] == "1 removed"
    image = svg(after, "en", {}, changes=drawing)
    assert "removed, talk:" in image
    drawn_as(image)


def test_silence_is_drawn_to_its_end(tmp_path: Path) -> None:
    def ends(name: str) -> set[str]:
        drawing = draw(load(variant(name, tmp_path)), "en")
        node, ladder = ANYWHERE, [a for a in drawing.arrows if a.style == "silence"]
        for _ in range(3):
            node = next(a.end for a in ladder if a.start == node)
        return {a.end for a in ladder if a.start == node}

    assert ends("shipped") == {"hotline", "goodbye"}
    assert ends("goodbye") == {"hotline", "goodbye"}


def test_no_box_lies_on_another(script: Script) -> None:
    boxes = lay_out(draw(script, "es")).boxes
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            apart_x = abs(a.x - b.x) >= (a.width + b.width) / 2
            assert apart_x or abs(a.y - b.y) >= (a.height + b.height) / 2, (a.box.id, b.box.id)


def test_a_map_with_calls_on_it_draws_every_node_and_the_ways_that_calls_took(
    script: Script,
) -> None:
    ways = {("main", "signs"): 12, ("signs", "report"): 3}
    traffic = Traffic({"main": 20, "signs": 12}, {"signs": 9}, ways)
    drawing = drawn_as(svg(script, "en", {}, traffic=traffic))
    texts = [text.text for text in drawing.iter(f"{SVG}text")]
    assert "heard it: 20" in texts
    assert "ended here: 9" in texts
    assert {"12", "3"} <= set(texts)


def test_no_arrow_begins_or_ends_away_from_its_boxes(script: Script) -> None:
    placed = lay_out(draw(script, "en"))
    boxes = {box.box.id: box for box in placed.boxes}
    for arrow in placed.arrows:
        for point, name in ((arrow.curve[0], arrow.arrow.start), (arrow.tip, arrow.arrow.end)):
            box = boxes[name]
            assert abs(point[0] - box.x) <= box.width / 2 + 0.1, arrow.arrow
            assert abs(point[1] - box.y) <= box.height / 2 + 0.1, arrow.arrow


def test_kinds_differ_by_shape_and_name(tmp_path: Path) -> None:
    drawing = drawn_as(svg(load(SHIPPED), "en", {}))
    shapes: dict[str, set[str]] = {}
    for box in drawing.iter(f"{SVG}g"):
        kind = next((c for c in box.get("class", "").split() if c.startswith("box-")), None)
        if kind:
            path = box.find(f"{SVG}path")
            assert path is not None
            commands = "".join(c for c in path.get("d", "") if c.isalpha())
            shapes.setdefault(kind, set()).add(commands)
    plain = {
        kind: shapes[kind]
        for kind in ("box-menu", "box-talk", "box-check", "box-transfer", "box-emergency")
    }
    assert len({frozenset(s) for s in plain.values()}) == len(plain)


def test_a_drawing_has_a_title_and_tells_its_content_apart_from_colour() -> None:
    drawing = drawn_as(svg(load(SHIPPED), "es", {"signs": "/map/signs"}))
    title, desc = drawing.find(f"{SVG}title"), drawing.find(f"{SVG}desc")
    assert title is not None
    assert "Español" in (title.text or "")
    assert desc is not None
    links = [a.get("href") for a in drawing.iter(f"{SVG}a")]
    assert links == ["/map/signs"]


def test_ivr_map_writes_a_file_that_stands_alone_and_is_the_same_again(tmp_path: Path) -> None:
    files = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for file in files:
        made = CliRunner().invoke(ivr, ["map", "-o", str(file), "--prompts", str(SHIPPED)])
        assert made.exit_code == 0, made.output
    assert files[0].read_bytes() == files[1].read_bytes()
    assert "<style>" in files[0].read_text()
    assert "@import" not in files[0].read_text()


def test_an_unknown_language_is_one_line() -> None:
    for command in ("map", "script"):
        failed = CliRunner().invoke(ivr, [command, "xx", "--prompts", str(SHIPPED)])
        assert 'no language "xx": name one of en, es' in str(failed.exception)


@pytest.mark.parametrize("name", ["shipped", "bridge", "goodbye", "state"])
def test_the_phone_comes_to_a_node_by_the_way_that_the_map_tells(
    name: str, call_to, tmp_path: Path
) -> None:
    script = load(variant(name, tmp_path))
    for language in script.line.languages:
        paths = shortest_paths(script, language)
        assert set(paths) == set(call_order(script))
        for node in ("signs-health", "who", "hsi", "danger", "goodbye"):
            call: Call = call_to(name)
            call.dial()
            for token in paths[node]:
                act(call, token)
            block = next(s for s in sections(script, language) if s.node == node).blocks[0]
            texts = {utterance.text for utterance in call.latest_utterances}
            assert {part.spoken.text for part in block.utterances} <= texts, (language, node)
