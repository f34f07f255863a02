"""A problem of a script: its file and line, what is wrong, and what to do about it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ivr.errors import IvrError

Level = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Problem:
    """One problem. Lines and columns count from 1. `check` is the check that reports it.

    `about` is the prompt, node or destination that has the problem; line.yaml's `allow` names it.
    """

    path: str
    line: int
    column: int
    text: str
    remedy: str
    check: str = "load"
    level: Level = "error"
    about: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column} {self.check}: {self.text}: {self.remedy}"


class ScriptError(IvrError):
    """A script that cannot be used, with all of its problems, sorted by file and line."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))

    def seen_from(self, copy: Path, original: Path) -> "ScriptError":
        """Return the problems of a copied script, with the paths of the original."""
        moved = [replace(p, path=p.path.replace(str(copy), str(original))) for p in self.problems]
        return ScriptError(moved)
