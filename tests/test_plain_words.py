"""Names and sentences that a reader would have to decode are refused (CONTRIBUTING.md)."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = sorted(
    path
    for folder in ("ivr", "bench", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if "node_modules" not in path.parts
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
REQUIREMENTS = (ROOT / "docs" / "requirements.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()


def _names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and name of every value that a module binds."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.alias(asname=str(name)):
                yield node.lineno, name


@cache
def _sentences(path: Path) -> list[tuple[int, str]]:
    """Return the docstrings and comments of a module, or the paragraphs of a page."""
    return list(_read_sentences(path))


def _read_sentences(path: Path) -> Iterator[tuple[int, str]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        line = 1
        for paragraph in re.split(r"\n\s*\n", text):
            yield line, " ".join(paragraph.split())
            line += paragraph.count("\n") + 2
        return
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(words))):
                yield node.lineno, " ".join(words.split())
    comments = [
        (token.start[0], token.string.lstrip("# "))
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    ]
    yield from comments


def _relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_value_says_what_it_holds() -> None:
    bad = [
        f"{_relative(path)}:{line}: {name}"
        for path in SOURCES
        for line, name in _names(ast.parse(path.read_text(encoding="utf-8")))
        if name.lower().strip("_") in EMPTY_NAMES - ALLOWED_NAMES.get(_relative(path), set())
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
