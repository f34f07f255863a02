"""A key means what the caller was told, also if another script is published while they listen.

The URL of a turn bears a mark: a hash of where the keys of its node lead. A key that comes in with
the mark of another script repeats the turn, with the keys as they are now, and leads nowhere. Keys
that mean the same everywhere (0, 9, *, …) need no mark, and words say themselves what they mean.
"""

from collections.abc import Mapping
from hashlib import blake2b

from ivr.dialog import Event, Key, Place
from ivr.script.model import Script
from ivr.script.nodes import Node, Opening

PARAMETER = "keys"
"""The mark's name in the query of a URL."""

MARK_BYTES = 3
"""Bytes of a mark, which is written in hexadecimal digits: it tells apart two scripts, no more."""

REPEAT = Key("#")


class OfferedKeys:
    """The marks of one script."""

    def __init__(self, script: Script) -> None:
        self._keys = {name: _keys(script, node) for name, node in script.graph.nodes.items()}
        self._marks = {name: _mark(keys) for name, keys in self._keys.items() if keys}

    def query(self, place: Place) -> str:
        """Return the part of a URL's query that bears the mark of a place; "" without one."""
        mark = self._marks.get(place.node)
        return f"{PARAMETER}={mark}" if mark else ""

    def event(self, place: Place, event: Event, query: Mapping[str, str]) -> Event:
        """Return what a caller did at a place: REPEAT for a key that meant something else.

        A URL without a mark is taken as it is.
        """
        mark = query.get(PARAMETER)
        if not mark or mark == self._marks.get(place.node) or not isinstance(event, Key):
            return event
        return REPEAT if event.keys in self._keys.get(place.node, {}) else event


def _keys(script: Script, node: Node) -> Mapping[str, str]:
    """Return key → where it leads, for the keys that only this node gives a meaning."""
    if isinstance(node, Opening):
        line = script.line
        codes = (*line.opening_languages, *line.other_languages)
        return {str(number): code for number, code in enumerate(codes, 1)}
    return {key: choice.to for key, choice in script.choices(node).items()}


def _mark(keys: Mapping[str, str]) -> str:
    text = " ".join(f"{key}:{to}" for key, to in sorted(keys.items()))
    return blake2b(text.encode(), digest_size=MARK_BYTES).hexdigest()
