"""Puts an entry into an operator's YAML file, and leaves every other byte of it as it was."""

import json
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from ivr.atomic_file import write_atomically
from ivr.errors import IvrError
from ivr.script.yaml_scalar import quoted
from ivr.script.yaml_source import Loc


def put_in_file(path: Path, loc: Loc, key: str, value: object) -> None:
    """Put an entry into a YAML file. Raises KeyError as `put` does, and IvrError as `save`."""
    save(path, put(path.read_bytes().decode(), loc, key, value))


def save(path: Path, text: str) -> None:
    """Write an operator's file, all of it or nothing, with the mode that it has.

    Raises IvrError if it cannot be written.
    """
    path = path.resolve()  # a link stays a link
    try:
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
        write_atomically(path, text.encode(), mode=mode)
    except OSError as e:
        raise IvrError(f"{path} cannot be written: {e.strerror}") from None


def put(text: str, loc: Loc, key: str, value: object) -> str:
    """Return a YAML text in which a key of one of its mappings has a value, on one line.

    `loc` are the keys and positions that lead to the mapping; a new key is added at its end.
    Raises KeyError if the mapping is not there or is empty.
    """
    mapping = _mapping(yaml.compose(text, Loader=yaml.SafeLoader), loc)
    for name, node in mapping.value:
        if name.value == key:
            return text[: node.start_mark.index] + _on_one_line(value) + text[end_of(node) :]
    added = entry(key, value)
    if mapping.flow_style:
        end = end_of(mapping.value[-1][1])
        return f"{text[:end]}, {added}{text[end:]}"
    column = mapping.value[0][0].start_mark.column
    end = text.find("\n", end_of(mapping))
    before, after = (text, "\n") if end < 0 else (text[:end], text[end:])
    return f"{before}\n{' ' * column}{added}{after}"


def without(text: str, loc: Loc, key: str) -> str:
    """Return a YAML text in which one of its mappings lacks a key, with the comment in its line.

    Raises KeyError if the mapping is not there, lacks the key, or has no other.
    """
    pairs = _mapping(yaml.compose(text, Loader=yaml.SafeLoader), loc)
    names = [name.value for name, _ in pairs.value]
    if key not in names or len(names) == 1:
        raise KeyError(key)
    spans = [(name.start_mark.index, end_of(value)) for name, value in pairs.value]
    return without_span(text, spans, names.index(key), flow=pairs.flow_style)


def without_span(text: str, spans: Sequence[tuple[int, int]], index: int, *, flow: bool) -> str:
    """Return a YAML text without one of the several parts of a list or mapping.

    `spans` are where each begins and ends. In a block the lines go, with a comment behind the part.
    """
    begin, end = spans[index]
    if flow:
        if index:
            return text[: spans[index - 1][1]] + text[end:]
        return text[:begin] + text[spans[1][0] :]
    line_end = text.find("\n", end)
    return text[: text.rfind("\n", 0, begin) + 1] + (text[line_end + 1 :] if line_end >= 0 else "")


def entry(key: str, value: object) -> str:
    """Return a key and its value in YAML, on one line."""
    return f"{_name(key)}: {_on_one_line(value)}"


def _mapping(node: yaml.Node | None, loc: Loc) -> yaml.MappingNode:
    """Return the mapping to which keys and positions lead. Raises KeyError if it is not there."""
    for part in loc:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            node = next((value for name, value in node.value if name.value == part), None)
        else:
            node = None
    if not isinstance(node, yaml.MappingNode) or not node.value:
        raise KeyError(".".join(map(str, loc)))
    return node


def end_of(node: yaml.Node) -> int:
    """Return the position behind a node's last character, before any comment that follows it."""
    if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
        return end_of(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        return end_of(node.value[-1])
    is_block = isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}
    return int(node.end_mark.index) - is_block  # a block of text ends with its line


def _on_one_line(value: object) -> str:
    """Return a value in YAML on one line, with texts in quotes, but for names such as en-US."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(entry(k, v) for k, v in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_on_one_line, value))}]"
    if isinstance(value, str):
        return value if _TAG.fullmatch(value) else quoted(value)
    return json.dumps(value)


_TAG = re.compile(r"[A-Za-z]\w*[.-][\w.-]*\w", re.ASCII)
"""A text that is never anything else in YAML, as "no" and "1.5" can be."""


def _name(key: str) -> str:
    plain = re.fullmatch(r"[a-z][\w.-]*", key, re.ASCII) and key not in _BOOLEANS
    return key if plain else quoted(key)


_BOOLEANS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that some readers of YAML take for something else, unless they stand in quotes."""
