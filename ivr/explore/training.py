"""Typical calls for the training of staff, made from the script as it is.

Each is found by trying keys on the script itself, so it leads to what it is about however an
agency changes its menus. What the script does not offer has no call.
"""

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from ivr.dialog import Gather, Place, Turn
from ivr.explore.events import LASTED, SILENCE, step
from ivr.script.model import Script
from ivr.script.nodes import Agency, Check, Menu, Talk, Voicemail

MOST_KEYS = 8
"""Keys of the longest way that is looked for."""

CLOSED_WITHIN = dt.timedelta(days=8)
"""How far ahead an hour is looked for in which nobody is at the agency."""

Wanted = Callable[[Place], bool]


@dataclass(frozen=True)
class TrainingCall:
    """A call to be played: what happens in it, as `ivr call --keys` takes it, and what to notice.

    `at` is the local time at which it takes place, as 2026-11-28T10:00; empty: at any time.
    """

    id: str
    title: str
    tokens: tuple[str, ...]
    notice: tuple[str, ...]
    at: str = ""

    @property
    def keys(self) -> str:
        """What happens, in one text."""
        return ",".join(self.tokens)


@lru_cache(maxsize=2)
def training_calls(script: Script, today: dt.date) -> tuple[TrainingCall, ...]:
    """Return the calls that a script can be shown with, easy ones first.

    From `today` on, an hour is looked for in which the office is closed.
    """
    return tuple(_calls(_Finder(script), today))


