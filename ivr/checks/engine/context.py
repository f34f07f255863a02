"""What a check looks at, and how it tells what it found."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from ivr.problem import Level, Problem
from ivr.script.model import Script
from ivr.script.parts import Files
from ivr.script.yaml_source import Loc, Source


class Check(Protocol):
    """What every module of a check has. Its `__doc__` is its manual page."""

    ID: str
    SAFETY: bool

    def check(self, subject: "Subject") -> Iterator[Problem]:
        """Yield every problem that this check finds."""
        ...


@dataclass(frozen=True, eq=False)
class Subject:
    """A whole script, where its parts stand, and the day on which it is checked."""

    script: Script
    files: Files
    today: dt.date

    def in_line(self, loc: Loc, found: "Found") -> Problem:
        """Return a problem of a part of line.yaml: ("destinations", "hsi", …) is about "hsi"."""
        about = loc[1] if len(loc) > 1 else "".join(map(str, loc))
        return _problem(self.files.line, loc, found, str(about))

    def in_graph(self, node: str, found: "Found", *loc: str | int) -> Problem:
        """Return a problem of a node in menu.yaml, or of a part of it."""
        return _problem(self.files.graph, ("nodes", node, *loc), found, node)

    def in_words(self, language: str, prompt: str, found: "Found") -> Problem:
        """Return a problem of a prompt in a language's file."""
        return _problem(self.files.words[language], ("prompts", prompt), found, prompt)

    def in_speech(self, language: str, name: str, found: "Found") -> Problem:
        """Return a problem of what callers may say, in a language's file."""
        return _problem(self.files.words[language], ("speech", name), found, name)


@dataclass(frozen=True)
class Found:
    """What a check found: its ID, what is wrong, and what to do about it."""

    check: str
    text: str
    remedy: str
    level: Level = "error"


def _problem(source: Source, loc: Loc, found: Found, about: str) -> Problem:
    told = source.problem(loc, found.text, found.remedy)
    return replace(told, check=found.check, level=found.level, about=about)
