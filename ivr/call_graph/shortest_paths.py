"""The shortest keys that lead a caller to each node: so that it can be heard in the phone."""

from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from ivr.dialog import Dial, Place
from ivr.dialog.place import MAX_TRIES
from ivr.explore.events import SILENCE, step
from ivr.script.model import Script
from ivr.script.nodes import Goodbye

_KEYS = ("1", "2", "3", "4", "5", "9")

Way = tuple[str, ...]
"""What a caller does, as `ivr call --keys` and the phone's link take it: "1", "-" for silence."""


@lru_cache(maxsize=16)
def ways(script: Script, language: str) -> Mapping[str, Way]:
    """Return node → the shortest way there from the answer, in a language.

    A transfer is come to where it tells what it is, not where it rings. Nodes that cannot be come
    to have no way.
    """
    number = str(list(script.line.languages).index(language) + 1)
    home = step(script, None, "").place
    found: dict[str, Way] = {home.node: ()}
    first = step(script, home, number).place
    queue: deque[tuple[Place, Way]] = deque([(first, (number,))])
    seen = {(first.node, first.step)}
    while queue:
        place, way = queue.popleft()
        if not place.phase:
            found.setdefault(place.node, way)
        for key in _KEYS:
            there = step(script, place, key).place
            # Who is rung, or has pressed a key in vain, comes to nothing new; the answers to a
            # check, of which there are millions, all lead the same way.
            if not ((there.node, there.step) in seen or there.tries or there.phase):
                seen.add((there.node, there.step))
                queue.append((there, (*way, key)))
    found.setdefault(script.graph.goodbye, (number, *_patience(script, first)))
    return MappingProxyType(found)


def _patience(script: Script, place: Place) -> Way:
    """Return how long silence takes to the goodbye: the hotline is rung once on the way."""
    way: list[str] = []
    while not isinstance(script.node(place.node), Goodbye) and len(way) < 4 * (MAX_TRIES + 1):
        turn = step(script, place, SILENCE)
        way.append(SILENCE)
        if isinstance(turn.then, Dial):
            way.append("no-answer")
            turn = step(script, turn.place, "no-answer")
        place = turn.place
    return tuple(way)
