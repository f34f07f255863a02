"""The shortest path of keys to each node, so that it can be heard in the phone."""

from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from ivr.dialog import Dial, Place
from ivr.dialog.language_menu import keys_to
from ivr.dialog.place import CHECK_RESULT, MAX_TRIES
from ivr.explore.events import SILENCE, step, step_to
from ivr.script.model import Script
from ivr.script.nodes import Goodbye

_KEYS = ("1", "2", "3", "4", "5", "9")

Path = tuple[str, ...]
"""What a caller does, as `ivr call --keys` and the phone's link take it: "1", "-" for silence."""


@lru_cache(maxsize=16)
def shortest_paths(script: Script, language: str) -> Mapping[str, Path]:
    """Return node → the shortest path to it from the answer, in a language.

    The path to a transfer ends where the line says what it is, before it rings. Nodes that no
    caller can reach are left out.
    """
    number = keys_to(script, language)
    opening = step(script, None, "").place
    paths: dict[str, Path] = {opening.node: ()}
    home = step_to(script, language).place
    queue: deque[tuple[Place, Path]] = deque([(home, number)])
    visited = {(home.node, home.step, home.phase)}
    while queue:
        place, path = queue.popleft()
        if not place.phase:
            paths.setdefault(place.node, path)
        for key in _KEYS:
            onward = step(script, place, key).place
            # A call that rings, and a key pressed in vain, lead to nothing new; the answers to a
            # check, of which there are millions, all lead to its result, and on from there.
            state = (onward.node, onward.step, onward.phase)
            if state not in visited and not onward.tries and onward.phase in {"", CHECK_RESULT}:
                visited.add(state)
                queue.append((onward, (*path, key)))
    paths.setdefault(script.graph.goodbye, (*number, *_silence_to_goodbye(script, home)))
    return MappingProxyType(paths)


def _silence_to_goodbye(script: Script, place: Place) -> Path:
    """Return how silence leads to the goodbye: the hotline is rung once on the way."""
    path: list[str] = []
    while not isinstance(script.node(place.node), Goodbye) and len(path) < 4 * (MAX_TRIES + 1):
        turn = step(script, place, SILENCE)
        path.append(SILENCE)
        if isinstance(turn.verb, Dial):
            path.append("no-answer")
            turn = step(script, turn.place, "no-answer")
        place = turn.place
    return tuple(path)
