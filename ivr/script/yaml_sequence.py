"""Moves, adds and removes an item of a list in an operator's YAML file; the other bytes stay."""

from typing import Any

import yaml

from ivr.script.yaml_edit import end_of, without_span
from ivr.script.yaml_scalar import PlaceError
from ivr.script.yaml_source import Loc


def moved(text: str, loc: Loc, index: int, by: int) -> str:
    """Return a YAML file in which an item changes places with the one before (-1) or behind (1).

    A comment behind an item stays in its line. Raises PlaceError, and yaml.YAMLError.
    """
    sequence = _sequence(text, loc)
    first, second = sorted((index, index + by))
    if not 0 <= first < second < len(sequence.value):
        raise PlaceError("it cannot be moved further")
    a, b = sequence.value[first], sequence.value[second]
    begin_a, end_a, begin_b, end_b = a.start_mark.index, end_of(a), b.start_mark.index, end_of(b)
    between = text[end_a:begin_b]
    return text[:begin_a] + text[begin_b:end_b] + between + text[begin_a:end_a] + text[end_b:]


def with_item(text: str, loc: Loc, item: str) -> str:
    """Return a YAML file with one more item at the end of a list; `item` is a name.

    Raises PlaceError, and yaml.YAMLError.
    """
    sequence = _sequence(text, loc)
    if not sequence.value:
        raise PlaceError("the list is empty")
    last = sequence.value[-1]
    end = end_of(last)
    if sequence.flow_style:
        return f"{text[:end]}, {item}{text[end:]}"
    indent = " " * sequence.start_mark.column
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    return f"{text[:line_end]}\n{indent}- {item}{text[line_end:]}"


def without_item(text: str, loc: Loc, index: int) -> str:
    """Return a YAML file in which a list lacks an item. Raises PlaceError, and yaml.YAMLError."""
    sequence = _sequence(text, loc)
    items = sequence.value
    if not 0 <= index < len(items) or len(items) == 1:
        raise PlaceError("the last item of a list cannot be removed here")
    spans = [(item.start_mark.index, end_of(item)) for item in items]
    return without_span(text, spans, index, flow=sequence.flow_style)


def _sequence(text: str, loc: Loc) -> yaml.SequenceNode:
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    for part in loc:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        node = next((value for key, value in pairs if key.value == str(part)), None)
    if not isinstance(node, yaml.SequenceNode):
        raise PlaceError(f"there is no list at {'.'.join(map(str, loc))} any more")
    return node