class _Finder:
    """Finds the shortest way to a place, by keys and silence, from the answer on."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.languages = list(script.words)

    def home(self, language: str) -> tuple[str, ...]:
        """Return the keys to the main menu in a language."""
        keys = self.way(
            lambda place: place.node == self.script.graph.home and place.language == language
        )
        return keys or ()

    def way(self, wanted: Wanted, start: tuple[str, ...] = ()) -> tuple[str, ...] | None:
        """Return the shortest way to a place that is wanted, after the keys of `start`."""
        turn = self._after(start)
        seen = {turn.place}
        queue: deque[tuple[Turn, tuple[str, ...]]] = deque([(turn, start)])
        while queue:
            turn, tokens = queue.popleft()
            if wanted(turn.place):
                return tokens
            if not isinstance(turn.verb, Gather) or len(tokens) - len(start) >= MOST_KEYS:
                continue
            for token in "12345" + SILENCE:
                after = step(self.script, turn.place, token)
                if after.place not in seen:
                    seen.add(after.place)
                    queue.append((after, (*tokens, token)))
        return None

    def to_node(self, kind: Callable[[object], bool], language: str) -> tuple[str, ...] | None:
        """Return the shortest way from the main menu to a node of a kind."""
        nodes = self.script.graph.nodes
        return self.way(lambda place: kind(nodes[place.node]), self.home(language))

    def wrong_key(self, start: tuple[str, ...]) -> str | None:
        """Return a key that does nothing where the keys of `start` lead."""
        place = self._after(start).place
        for key in "854321":
            if step(self.script, place, key).place.tries > place.tries:
                return key
        return None

    def _after(self, tokens: tuple[str, ...]) -> Turn:
        turn = step(self.script, None, "")
        for token in tokens:
            turn = step(self.script, turn.place, token)
        return turn


def _calls(find: _Finder, today: dt.date) -> Iterator[TrainingCall]:
    script = find.script
    default = script.line.default_language
    home = find.home(default)
    yield from _first_calls(find, home)
    person = (*home, "0")
    yield TrainingCall(
        "busy",
        "The hotline is busy",
        (*person, "busy"),
        (
            "The caller comes back, and hears that the line is busy.",
            "They hear the number slowly, so that they can write it down.",
            "The next number is offered first. It is one key away.",
        ),
    )
    yield TrainingCall(
        "back",
        "A talk with the hotline is over",
        (*person, LASTED),
        (
            "The line does not hang up: the caller is back where they can go on.",
            "The law may ask for a report to the state as well: the line does not say otherwise.",
        ),
    )
    yield TrainingCall(
        "danger",
        "Somebody is in danger",
        (*home, "9"),
        (
            "911 finds a caller only if they dial it themselves: the line says so.",
            "Nothing that goes wrong ever dials 911. Only the caller's key does."
            if script.line.emergency.bridge
            else "This line does not connect to 911. It says twice to hang up and dial it.",
        ),
    )
    yield from _subjects(find)
    yield from _agency(find, today)


def _first_calls(find: _Finder, home: tuple[str, ...]) -> Iterator[TrainingCall]:
    script = find.script
    yield TrainingCall(
        "first",
        "The first minute",
        (*home, SILENCE),
        (
            "The first words are to hang up and dial 911 in danger.",
            "Nothing in the first words says what the line is about: others may be listening.",
            "0, a person, is offered before anything else, in every language.",
        ),
    )
    others = [code for code in find.languages if code != script.line.default_language]
    for code in others[:1]:
        yield TrainingCall(
            "language",
            "A caller in another language",
            (*find.home(code), SILENCE),
            (
                "One key chooses the language; 6 changes it at any time.",
                (
                    "The person who answers may speak English. Tell callers to say the name of"
                    " their language."
                ),
            ),
        )
    yield TrainingCall(
        "silence",
        "A caller who cannot speak or press a key",
        (SILENCE,) * 3,
        (
            "The line goes on in all languages, and is kind.",
            "After the third silence it rings the hotline, and any key stops that."
            if script.line.silence == "hotline"
            else "After the third silence it says the numbers twice, and goodbye.",
        ),
    )
    if wrong := find.wrong_key(home):
        yield TrainingCall(
            "wrong-key",
            "Wrong keys",
            (*home, wrong, wrong, wrong),
            (
                "The line never scolds. Each time it says something else, and the menu again.",
                "After the third wrong key it looks for a person by itself.",
            ),
        )
    if script.listens(script.line.default_language):
        words = script.words[script.line.default_language].speech.get("person", ())
        if words:
            yield TrainingCall(
                "words",
                "A caller who speaks in place of pressing keys",
                (*home, f"say:{words[0]}"),
                (
                    f'The caller says "{words[0]}". Keys are always enough, and words work, too.',
                    "Talk in the room rings nobody: words that mean nothing are asked again.",
                ),
            )


def _subjects(find: _Finder) -> Iterator[TrainingCall]:
    default = find.script.line.default_language
    missing = find.to_node(lambda node: isinstance(node, Menu) and node.alert, default)
    if missing:
        yield TrainingCall(
            "missing",
            "A child is missing",
            missing,
            (
                "The police come first, then your agency, then the National Center.",
                "Your people are alerted as soon as a caller comes here.",
            ),
        )
    if talk := find.to_node(lambda node: isinstance(node, Talk), default):
        yield TrainingCall(
            "slower",
            "Slower, and once more",
            (*talk, "7", "#", "*"),
            (
                "7 makes the line slower, # says it again, * goes back.",
                "These keys mean the same everywhere. # twice explains them all.",
            ),
        )
    if check := find.to_node(lambda node: isinstance(node, Check), default):
        yield TrainingCall(
            "check",
            "The guided check",
            (*check, "1", "2", "3", "4"),
            (
                "1 is yes, 2 no, 3 not sure, 4 stops. Nothing of it is stored.",
                "However few the signs were, worry is enough to call: no proof is needed.",
            ),
        )


def _agency(find: _Finder, today: dt.date) -> Iterator[TrainingCall]:
    script = find.script
    default = script.line.default_language
    way = find.to_node(lambda node: isinstance(node, Agency), default)
    if way is None:
        return
    if closed := _closed(script, today):
        yield TrainingCall(
            "after-hours",
            "After hours",
            way,
            (
                "The line says that the office is closed, and that nobody has to wait for it.",
                "The hotline, which answers day and night, is offered at once.",
            ),
            closed,
        )
    message = find.way(
        lambda place: isinstance(script.graph.nodes[place.node], Voicemail),
        find.home(default),
    )
    if message:
        yield TrainingCall(
            "message",
            "A message for your agency",
            (*message, "1", "1", SILENCE, "record:20:#"),
            (
                "Nothing is recorded before the caller has said yes by a key.",
                "They say themselves whether it is safe to call back, and on which number.",
            ),
        )


def _closed(script: Script, today: dt.date) -> str:
    """Return a local time at which the office is closed; empty if it never is."""
    zone = ZoneInfo(script.line.time_zone)
    begins = dt.datetime.combine(today, dt.time(22), zone)
    for hours in range(0, int(CLOSED_WITHIN / dt.timedelta(hours=1)), 6):
        moment = begins + dt.timedelta(hours=hours)
        if not script.schedule.duty(moment).is_open:
            return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}"
    return ""
