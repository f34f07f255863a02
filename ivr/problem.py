"""A problem of a script, as a value: where it stands, what it is, what to do about it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ivr.errors import IvrError

Level = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Problem:
    """One problem. Lines and columns count from 1; `check` is the check that found it.

    `about` is the prompt, node or destination that has it, by which an operator may allow it.
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
    """A script that cannot be used, with every problem found, sorted by place."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))

    def seen_from(self, copy: Path, original: Path) -> "ScriptError":
        """Return the same problems of a copied script, told of the folder it was copied from."""
        moved = [replace(p, path=p.path.replace(str(copy), str(original))) for p in self.problems]
        return ScriptError(moved)
