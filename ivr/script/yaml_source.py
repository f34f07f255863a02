"""A YAML file as plain data, with the line and column of each of its parts.

PyYAML reads the file. This module keeps the positions, which PyYAML forgets, and refuses a key that
stands twice, of which PyYAML drops the first in silence.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from ivr.problem import Problem
from ivr.script.yaml_mistakes import Mistake, explained

Loc = tuple[str | int, ...]

# The C loader is three times as fast; not every PyYAML has it.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """A loader with the booleans of YAML 1.2: `no:` among a language's words is a word."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, exp) for tag, exp in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in _SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def _timestamp(loader: Any, node: yaml.ScalarNode) -> Any:  # noqa: ANN401 as PyYAML has them
    """Report the position of a day that no calendar has; PyYAML reports only the day."""
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError as e:
        raise yaml.constructor.ConstructorError(None, None, str(e), node.start_mark) from None


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)

MAX_BYTES = 4_000_000
"""The largest file that is read, in bytes."""

MAX_PARTS = 50_000
"""The most keys and values that are read; the longest file that ships has about 800."""

MAX_DEPTH = 20
"""The deepest nesting of lists and mappings that is read."""


@dataclass(frozen=True)
class Source:
    """A file's data, and the line and column of each of its parts.

    `problems` says why the file could not be read. `written` has each value as it stands in the
    file: YAML takes 9:00 for 540. `comments` has what follows a value without quotes in its line,
    from the "#" on: YAML drops it. `inserted` are the parts that stand in another file, which
    is merged into this one: their path here, that file, and their path in it.
    """

    path: Path
    data: Any = None
    marks: Mapping[Loc, tuple[int, int]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    written: Mapping[Loc, str] = field(default_factory=dict)
    comments: Mapping[Loc, str] = field(default_factory=dict)
    inserted: Mapping[Loc, tuple["Source", Loc]] = field(default_factory=dict)

    def origin(self, loc: Loc) -> tuple["Source", Loc]:
        """Return the file in which a part stands, and its path in that file."""
        for length in range(len(loc), 0, -1):
            if loc[:length] in self.inserted:
                source, path = self.inserted[loc[:length]]
                return source, (*path, *loc[length:])
        return self, loc

    def at(self, loc: Loc) -> tuple[int, int]:
        """Return the line and column (from 1) of a part, or of the nearest part around it."""
        source, loc = self.origin(loc)
        while loc and loc not in source.marks:
            loc = loc[:-1]
        return source.marks.get(loc, (1, 1))

    def problem(self, loc: Loc, text: str, remedy: str) -> Problem:
        """Return a problem at a part of this file, or of the file in which that part stands."""
        path = self.origin(loc)[0].path
        return Problem(str(path), *self.at(loc), text, remedy)


@dataclass(frozen=True)
class Files:
    """The files of a script, which give a problem its file and line.

    `speaker` are those of a voice assistant's words, by language; empty if there is no assistant.
    `extras` are the menu.yaml of each extra that is switched on.
    """

    line: Source
    graph: Source
    words: Mapping[str, Source]
    speaker: Mapping[str, Source] = field(default_factory=dict)
    extras: Mapping[str, Source] = field(default_factory=dict)


def read_yaml(path: Path) -> Source:
    """Read a YAML file. Whatever is wrong with it is returned as its problems, never raised."""
    try:
        text = _decoded(path)
        source, mistakes = _content(text)
    except _UnreadableError as e:
        source, mistakes = _NOTHING, (e.mistake,)
    except (yaml.YAMLError, RecursionError, ValueError) as e:
        source, mistakes = _NOTHING, (explained(text, e, _Loader),)
    problems = tuple(Problem(str(path), *mistake) for mistake in mistakes)
    return replace(source, path=path, problems=problems)


_NOTHING = Source(Path())


@lru_cache(maxsize=16)
def _content(text: str) -> tuple[Source, tuple[Mistake, ...]]:
    """Read the text of a file: a source without a path, and the mistakes in it.

    A script that is read again has mostly changed in one file.
    """
    root = _composed(text)
    marks: dict[Loc, tuple[int, int]] = {}
    values: dict[Loc, yaml.ScalarNode] = {}
    mistakes = tuple(_walk(root, (), marks, values)) if root else ()
    data = None if mistakes or root is None else _Loader("").construct_document(root)
    written = {loc: node.value for loc, node in values.items()}
    return replace(
        _NOTHING, data=data, marks=marks, written=written, comments=_comments(text, values)
    ), mistakes


def plain_data(text: str) -> Any:  # noqa: ANN401 what the YAML holds
    """Return what a YAML file holds, within the bounds of `read_yaml`. Raises yaml.YAMLError."""
    try:
        _composed(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 a SafeLoader
    except (_UnreadableError, RecursionError, ValueError) as e:
        raise yaml.YAMLError(str(e)) from None


class _UnreadableError(Exception):
    def __init__(self, text: str, remedy: str, line: int = 0, column: int = 0) -> None:
        self.mistake: Mistake = (line + 1, column + 1, text, remedy)
        super().__init__(text)


def _decoded(path: Path) -> str:
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as e:
        remedy = "put the file there, or take its language out of line.yaml"
        if path.stem in {"line", "menu", "inventory"}:
            remedy = "copy it from the prompts that came with the line"
        raise _UnreadableError(f"cannot be read ({e.strerror})", remedy) from e
    except UnicodeDecodeError as e:
        line = raw[: e.start].count(b"\n")
        raise _UnreadableError("is not UTF-8", "save it as UTF-8", line) from e
    if len(raw) > MAX_BYTES:
        raise _UnreadableError(f"is over {MAX_BYTES:,} bytes", "make it smaller")
    return text


_PARTS = (
    yaml.ScalarToken,
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.BlockEntryToken,
    yaml.FlowEntryToken,
)


def _composed(text: str) -> yaml.Node | None:
    """Compose the file's nodes, unless there are too many: each costs 30 microseconds and more.

    Aliases are refused: a few of them can expand to gigabytes. An anchor is then a word of a text
    that begins with "&", which YAML would drop.
    """
    parts, anchor = 0, None
    for token in yaml.scan(text, Loader=_Loader):
        parts += isinstance(token, _PARTS)
        mark = token.start_mark
        if parts > MAX_PARTS:
            what = f"has over {MAX_PARTS:,} keys and values"
            raise _UnreadableError(what, "make it smaller", mark.line, mark.column)
        if isinstance(token, yaml.AliasToken):
            what = f"has an alias (*{token.value})"
            raise _UnreadableError(what, "write it out", mark.line, mark.column)
        if isinstance(token, yaml.AnchorToken):
            anchor = anchor or token
    if anchor is not None:
        mark = anchor.start_mark
        what = f'would lose "&{anchor.value}" here, which YAML takes for a name'
        remedy = "write the whole text in quotes"
        raise _UnreadableError(what, remedy, mark.line, mark.column)
    node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    return node


def _walk(
    node: yaml.Node,
    loc: Loc,
    marks: dict[Loc, tuple[int, int]],
    values: dict[Loc, yaml.ScalarNode],
) -> Iterator[Mistake]:
    """Record the position of each part, and each value; yield each repeated key as a mistake."""
    marks.setdefault(loc, _place(node))
    if len(loc) > MAX_DEPTH:
        yield *_place(node), "is nested too deep", "write it plainly"
    elif isinstance(node, yaml.ScalarNode):
        values[loc] = node
    elif isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            yield from _walk(item, (*loc, i), marks, values)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            key_loc = (*loc, str(key.value))
            if key_loc in marks:
                first = marks[key_loc][0]
                text = f'the key "{key.value}" stands twice (first in line {first})'
                yield *_place(key), text, "keep one of them"
                continue
            marks[key_loc] = _place(key)
            yield from _walk(value, key_loc, marks, values)


def _comments(text: str, values: Mapping[Loc, yaml.ScalarNode]) -> dict[Loc, str]:
    """Return the comment behind each value without quotes that has one in its last line."""
    lines = re.split(r"\r\n|[\r\n\x85\u2028\u2029]", text)  # the line breaks of YAML 1.1
    comments = {}
    for loc, node in values.items():
        end = node.end_mark
        rest = lines[end.line][end.column :].strip() if end.line < len(lines) else ""
        if not node.style and rest.startswith("#"):
            comments[loc] = rest
    return comments


def _place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1
