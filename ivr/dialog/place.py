"""A place: all that is known of a call between two turns, small enough to travel in a URL.

`/voice/es/signs-people.2?try=1&slow=1`: the carrier signs the URL, so no server keeps the state of
a call (docs/architecture.md).
"""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote_plus

DIALLING = frozenset({"dial", "call"})
"""The phases in which somebody is rung."""

CHECK_RESULT = "result"
"""The phase of a check in which the number of yeses is said."""

ANNOUNCED = "announced"
"""The phase in which the hotline is about to be rung for a caller who does nothing: any key stops
it."""

REACHED = "reached"
"""The phase in which a caller is asked whether they have reached a person."""

LANGUAGES = "languages"
"""The phase of the opening in which the names of the languages are said."""

MAX_TRIES = 2
"""Kind messages at a place; the next silence or wrong key leads to a person (rule 4)."""

_FLAGS = {
    "again": "repeated",
    "first": "first",
    "rang": "auto_rang",
    "safe": "safe",
    "slow": "slow",
    "texts": "texts",
    "unsure": "no_language",
}
"""A flag's name in the query → its field. URLs keep their names: a deploy cuts no call short."""

_DIGITS = 12


class Place(NamedTuple):
    """Where a call is.

    - `step` counts the steps of a talk or a check from 0, or the agency's telephones while they
      ring in turn.
    - `phase` is where the call is within the node; each kind of node has its own phases.
    - `tries` counts silences and wrong keys here, and `repeated` says that `#` was the last key.
      While somebody is rung, `tries` is set if the call has been announced before.
    - `first` is set if the caller comes from the opening, or if a destination rings before its node
      was visited: the line then describes it first. `no_language` is set while none has been
      chosen.
    - `yes` has a bit for each step of a check that was answered with yes.
    - `auto_rang` says that the hotline was rung for a caller who did nothing, which happens once.
    - `back` is where 0, 8 or 9 was pressed, as "node.step", or "node.step.phase".
    - `since` is when the first person on call was rung, in seconds since 1970.
    - `texts` says that the caller's telephone can be sent text messages.
    - `recording` is a message that was left, as the carrier names it, and `safe` says that it is
      safe to call back.
    """

    language: str
    node: str
    step: int = 0
    phase: str = ""
    tries: int = 0
    repeated: bool = False
    first: bool = False
    no_language: bool = False
    slow: bool = False
    yes: int = 0
    auto_rang: bool = False
    back: str = ""
    since: int = 0
    texts: bool = False
    safe: bool = False
    recording: str = ""

    def url(self) -> str:
        """Return the place as a relative path with its query: `es/signs-people.2?try=1`.

        The query is in alphabetical order: carriers were reported to request it so, whatever the
        order in which they were given it, and sign the URL that they were given.
        """
        node = f"{self.node}.{self.step}" if self.step else self.node
        fields: dict[str, str | int] = {
            **{name: getattr(self, field) for name, field in _FLAGS.items()},
            "at": self.phase,
            "back": self.back,
            "recording": self.recording,
            "since": self.since,
            "try": self.tries,
            "yes": f"{self.yes:x}" if self.yes else "",
        }
        given = [
            f"{name}={quote_plus(value) if isinstance(value, str) else int(value)}"
            for name, value in fields.items()
            if value
        ]
        query = "&".join(sorted(given))
        return f"{self.language}/{node}" + (f"?{query}" if query else "")

    @classmethod
    def from_url(cls, path: str, query: Mapping[str, str]) -> "Place":
        """Return the place of a path and its query, whether a script has it or not."""
        language, _, node_and_step = path.partition("/")
        node, _, step = node_and_step.partition(".")
        return cls(
            language,
            node,
            step=_number(step),
            phase=query.get("at", ""),
            tries=min(_number(query.get("try", "")), MAX_TRIES),
            yes=_number(query.get("yes", ""), 16),
            back=query.get("back", ""),
            since=_number(query.get("since", "")),
            recording=query.get("recording", ""),
            **{field: query.get(name) == "1" for name, field in _FLAGS.items()},
        )

    def reset_attempts(self) -> "Place":
        """Return this place as it is for a caller who has just come to it."""
        return self._replace(tries=0, repeated=False)

    def at_rest(self) -> "Place":
        """Return this place as it is for a caller who comes to its node."""
        return self.reset_attempts()._replace(phase="", step=0, since=0, recording="")

    def origin(self) -> "Place":
        """Return the place at which 0, 8 or 9 was pressed, as `back` has it."""
        node, step, phase = (*self.back.split("."), "", "")[:3]
        origin = Place(self.language, node, _number(step), phase, slow=self.slow, yes=self.yes)
        return origin._replace(auto_rang=self.auto_rang, texts=self.texts)


def _number(text: str, base: int = 10) -> int:
    """Read a small count; the URL is signed, but a bug of ours must not become a huge number."""
    try:
        return max(int(text, base), 0) if text.isascii() and len(text) < _DIGITS else 0
    except ValueError:
        return 0
