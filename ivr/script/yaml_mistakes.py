"""What a person did who wrote a file that is not YAML, and what to do about it.

YAML names the place where it gave up, which can be many lines below the mistake.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

Mistake = tuple[int, int, str, str]
"""Line and column (from 1), what is wrong, and the remedy."""


def explained(text: str, error: Exception, loader: Any) -> Mistake:  # noqa: ANN401 PyYAML's classes
    """Return the likeliest mistake behind an error that `loader` raised for a file's text."""
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error).partition("\n")[0]
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines()
    if mark and (mistake := _open_quote(text, loader) or _in_line(lines, line)):
        return mistake
    return line + 1, column + 1, f"is not YAML ({what})", _remedy(what)


def _open_quote(text: str, loader: Any) -> Mistake | None:  # noqa: ANN401
    """Find a quote that is closed in a later entry only, or never."""
    lines = text.splitlines()
    for first, last in _quoted(text, loader):
        if any(_ENTRY.match(line) for line in lines[first.line + 1 : last.line + 1]):
            what = f"has a quote that opens here and closes no sooner than in line {last.line + 1}"
            return first.line + 1, first.column + 1, what, "close it where these words end"
    return None


def _quoted(text: str, loader: Any) -> Iterator[tuple[yaml.Mark, yaml.Mark]]:  # noqa: ANN401
    """Yield where each text in quotes begins and ends, as far as the file can be read."""
    try:
        for token in yaml.scan(text, Loader=loader):
            if isinstance(token, yaml.ScalarToken) and token.style in {"'", '"'}:
                yield token.start_mark, token.end_mark
    except yaml.MarkedYAMLError as e:
        if e.context_mark and e.problem_mark and e.context == "while scanning a quoted scalar":
            yield e.context_mark, e.problem_mark


_ENTRY = re.compile(r"(?P<indent>\s*)(?:- )?['\"]?[\w.-]+['\"]?:(?:\s+(?P<value>\S.*))?$")
"""A line that is an entry of its own, such as `  main.welcome: Welcome.`"""

_UNSPACED = re.compile(r"\s*(?:- )?[A-Za-z][\w.-]*:(?=[^\s/])")
"""An entry without the blank behind its colon."""

_PART_IN_QUOTES = re.compile(r"""(?:"[^"]*"|'[^']*')\s*[^\s#,]""")
"""A value with more words behind its closing quote."""

_WHOLE = "put the whole text in 'quotes', and write '' for each ' in it"


def _in_line(lines: Sequence[str], line: int) -> Mistake | None:
    """Find a mistake that can be seen in the line where YAML gave up, or in the one before."""
    for at in (line, line - 1):
        if not 0 <= at < len(lines):
            continue
        if match := _UNSPACED.match(lines[at]):
            return at + 1, match.end(), "has no blank behind this colon", "write one"
        entry = _ENTRY.match(lines[at])
        if entry is None:
            continue
        column, value = entry.start("value") + 1, entry["value"] or ""
        if _PART_IN_QUOTES.match(value):
            return at + 1, column, "has a text with quotes around a part of it", _WHOLE
        if value[:1] in set("*&%@`?-!") or re.match(r"\{\w+\}.", value):
            what = f'has a text that begins with "{value[0]}", which means something else to YAML'
            return at + 1, column, what, _WHOLE
        if mistake := _indented_otherwise(lines, at, entry):
            return mistake
    return None


def _indented_otherwise(lines: Sequence[str], at: int, entry: "re.Match[str]") -> Mistake | None:
    """Find an entry that begins further right than one with a text, or a bit further left.

    Levels are two blanks apart in all files that ship.
    """
    if "\t" in entry["indent"]:
        return at + 1, 1, "is indented by a tab", "use blanks"
    above = next((i for i in range(at - 1, -1, -1) if _ENTRY.match(lines[i])), None)
    former = _ENTRY.match(lines[above]) if above is not None else None
    if above is None or former is None or not former["value"]:
        return None
    indent, other = len(entry["indent"]), len(former["indent"])
    if indent <= other and (indent - other) % 2 == 0:
        return None
    what = f"is indented by {indent}, but line {above + 1} by {other}"
    return at + 1, indent + 1, what, "begin the entries of a list below each other"


_REMEDIES = (
    ("mapping values are not allowed", 'put a text that has ": " in it in "quotes"'),
    ("cannot start any token", "use spaces, not tabs, and quotes around a text with special signs"),
    ("expected ',' or", "put a comma between the entries, and close the brackets"),
    ("out of range", "write a day that the calendar has"),
    ("must be in", "write a day that the calendar has"),
    ("unexpected end of stream", "close the quotes that open there"),
    (
        "expected key",
        "look for quotes that are not closed above, and for a blank too many before it",
    ),
)
"""What a YAML parser says, and what an operator can do about it."""


def _remedy(what: str) -> str:
    remedies = (remedy for part, remedy in _REMEDIES if part in what)
    return next(remedies, "look at the indentation, quotes and colons here")
