"""Replaces one text in an operator's YAML file; every other byte of the file stays as it is.

Comments, order and quotes of the rest are somebody's work. So a text is not written by dumping the
file anew: it is put between the marks of the old one, as plain, quoted or folded as it needs to be.
"""

import json
import re
import textwrap
from typing import Any

import yaml

from ivr.errors import IvrError
from ivr.script.yaml_source import Loc

WIDTH = 100
"""Characters of the longest line of a text that is written folded."""

_WORD = re.compile(r"[^\W\d_]", re.UNICODE)
_TEXT = "tag:yaml.org,2002:str"
_SPECIAL = re.compile("[\x7f-\xa0\xad\u2028\u2029\ufeff\ufffe\uffff\U00010000-\U0010ffff]")
"""Characters that a reader of YAML may refuse, or take for the end of a line."""
_LAST_OF_FOUR_DIGITS = 0xFFFF

# The C loader is ten times as fast; not every PyYAML has it.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class PlaceError(IvrError):
    """A file has no text at a place: somebody has changed the file in the meantime."""


def text_at(source: str, loc: Loc) -> str:
    """Return the text at a place of a YAML file. Raises PlaceError, and yaml.YAMLError."""
    return str(_scalar(source, loc)[0].value)


def with_text(source: str, loc: Loc, text: str) -> str:
    """Return a YAML file in which the text at a place is another one.

    Raises PlaceError if there is no text, and yaml.YAMLError if the file is not YAML.
    """
    node, is_in_flow = _scalar(source, loc)
    if node.value == text and node.tag == _TEXT:
        return source
    begin, end = node.start_mark.index, _end(source, node)
    return source[:begin] + _written(source, node, text, is_in_flow=is_in_flow) + source[end:]


def _written(source: str, node: yaml.ScalarNode, text: str, *, is_in_flow: bool) -> str:
    """Return a text as it is written in place of a scalar: plain, folded or in quotes."""
    if _is_plain(text) and not (is_in_flow and set(text) & set(",[]{}")):
        if node.start_mark.column + len(text) <= WIDTH:
            return text
        if not is_in_flow and max(map(len, text.split(" "))) <= WIDTH // 2:
            return _folded(text, _indent(source, node.start_mark.index))
    return quoted(text)


def quoted(text: str) -> str:
    """Return a text in double quotes, with every character that YAML could alter as an escape."""
    quoted = json.dumps(text, ensure_ascii=False)
    return _SPECIAL.sub(lambda m: _escape(ord(m[0])), quoted)


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code <= _LAST_OF_FOUR_DIGITS else f"\\U{code:08x}"


def _scalar(source: str, loc: Loc) -> tuple[yaml.ScalarNode, bool]:
    """Return the scalar at a place, and whether it stands between brackets."""
    node, is_in_flow = yaml.compose(source, Loader=_LOADER), False
    for part in loc:
        is_in_flow = is_in_flow or bool(getattr(node, "flow_style", False))
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part] if part < len(node.value) else None
        elif isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == str(part)), None)
        else:
            node = None
    if not isinstance(node, yaml.ScalarNode):
        raise PlaceError(f"there is no text at {'.'.join(map(str, loc))} any more")
    return node, is_in_flow


def _end(source: str, node: yaml.ScalarNode) -> int:
    """Return the position behind a scalar, which for a block of text is that of its line's end."""
    end = int(node.end_mark.index)
    if node.style not in {"|", ">"}:
        return end
    block = source[int(node.start_mark.index) : end]
    return end - (len(block) - len(block.rstrip(" \r\n")))


def _is_plain(text: str) -> bool:
    """Return whether YAML reads a text as the same text if it stands without quotes."""
    if not text or text != " ".join(text.split()) or not text.isprintable():
        return False
    if not _WORD.match(text[0]) and text[0] not in "¿¡…":
        return False
    try:
        node = yaml.compose(f"a: {text}", Loader=_LOADER)
    except yaml.YAMLError:
        return False
    if not isinstance(node, yaml.MappingNode) or len(node.value) != 1:
        return False
    value = node.value[0][1]
    return (
        isinstance(value, yaml.ScalarNode)
        and value.value == text
        and value.tag == _TEXT
        and text.casefold() not in {"y", "n"}
        and " #" not in text
    )


def _folded(text: str, indent: int) -> str:
    inner = " " * (indent + 2)
    lines = textwrap.wrap(text, WIDTH - len(inner), break_long_words=False, break_on_hyphens=False)
    return ">-\n" + "\n".join(inner + line for line in lines)


def _indent(source: str, begin: int) -> int:
    """Return the indentation of the line in which a scalar begins."""
    line = source[source.rfind("\n", 0, begin) + 1 : begin]
    return len(line) - len(line.lstrip(" "))
