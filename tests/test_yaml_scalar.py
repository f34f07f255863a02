"""A text is edited in a YAML file: it reads as it was typed, and every other byte stays."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.script.yaml_edit import PlaceError, text_at, with_text
from ivr.script.yaml_source import Loc, read_yaml
from tests.lines import SHIPPED

NASTY = [
    "911",
    "yes",
    "null",
    "~",
    "",
    " ",
    "# a comment",
    "half # a comment",
    "a: b",
    "- item",
    "? key",
    "*alias",
    "&anchor text",
    "!tag text",
    "{number}",
    "{a: [b, c]}",
    "]]}}",
    "%YAML 1.2",
    "---",
    "...",
    "| block",
    "> folded",
    "@at `tick`",
    '"quoted"',
    "it's 'single'",
    "back\\slash",
    "two\nlines",
    "\ttab",
    "trailing ",
    "2026-11-30",
    "0x1F",
    "1_000",
    "1:30",
    "شخص في خطر؟ اتصل بالرقم 911.",
    "\u200f\u05e9\u05dc\u05d5\u05dd\u200e",
    "👩‍👧 help",
    "¿Está en peligro?",
    "Có ai đang gặp nguy hiểm?",
    "…",
    "long words " * 182,
    "x" * 2000,
    "nel\x85and\u2028separators\u2029",
    "\ufeffbom",
]
WORDS = {name: (SHIPPED / name).read_text("utf-8") for name in ("en.yaml", "es.yaml")}


def places(name: str) -> list[Loc]:
    """Return where the texts of a file stand."""
    prompts = read_yaml(SHIPPED / name).data["prompts"]
    return [
        ("prompts", key, *(() if isinstance(value, str) else ("text",)))
        for key, value in prompts.items()
    ]


PLACES = [(name, place) for name in WORDS for place in places(name)]


def flat(text: str) -> dict[Loc, str]:
    """Return each value of a YAML file by its place."""
    values: dict[Loc, str] = {}

    def walk(node: yaml.Node, loc: Loc) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                walk(value, (*loc, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for i, value in enumerate(node.value):
                walk(value, (*loc, i))
        else:
            values[loc] = f"{node.tag} {node.value}"

    walk(yaml.compose(text, Loader=yaml.CSafeLoader), ())
    return values


BEFORE = {name: flat(text) for name, text in WORDS.items()}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(PLACES),
    st.sampled_from(NASTY)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=200),
)
def test_a_text_that_is_edited_reads_as_typed_and_every_other_byte_stays(
    where: tuple[str, Loc], typed: str
) -> None:
    name, place = where
    before = WORDS[name]
    after = with_text(before, place, typed)
    assert text_at(after, place) == typed
    changed = flat(after)
    assert {k for k in changed if changed[k] != BEFORE[name].get(k)} <= {place}
    assert changed.keys() == BEFORE[name].keys()
    old = node_at(before, place)
    begin, end = old.start_mark.index, old.end_mark.index
    assert after.startswith(before[:begin])
    assert after.endswith(before[end:])


def node_at(source: str, place: Loc) -> yaml.Node:
    node = yaml.compose(source, Loader=yaml.CSafeLoader)
    for part in place:
        node = next(value for key, value in node.value if key.value == part)
    return node


@pytest.mark.parametrize(
    ("before", "loc", "after"),
    [
        ("a: old   # c\nb: 1\n", ("a",), "a: V   # c\nb: 1\n"),
        ("a: {x: old, y: 1}\n", ("a", "x"), "a: {x: V, y: 1}\n"),
        ("a:\n- old\n- b\n", ("a", 0), "a:\n- V\n- b\n"),
        ("a: >-\n  old\n  text\n\n# c\nb: 1\n", ("a",), "a: V\n\n# c\nb: 1\n"),
        ("a: |\n  old\nb: 1", ("a",), "a: V\nb: 1"),
        ('a: "old"\r\nb: 1\r\n', ("a",), "a: V\r\nb: 1\r\n"),
    ],
)
def test_a_text_is_written_plain_if_it_can_be(before: str, loc: Loc, after: str) -> None:
    assert with_text(before, loc, "giờ") == after.replace("V", "giờ")


def test_a_place_that_is_gone_is_reported() -> None:
    with pytest.raises(PlaceError, match=r"no text at a\.b any more"):
        with_text("a: {c: 1}\n", ("a", "b"), "x")


def test_a_long_text_is_folded_as_people_write_it(tmp_path: Path) -> None:
    text = "This is one sentence that a person wrote. " * 6
    file = tmp_path / "en.yaml"
    file.write_text(with_text("prompts:\n  a: old\n  b: next\n", ("prompts", "a"), text.strip()))
    lines = file.read_text().splitlines()
    assert lines[1] == "  a: >-"
    assert max(map(len, lines)) <= 100
    assert read_yaml(file).data["prompts"]["a"] == text.strip()
