"""Edits an operator's YAML file, and leaves every other byte of it as it was.

Comments, order and quotes of the rest are somebody's work. So a value is not written by dumping the
file anew: it is put between the marks of the old one, or behind the last of its neighbours.
"""

import json
import re
import stat
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ivr.atomic_file import write_atomically
from ivr.errors import IvrError, report_unwritable
from ivr.script.yaml_source import Loc

WIDTH = 100
"""Characters of the longest line of a text that is written folded."""

# The C loader is ten times as fast; not every PyYAML has it.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_TEXT = "tag:yaml.org,2002:str"
_SPECIAL = re.compile("[\x7f-\xa0\xad\u2028\u2029\ufeff\ufffe\uffff\U00010000-\U0010ffff]")
"""Characters that a reader of YAML may refuse, or take for the end of a line."""

_TAG = re.compile(r"[A-Za-z]\w*[.-][\w.-]*\w", re.ASCII)
"""A text that is never anything else in YAML, as "no" and "1.5" can be."""

_BOOLEANS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that some readers of YAML take for something else, unless they stand in quotes."""


class PlaceError(IvrError):
    """A file has no text or list at a place: somebody has changed the file in the meantime."""


def save(path: Path, text: str) -> None:
    """Write an operator's file, all of it or nothing, with the mode that it has.

    Raises IvrError if it cannot be written.
    """
    path = path.resolve()  # a link stays a link
    with report_unwritable(path):
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
        write_atomically(path, text.encode(), mode=mode)


def put_in_file(path: Path, loc: Loc, key: str, value: object) -> None:
    """Put an entry into a YAML file. Raises KeyError as `put` does, and IvrError as `save`."""
    save(path, put(path.read_bytes().decode(), loc, key, value))


# ── Mappings ─────────────────────────────────────────────────────────────────


def put(text: str, loc: Loc, key: str, value: object) -> str:
    """Return a YAML text in which a key of one of its mappings has a value, on one line.

    `loc` are the keys and positions that lead to the mapping; a new key is added at its end.
    Raises KeyError if the mapping is not there or is empty.
    """
    mapping = _mapping(text, loc)
    for name, node in mapping.value:
        if name.value == key:
            return text[: node.start_mark.index] + _on_one_line(value) + text[_end_of(node) :]
    return _with_last(text, mapping, mapping.value[-1][1], entry(key, value))


def without(text: str, loc: Loc, key: str) -> str:
    """Return a YAML text in which one of its mappings lacks a key, with the comment in its line.

    Raises KeyError if the mapping is not there, lacks the key, or has no other.
    """
    mapping = _mapping(text, loc)
    names = [name.value for name, _ in mapping.value]
    if key not in names or len(names) == 1:
        raise KeyError(key)
    return _without_part(text, mapping, mapping.value, names.index(key))


def entry(key: str, value: object) -> str:
    """Return a key and its value in YAML, on one line."""
    is_plain = re.fullmatch(r"[a-z][\w.-]*", key, re.ASCII) and key not in _BOOLEANS
    return f"{key if is_plain else _quoted(key)}: {_on_one_line(value)}"


def _mapping(text: str, loc: Loc) -> yaml.MappingNode:
    node, _ = _node_at(text, loc)
    if not isinstance(node, yaml.MappingNode) or not node.value:
        raise KeyError(".".join(map(str, loc)))
    return node


# ── Lists ────────────────────────────────────────────────────────────────────


def moved(text: str, loc: Loc, index: int, by: int) -> str:
    """Return a YAML file in which an item changes places with the one before (-1) or behind (1).

    A comment behind an item stays in its line. Raises PlaceError, and yaml.YAMLError.
    """
    sequence = _sequence(text, loc)
    first, second = sorted((index, index + by))
    if not 0 <= first < second < len(sequence.value):
        raise PlaceError("it cannot be moved further")
    a, b = sequence.value[first], sequence.value[second]
    begin_a, end_a, begin_b, end_b = a.start_mark.index, _end_of(a), b.start_mark.index, _end_of(b)
    between = text[end_a:begin_b]
    return text[:begin_a] + text[begin_b:end_b] + between + text[begin_a:end_a] + text[end_b:]


def with_item(text: str, loc: Loc, item: str) -> str:
    """Return a YAML file with one more item at the end of a list; `item` is a name.

    Raises PlaceError, and yaml.YAMLError.
    """
    sequence = _sequence(text, loc)
    if not sequence.value:
        raise PlaceError("the list is empty")
    return _with_last(
        text, sequence, sequence.value[-1], item if sequence.flow_style else f"- {item}"
    )


def without_item(text: str, loc: Loc, index: int) -> str:
    """Return a YAML file in which a list lacks an item. Raises PlaceError, and yaml.YAMLError."""
    sequence = _sequence(text, loc)
    if not 0 <= index < len(sequence.value) or len(sequence.value) == 1:
        raise PlaceError("the last item of a list cannot be removed here")
    return _without_part(text, sequence, [(item, item) for item in sequence.value], index)


def _sequence(text: str, loc: Loc) -> yaml.SequenceNode:
    node, _ = _node_at(text, loc)
    if not isinstance(node, yaml.SequenceNode):
        raise PlaceError(f"there is no list at {'.'.join(map(str, loc))} any more")
    return node


# ── Texts ────────────────────────────────────────────────────────────────────


def text_at(source: str, loc: Loc) -> str:
    """Return the text at a place of a YAML file. Raises PlaceError, and yaml.YAMLError."""
    return str(_scalar(source, loc)[0].value)


def with_text(source: str, loc: Loc, text: str) -> str:
    """Return a YAML file in which the text at a place is another one: plain, folded or in quotes.

    Raises PlaceError if there is no text, and yaml.YAMLError if the file is not YAML.
    """
    node, is_in_flow = _scalar(source, loc)
    if node.value == text and node.tag == _TEXT:
        return source
    begin, end = node.start_mark.index, node.end_mark.index
    if node.style in {"|", ">"}:  # it ends with its last line, blank lines behind it stay
        end = begin + len(source[begin:end].rstrip(" \r\n"))
    return source[:begin] + _written(source, node, text, is_in_flow=is_in_flow) + source[end:]


def _scalar(source: str, loc: Loc) -> tuple[yaml.ScalarNode, bool]:
    node, is_in_flow = _node_at(source, loc)
    if not isinstance(node, yaml.ScalarNode):
        raise PlaceError(f"there is no text at {'.'.join(map(str, loc))} any more")
    return node, is_in_flow


def _written(source: str, node: yaml.ScalarNode, text: str, *, is_in_flow: bool) -> str:
    """Return a text as it is written in place of a scalar."""
    if _is_plain(text) and not (is_in_flow and set(text) & _QUOTED_IN_FLOW):
        if node.start_mark.column + len(text) <= WIDTH:
            return text
        if not is_in_flow and max(map(len, text.split(" "))) <= WIDTH // 2:
            begin = node.start_mark.index
            line = source[source.rfind("\n", 0, begin) + 1 : begin]
            inner = " " * (len(line) - len(line.lstrip(" ")) + 2)
            width = WIDTH - len(inner)
            lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
            return ">-\n" + "\n".join(inner + line for line in lines)
    return _quoted(text)


_QUOTED_IN_FLOW = frozenset(",[]{}?")
"""What ends a text without quotes in […] or {…}; "?" only where PyYAML reads without libyaml."""


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code <= ord("\uffff") else f"\\U{code:08x}"


def _is_plain(text: str) -> bool:
    """Return whether YAML reads a text as the same text if it stands without quotes."""
    if not text or text != " ".join(text.split()) or not text.isprintable():
        return False
    if not text[0].isalpha() and text[0] not in "¿¡…":
        return False
    try:
        value, _ = _node_at(f"a: {text}", ("a",))
    except yaml.YAMLError:
        return False
    is_same = isinstance(value, yaml.ScalarNode) and value.value == text and value.tag == _TEXT
    return is_same and text.casefold() not in {"y", "n"} and " #" not in text


# ── The marks of nodes ───────────────────────────────────────────────────────


def _node_at(text: str, loc: Loc) -> tuple[yaml.Node | None, bool]:
    """Return the node at a place, or None, and whether it is in a flow collection ([…], {…})."""
    node, is_in_flow = yaml.compose(text, Loader=_LOADER), False
    for part in loc:
        is_in_flow = is_in_flow or bool(getattr(node, "flow_style", False))
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part] if part < len(node.value) else None
        elif isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == str(part)), None)
        else:
            node = None
    return node, is_in_flow


def _end_of(node: yaml.Node) -> int:
    """Return the position behind a node's last character, before any comment that follows it."""
    if isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return _end_of(last[1] if isinstance(node, yaml.MappingNode) else last)
    is_block = isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}
    return int(node.end_mark.index) - is_block  # a block of text ends with its line


