"""A place: all that is known of a call between two turns, small enough to travel in a URL.

`/voice/es/signs-people.2?try=1&slow=1`: the carrier signs it, so no server keeps call state
(DESIGN). A place that no longer makes sense, because the script changed in mid-call, reads as the
main menu.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from ivr.phone_numbers import RECORDING_SID
from ivr.schedule.on_call import RUNGS
from ivr.script.model import Script
from ivr.script.nodes import Agency, Check, Emergency, Talk, Transfer, Voicemail

_RUNG = frozenset({"", "number", "dial", "completed", "busy", "no-answer", "failed"})
PHASES: Mapping[type, frozenset[str]] = {
    Transfer: _RUNG,
    Agency: _RUNG | {"open", "closed", "on-call", "call", "unreached"},
    Emergency: frozenset({"", "asked", "dial"}),
    Voicemail: frozenset({"", "safe", "begin", "record", "review"}),
}
"""Where a call can stand within a node of a kind; every other kind has only ""."""

DIALLING = frozenset({"dial", "call"})
"""The phases in which somebody is rung."""

MAX_TRIES = 2
"""Two kind messages at a place; the third silence or wrong key leads to a person (rule 4)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call is.

    `step` counts a talk's or check's steps from 0, or the agency's telephones while they ring in
    turn; `tries` the silences and wrong keys here; `again` that `#` was the last key; `first` the
    way in from the opening; `unsure` that no language was chosen yet; `yes` the yeses of a check,
    bit by step; `rang` that the ladder has rung the hotline once; `back` where 0 or 9 was pressed,
    as "node.step"; `since` when who is on call was first rung, in seconds since 1970; `texts` that
    the caller's telephone can be sent text messages; `recording` a message that was left, as the
    carrier names it, and `safe` that it is safe to call back.
    """

    language: str
    node: str
    step: int = 0
    phase: str = ""
    tries: int = 0
    again: bool = False
    first: bool = False
    unsure: bool = False
    slow: bool = False
    yes: int = 0
    rang: bool = False
    back: str = ""
    since: int = 0
    texts: bool = False
    safe: bool = False
    recording: str = ""

    def url(self) -> str:
        """Return the place as a relative path with its query: `es/signs-people.2?try=1`."""
        node = f"{self.node}.{self.step}" if self.step else self.node
        query = {
            "at": self.phase,
            "try": self.tries or "",
            "yes": f"{self.yes:x}" if self.yes else "",
            "back": self.back,
            "since": self.since or "",
            "recording": self.recording,
            **{flag: "1" for flag in _FLAGS if getattr(self, flag)},
        }
        told = urlencode({name: value for name, value in query.items() if value})
        return f"{self.language}/{node}" + (f"?{told}" if told else "")

    def anew(self) -> "Place":
        """Return this place as it is when a caller has just come to it."""
        return replace(self, tries=0, again=False)

    @classmethod
    def read(cls, script: Script, path: str, query: Mapping[str, str]) -> "Place":
        """Read a place from a path and its query; what makes no sense becomes the main menu."""
        language, _, rest = path.partition("/")
        known = language in script.words
        lost = cls(language if known else script.line.default_language, script.graph.home)
        node, _, step = rest.partition(".")
        place = cls(
            lost.language,
            node,
            step=_number(step),
            phase=query.get("at", ""),
            tries=min(_number(query.get("try", "")), MAX_TRIES),
            yes=_number(query.get("yes", ""), 16),
            back=query.get("back", ""),
            since=_number(query.get("since", "")),
            recording=query.get("recording", ""),
            **{flag: query.get(flag) == "1" for flag in _FLAGS},
        )
        if known and place.fits(script):
            return place
        return replace(lost, slow=place.slow, texts=place.texts)

    def fits(self, script: Script) -> bool:
        """Tell whether the script has this place."""
        node = script.node(self.node)
        if node is None or not script.is_offered(self.node):
            return False
        if self.phase not in PHASES.get(type(node), {""}):
            return False
        if isinstance(node, Emergency) and self.phase and not script.line.emergency.bridge:
            return False
        if not self._has_its_recording():
            return False
        if isinstance(node, Agency):
            office = len(script.line.office.groups)
            most = {"dial": office, "call": RUNGS if self.since and script.line.on_call else 0}
            return self.step < most.get(self.phase, 1) and self._comes_back(script)
        count = len(script.steps(self.node))
        last = count if isinstance(node, Talk) and node.choices else max(count - 1, 0)
        if self.step > last or (isinstance(node, Check) and self.yes >> self.step):
            return False
        return self._comes_back(script)

    def _has_its_recording(self) -> bool:
        if not self.recording:
            return self.phase != "review"
        may = self.phase in {"begin", "record", "review"}
        return may and RECORDING_SID.fullmatch(self.recording) is not None

    def _comes_back(self, script: Script) -> bool:
        return not self.back or self.origin().fits(script)

    def origin(self) -> "Place":
        """Return the place at which 0 or 9 was pressed, as `back` tells."""
        node, _, step = self.back.partition(".")
        origin = Place(self.language, node, _number(step), slow=self.slow, yes=self.yes)
        return replace(origin, rang=self.rang, texts=self.texts)


_FLAGS = ("again", "first", "unsure", "slow", "rang", "texts", "safe")


def _number(text: str, base: int = 10) -> int:
    """Read a small count; the URL is signed, but a bug of ours must not become a huge number."""
    try:
        return max(int(text, base), 0) if text.isascii() and len(text) < _DIGITS else 0
    except ValueError:
        return 0


_DIGITS = 12
