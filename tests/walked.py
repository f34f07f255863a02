"""What a walk through a variant of the shipped script shows, found once for all tests of a run."""

import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest
from filelock import FileLock

from ivr.checks.exploration import Exploration, explored
from ivr.dialog import Place, Spoken, Turn
from ivr.explore.explorer import Transition
from ivr.script.load import load
from ivr.script.model import Script
from ivr.speech import clip_key
from tests.lines import variant


@dataclass(frozen=True)
class Walked:
    """A finished walk: what the exploration tells, and every turn that a caller can come to."""

    exploration: Exploration
    turns: tuple[Turn, ...]

    @property
    def places(self) -> set[Place]:
        """Return every place that a turn leads to."""
        return {turn.place for turn in self.turns}

    @property
    def said(self) -> Mapping[str, Spoken]:
        """Return all that the line says, by its key, as ivr.explore.utterances does."""
        return clip_key.wanted(self.turns)


Walks = Callable[[str], Walked]


def walk_through(script: Script) -> Walked:
    """Walk through a script, which takes seconds."""
    turns: dict[Turn, None] = {}

    def keep(transition: Transition) -> None:
        if transition.turn:
            turns[transition.turn] = None

    exploration = explored(script, keep)
    return Walked(exploration, tuple(turns))


def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that all processes of a run have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


T = TypeVar("T")


def once(tmp_path_factory: pytest.TempPathFactory, name: str, find: Callable[[Path], T]) -> T:
    """Return what `find` finds in a folder; the processes of a run share it by a file."""
    room = shared(tmp_path_factory) / "found"
    room.mkdir(exist_ok=True)
    file = room / f"{name}.pickle"
    with FileLock(file.with_suffix(".lock")):
        if not file.exists():
            file.write_bytes(pickle.dumps(find(room)))
    shared_value: T = pickle.loads(file.read_bytes())  # noqa: S301 written by this run
    return shared_value


@pytest.fixture(scope="session")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walks:
    """Return what a walk through a variant shows, found once in a run."""

    @cache
    def walk(name: str) -> Walked:
        find = lambda room: walk_through(load(variant(name, room)))  # noqa: E731
        return once(tmp_path_factory, name, find)

    return walk
