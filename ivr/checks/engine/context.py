"""What a check is given, and how it reports what it finds."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from ivr.problem import Level, Problem
from ivr.script.model import Script
from ivr.script.yaml_source import Files, Loc, Source


class Check(Protocol):
    """What every module of a check has. Its `__doc__` is its manual page."""

    ID: str
    SAFETY: bool

    def check(self, context: "ScriptContext") -> Iterator[Problem]:
        """Yield every problem that this check finds."""
        ...


@dataclass(frozen=True, eq=False)
class ScriptContext:
    """The script to check, the files it was read from, and the day on which it is checked.

    `clips` is the folder of clips that callers hear; None if they hear none. `made` are the keys of
    clips that are added to it when the script is published.
    """

    script: Script
    files: Files
    today: dt.date
    clips: Path | None = None
    made: frozenset[str] = frozenset()

    def in_line(self, loc: Loc, finding: "Finding") -> Problem:
        """Return a problem of a part of line.yaml: ("destinations", "hsi", …) is about "hsi"."""
        about = loc[1] if len(loc) > 1 else "".join(map(str, loc))
        return problem_in(self.files.line, loc, finding, str(about))

    def in_graph(self, node: str, finding: "Finding", *loc: str | int) -> Problem:
        """Return a problem of a node in menu.yaml, or of a part of it."""
        return problem_in(self.files.graph, ("nodes", node, *loc), finding, node)

    def in_words(self, language: str, prompt: str, finding: "Finding") -> Problem:
        """Return a problem of a prompt in a language's file."""
        return problem_in(self.files.words[language], ("prompts", prompt), finding, prompt)

    def in_speech(self, language: str, name: str, finding: "Finding") -> Problem:
        """Return a problem of what callers may say, in a language's file."""
        return problem_in(self.files.words[language], ("speech", name), finding, name)


@dataclass(frozen=True)
class Finding:
    """What a check finds: its ID, what is wrong, and what the operator can do about it."""

    check: str
    text: str
    remedy: str
    level: Level = "error"


def problem_in(source: Source, loc: Loc, finding: Finding, about: str) -> Problem:
    """Return a problem at a place of a file; `about` says what an operator may allow."""
    problem = source.problem(loc, finding.text, finding.remedy)
    return replace(problem, check=finding.check, level=finding.level, about=about)