def _with_last(text: str, whole: yaml.CollectionNode, last: yaml.Node, added: str) -> str:
    """Return a YAML text with one more part at the end of a list or mapping."""
    end = _end_of(last)
    if whole.flow_style:
        return f"{text[:end]}, {added}{text[end:]}"
    line_end = text.find("\n", end)
    before, after = (text, "\n") if line_end < 0 else (text[:line_end], text[line_end:])
    return f"{before}\n{' ' * whole.start_mark.column}{added}{after}"


def _without_part(
    text: str,
    whole: yaml.CollectionNode,
    parts: Sequence[tuple[yaml.Node, yaml.Node]],
    index: int,
) -> str:
    """Return a YAML text without one of the several parts of a list or mapping.

    `parts` have the first and the last node of each. In a block the lines go, with a comment behind
    the part.
    """
    spans = [(first.start_mark.index, _end_of(last)) for first, last in parts]
    begin, end = spans[index]
    if whole.flow_style:
        if index:
            return text[: spans[index - 1][1]] + text[end:]
        return text[:begin] + text[spans[1][0] :]
    line_end = text.find("\n", end)
    return text[: text.rfind("\n", 0, begin) + 1] + (text[line_end + 1 :] if line_end >= 0 else "")


def _on_one_line(value: object) -> str:
    """Return a value in YAML on one line, with texts in quotes, but for names such as en-US."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(entry(k, v) for k, v in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_on_one_line, value))}]"
    if isinstance(value, str):
        return value if _TAG.fullmatch(value) else _quoted(value)
    return json.dumps(value)


def _quoted(text: str) -> str:
    """Return a text in double quotes, with every character that YAML could alter as an escape."""
    return _SPECIAL.sub(lambda m: _escape(ord(m[0])), json.dumps(text, ensure_ascii=False))
