"""Names and sentences that a reader would have to decode are refused (CONTRIBUTING.md)."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

ROOT = Path(__file__).parent.parent
Lines = list[tuple[int, str]]
"""Texts, each with the number of its line."""

SOURCES = sorted(
    path
    for folder in ("ivr", "bench", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if "node_modules" not in path.parts
)
TEMPLATES = sorted(
    path for pattern in ("*.html", "*.jinja") for path in (ROOT / "ivr").rglob(pattern)
)
PROSE = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

EMPTY_NAMES = {"told", "found", "said", "heard", "kept", "known", "came", "here", "there"}
"""Participles and adverbs that do not say what a value holds."""

ALLOWED_NAMES: dict[str, set[str]] = {}
"""File → names that may stay, each with a reason beside it."""

RIDDLES = [
    r"\b(?:for|by|to|of) who\b(?! )",
    r"\b(?:shown|known|told) to who\b",
    r"\bwho is on call (?:is|has|may|can)\b",
    r"\bwho is (?:dialled|rung) (?:is|has|hears)\b",
    r"(?:^|[.:;] )(?:Is|Has|Does|Are|Do|Was|Were) [^.?]{5,80}, (?!please)[a-z](?![^.]*[?])",
    r"\bTake it that\b",
    r"\bas good as none\b",
    r"\bis none of\b",
    r"\bnobody's (?:business|concern|case)\b",
    r"\bas the hour has it\b",
]
"""Patterns of sentences that have to be read twice; CONTRIBUTING.md has the plain form."""

SOURCE_WORDS = re.compile(
    r"\bDESIGN\b|\bCONTENT\.md\b|\bCONTENT\b(?=[',)])|\bhuman-factors\.md\b|\bstyle\.md\b"
    r"|\bhouse-\w+\.md\b"
)
COMMENT = re.compile(
    r"""("{3}|'{3})(?:[^\\]|\\.)*?\1|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#(?P<comment>[^\n]*)""",
    re.DOTALL,
)
"""Strings, so that no sign in them begins a comment; and comments."""

pytestmark = pytest.mark.xdist_group("sources")
"""They are read once."""

REQUIREMENTS = (ROOT / "docs" / "requirements.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()


def _name(node: ast.AST) -> str:
    """Return the name of the value that a node binds, if it binds one."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            return name
        case ast.arg(arg=name) | ast.alias(asname=str(name)):
            return name
    return ""


@cache
def _read(path: Path) -> tuple[Lines, Lines]:
    """Return the names of the values that a module binds, and its docstrings and comments."""
    text = path.read_text(encoding="utf-8")
    names, sentences = [], []
    for node in ast.walk(ast.parse(text)):
        if name := _name(node):
            names.append((node.lineno, name))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            sentences.append((node.lineno, " ".join(str(node.value.value).split())))
    for match in COMMENT.finditer(text):
        if match["comment"] is not None:
            line = text.count("\n", 0, match.start()) + 1
            sentences.append((line, match["comment"].lstrip("# ")))
    return names, sentences


def _sentences(path: Path) -> Lines:
    """Return the docstrings and comments of a module, or the paragraphs of a page."""
    if path.suffix != ".md":
        return _read(path)[1]
    paragraphs, line = [], 1
    for paragraph in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        paragraphs.append((line, " ".join(paragraph.split())))
        line += paragraph.count("\n") + 2
    return paragraphs


def _relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_value_says_what_it_holds() -> None:
    bad = [
        f"{_relative(path)}:{line}: {name}"
        for path in SOURCES
        for line, name in _read(path)[0]
        if name.lower().strip("_") in EMPTY_NAMES - ALLOWED_NAMES.get(_relative(path), set())
    ]
    assert not bad, "name what the value holds:\n" + "\n".join(bad)


def test_every_value_of_a_template_says_what_it_holds() -> None:
    bad = [
        f"{_relative(path)}:{name.lineno}: {name.name}"
        for path in TEMPLATES
        for name in Environment(autoescape=True).parse(path.read_text("utf-8")).find_all(nodes.Name)
        if name.ctx in {"store", "param"} and name.name in EMPTY_NAMES
    ]
    assert not bad, "name what the value holds:\n" + "\n".join(bad)


QUOTING = {"CONTRIBUTING.md"}
"""Pages that quote what they forbid."""


def test_no_sentence_has_to_be_read_twice() -> None:
    bad = [
        f"{_relative(path)}:{line}: {match.group()!r}"
        for path in (*SOURCES, *PROSE)
        if path.name not in QUOTING
        for line, words in _sentences(path)
        for pattern in RIDDLES
        if (match := re.search(pattern, words))
    ]
    assert not bad, "say it in plain words:\n" + "\n".join(bad)


def _unreadable(words: str) -> Iterator[str]:
    """Yield what a text cites and nobody can read: pages, modules, rules by their number."""
    if match := SOURCE_WORDS.search(words):
        yield match.group()
    pages = re.findall(r"(?<![\w/.-])(docs/[\w./-]+\.\w+|ivr/[\w/]+\.py)\b", words)
    yield from (page for page in pages if not (ROOT / page).exists())
    modules = re.findall(r"(?<![\w./])ivr(?:\.[a-z_]+)+", words)
    yield from (module for module in modules if not _is_module(module))
    numbers = re.findall(r"requirements\.md[,)]? ?\(?(R\d+)", words)
    yield from (number for number in numbers if f"| {number} |" not in REQUIREMENTS)
    rules = re.findall(r"architecture\.md, rule (\d+)", words)
    yield from (f"rule {rule}" for rule in rules if f"\n{rule}. " not in ARCHITECTURE)


def _is_module(dotted: str) -> bool:
    """Return whether a dotted name is a module or package of ours, or a name in one."""
    path = ROOT / dotted.replace(".", "/")
    return any(p.exists() for p in (path, path.with_suffix(".py"), path.parent.with_suffix(".py")))


def test_every_source_that_is_cited_can_be_read() -> None:
    """A cited page is in the repository, a rule or requirement with its number on its page."""
    missing = [
        f"{_relative(path)}:{line}: {citation}"
        for path in (*SOURCES, *PROSE)
        for line, words in _sentences(path)
        for citation in _unreadable(words)
    ]
    assert not missing, "cite what can be read:\n" + "\n".join(missing)
