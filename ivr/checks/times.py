"""times: how long until help, for a caller who listens to everything?

Times count from the answer, for each language. They are estimated from the number of words, the
language's `words_per_minute` in line.yaml, and the pauses. A caller *by keys* hears every turn to
its end, then at once presses a key that the line has named, waits if a talk goes on by itself, and
takes the way with the fewest keys (of those, the shortest). Keys can be pressed earlier, so nobody
waits longer. A caller *in silence* never presses anything, and waits as long as the line does.

- **error**: 911 is not said within 10 s in the default language, or within 25 s in the others; a
  person is not offered within 40 s by keys, 75 s in silence; a destination does not ring within
  240 s by keys, or a person within 240 s in silence; if the bridge to 911 is on, 9 takes more than
  8 s to say what a caller must know.

    prompts/menu.yaml:101:3 times: "hsi" rings after 251 s by keys in "es" (2,2,4,1), limit 240 s:
    say less on the way there, or offer it further up

`ivr check --times` shows all of these times.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from ivr.checks.engine.context import Finding, Subject
from ivr.checks.measures.duration import seconds, turn_seconds
from ivr.checks.measures.limits import (
    DESTINATION_RUNG_SECONDS,
    OPENING_SECONDS,
    PERSON_OFFERED_SECONDS,
    SAID_911_SECONDS,
    SILENT_OFFERED_SECONDS,
    SILENT_RUNG_SECONDS,
    WARNED_SECONDS,
)
from ivr.dialog import Dial, Listen, Place, Turn
from ivr.explore.events import SILENCE, step
from ivr.problem import Problem
from ivr.script.model import Script
from ivr.script.nodes import Check, Opening, Talk, Transfer
from ivr.twiml import voice as twiml

ID = "times"
SAFETY = False

BY_KEYS, IN_SILENCE = "by keys", "in silence"


@dataclass(frozen=True)
class Row:
    """How long one way to help takes, in seconds. `done` is what happens then; `node` is where."""

    language: str
    way: str
    to: str
    done: str
    keys: str
    seconds: float
    limit: float
    node: str


@dataclass(frozen=True)
class _Progress:
    """A caller before a turn: the keys pressed so far, and the seconds gone by."""

    turn: Turn
    keys: tuple[str, ...]
    seconds: float


def check(subject: Subject) -> Iterator[Problem]:
    """Yield every time to help that is over its limit."""
    for row in times(subject.script):
        if row.seconds > row.limit:
            by = f" ({row.keys})" if row.keys else ""
            text = (
                f'"{row.to}" {row.done} after {row.seconds:.0f} s {row.way} in'
                f' "{row.language}"{by}, limit {row.limit:.0f} s'
            )
            remedy = "say less on the way there, or offer it further up"
            yield subject.in_graph(row.node, Finding(ID, text, remedy))


def times(script: Script) -> tuple[Row, ...]:
    """Return all times to help: 911, a person, each destination, by language and way."""
    return tuple(_rows(script))


def _rows(script: Script) -> Iterator[Row]:
    opening = _Progress(step(script, None, ""), (), 0.0)
    for i, language in enumerate(script.line.languages, 1):
        yield from _said_911(script, opening.turn, language)
        home = _after(script, opening, str(i))
        yield from _warned(script, home.turn.place)
        yield from _offered(script, home, BY_KEYS, PERSON_OFFERED_SECONDS)
        yield from _rung(script, home)
    yield from _in_silence(script, opening)


def _said_911(script: Script, turn: Turn, language: str) -> Iterator[Row]:
    start = script.graph.nodes[script.graph.start]
    gone = 0.0
    for words in turn.must + turn.may:
        gone += seconds(script, words)
        if isinstance(start, Opening) and (words.prompt, words.language) == (start.warn, language):
            first = language == script.line.default_language
            limit = SAID_911_SECONDS if first else OPENING_SECONDS
            yield Row(language, BY_KEYS, "911", "is said", "", gone, limit, script.graph.start)


def _warned(script: Script, home: Place) -> Iterator[Row]:
    """Yield how long it takes after 9 to say what a caller must know before 911 is connected."""
    if script.line.emergency.bridge:
        turn = step(script, home, "9")
        gone = turn_seconds(script, turn) - twiml.BETWEEN_MS / 1000  # the gap after the last word
        where = script.graph.emergency
        yield Row(home.language, BY_KEYS, "911", "is explained", "9", gone, WARNED_SECONDS, where)


def _offered(script: Script, progress: _Progress, way: str, limit: float) -> Iterator[Row]:
    """Yield when the line first names a key that rings a person."""
    turn, gone = progress.turn, progress.seconds
    keys_named = _keys_by_prompt(script, turn.place)
    person = script.graph.nodes[script.graph.person]
    number = isinstance(person, Transfer) and script.line.destinations[person.destination].number
    for words in turn.must + turn.may:
        gone += seconds(script, words)
        key = keys_named.get(words.prompt)
        then = step(script, turn.place, key).then if key else None
        if isinstance(then, Dial) and then.number == number:
            place, keys = turn.place, ",".join(progress.keys)
            yield Row(place.language, way, "a person", "is offered", keys, gone, limit, place.node)
            return


def _rung(script: Script, home: _Progress) -> Iterator[Row]:
    """Yield when each destination rings, by the way with the fewest keys."""
    numbers = {d.number: name for name, d in script.line.destinations.items() if d.number}
    order = count()
    queue = [(len(home.keys), home.seconds, next(order), home)]
    visited: set[tuple[str, int, str]] = set()
    while queue and numbers:
        progress = heappop(queue)[-1]
        turn, place = progress.turn, progress.turn.place
        if isinstance(turn.then, Dial):
            if to := numbers.pop(turn.then.number, None):
                gone = progress.seconds + turn_seconds(script, turn)
                keys, limit = ",".join(progress.keys), DESTINATION_RUNG_SECONDS
                yield Row(place.language, BY_KEYS, to, "rings", keys, gone, limit, place.node)
        elif (place.node, place.step, place.phase) not in visited:
            visited.add((place.node, place.step, place.phase))
            for token in _onward(script, turn):
                onward = _after(script, progress, token)
                pressed = sum(key != SILENCE for key in onward.keys)
                heappush(queue, (pressed, onward.seconds, next(order), onward))


def _in_silence(script: Script, opening: _Progress) -> Iterator[Row]:
    """Yield when a caller who never does anything is offered a person, and when one rings."""
    progress, visited = _after(script, opening, SILENCE), {opening.turn.place}
    yield from _offered(script, progress, IN_SILENCE, SILENT_OFFERED_SECONDS)
    while isinstance(progress.turn.then, Listen) and progress.turn.place not in visited:
        visited.add(progress.turn.place)
        progress = _after(script, progress, SILENCE)
    turn = progress.turn
    if isinstance(turn.then, Dial):
        place, keys = turn.place, ",".join(progress.keys)
        gone, limit = progress.seconds + turn_seconds(script, turn), SILENT_RUNG_SECONDS
        yield Row(place.language, IN_SILENCE, "a person", "rings", keys, gone, limit, place.node)


def _after(script: Script, progress: _Progress, token: str) -> _Progress:
    """Return the caller after hearing a turn to its end and then pressing a key, or waiting."""
    turn = progress.turn
    gone = progress.seconds + turn_seconds(script, turn)
    if token == SILENCE and isinstance(turn.then, Listen):
        gone += turn.then.timeout
    return _Progress(step(script, turn.place, token), (*progress.keys, token), gone)


def _onward(script: Script, turn: Turn) -> Iterator[str]:
    """Yield the keys 1 to 5 that a turn names, or silence if it leads on by itself."""
    place, keys_named = turn.place, _keys_by_prompt(script, turn.place)
    if isinstance(script.node(place.node), Talk) and place.step < len(script.steps(place.node)):
        yield SILENCE
        return
    keys = (keys_named.get(words.prompt, "") for words in turn.must + turn.may)
    yield from (key for key in dict.fromkeys(keys) if key and key in "12345")


def _keys_by_prompt(script: Script, place: Place) -> dict[str, str]:
    """Return prompt → the key that it names at a place."""
    node = script.graph.nodes[place.node]
    keys = {choice.task: key for key, choice in script.choices(node).items()}
    if isinstance(node, Check):
        keys = {"check.yes": "1", "check.no": "2", "check.unsure": "3"}
    elif isinstance(node, Transfer):
        keys = {"transfer.connect": "1", "transfer.hear": "2", "transfer.next": "3"}
    return {**keys, "to.person": "0"}
