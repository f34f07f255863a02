"""times: how long until help, for a caller who listens to all of it?

Counted from the answer, for each language, estimated from the number of words, the language's
`words_per_minute` in line.yaml, and the pauses. A caller *by keys* hears every turn to its end,
presses at once a key that the line has just told, waits where a talk goes on by itself, and takes
the way with the fewest keys (of those, the shortest). Keys can be pressed earlier: nobody waits
longer than this. A caller *in silence* never presses anything, and waits each time as long as the
line does.

- **error**: 911 is not said within 10 s in the default language, or within 25 s in the others; a
  person is not offered within 40 s by keys, 75 s in silence; a destination does not ring within
  240 s by keys, or a person within 240 s in silence; where the bridge to 911 is on, 9 takes over
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
    """How long one way to help takes. `done` tells what happens then; `node` is where."""

    language: str
    way: str
    to: str
    done: str
    keys: str
    seconds: float
    limit: float
    node: str


@dataclass(frozen=True)
class _Heard:
    """A caller who has heard what came before a turn: the keys pressed, the seconds gone."""

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
    opening = _Heard(step(script, None, ""), (), 0.0)
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
    for said in turn.must + turn.may:
        gone += seconds(script, said)
        if isinstance(start, Opening) and (said.prompt, said.language) == (start.warn, language):
            first = language == script.line.default_language
            limit = SAID_911_SECONDS if first else OPENING_SECONDS
            yield Row(language, BY_KEYS, "911", "is said", "", gone, limit, script.graph.start)


def _warned(script: Script, home: Place) -> Iterator[Row]:
    """Yield how long 9 takes to say all that a caller must know before 911 is connected."""
    if script.line.emergency.bridge:
        turn = step(script, home, "9")
        gone = turn_seconds(script, turn) - twiml.BETWEEN_MS / 1000  # the gap behind the last word
        where = script.graph.emergency
        yield Row(home.language, BY_KEYS, "911", "is explained", "9", gone, WARNED_SECONDS, where)


def _offered(script: Script, heard: _Heard, way: str, limit: float) -> Iterator[Row]:
    """Yield when a key is first told that rings a person."""
    turn, gone = heard.turn, heard.seconds
    told = _told(script, turn.place)
    person = script.graph.nodes[script.graph.person]
    number = isinstance(person, Transfer) and script.line.destinations[person.destination].number
    for said in turn.must + turn.may:
        gone += seconds(script, said)
        then = step(script, turn.place, told[said.prompt]).then if said.prompt in told else None
        if isinstance(then, Dial) and then.number == number:
            place, keys = turn.place, ",".join(heard.keys)
            yield Row(place.language, way, "a person", "is offered", keys, gone, limit, place.node)
            return


def _rung(script: Script, home: _Heard) -> Iterator[Row]:
    """Yield when each destination rings, by the way with the fewest keys."""
    numbers = {d.number: name for name, d in script.line.destinations.items() if d.number}
    order = count()
    queue = [(len(home.keys), home.seconds, next(order), home)]
    been: set[tuple[str, int, str]] = set()
    while queue and numbers:
        heard = heappop(queue)[-1]
        turn, place = heard.turn, heard.turn.place
        if isinstance(turn.then, Dial):
            if to := numbers.pop(turn.then.number, None):
                gone = heard.seconds + turn_seconds(script, turn)
                keys, limit = ",".join(heard.keys), DESTINATION_RUNG_SECONDS
                yield Row(place.language, BY_KEYS, to, "rings", keys, gone, limit, place.node)
        elif (place.node, place.step, place.phase) not in been:
            been.add((place.node, place.step, place.phase))
            for token in _onward(script, turn):
                there = _after(script, heard, token)
                pressed = sum(key != SILENCE for key in there.keys)
                heappush(queue, (pressed, there.seconds, next(order), there))


def _in_silence(script: Script, opening: _Heard) -> Iterator[Row]:
    """Yield when a caller who never does anything is offered a person, and when one rings."""
    heard, been = _after(script, opening, SILENCE), {opening.turn.place}
    yield from _offered(script, heard, IN_SILENCE, SILENT_OFFERED_SECONDS)
    while isinstance(heard.turn.then, Listen) and heard.turn.place not in been:
        been.add(heard.turn.place)
        heard = _after(script, heard, SILENCE)
    if isinstance(heard.turn.then, Dial):
        place, keys = heard.turn.place, ",".join(heard.keys)
        gone, limit = heard.seconds + turn_seconds(script, heard.turn), SILENT_RUNG_SECONDS
        yield Row(place.language, IN_SILENCE, "a person", "rings", keys, gone, limit, place.node)


def _after(script: Script, heard: _Heard, token: str) -> _Heard:
    """Hear a turn to its end, then do something, or wait."""
    turn = heard.turn
    gone = heard.seconds + turn_seconds(script, turn)
    if token == SILENCE and isinstance(turn.then, Listen):
        gone += turn.then.timeout
    return _Heard(step(script, turn.place, token), (*heard.keys, token), gone)


def _onward(script: Script, turn: Turn) -> Iterator[str]:
    """Return the keys of a place's own that a turn has told, and silence where it leads on."""
    place, told = turn.place, _told(script, turn.place)
    if isinstance(script.node(place.node), Talk) and place.step < len(script.steps(place.node)):
        yield SILENCE
        return
    keys = (told.get(said.prompt, "") for said in turn.must + turn.may)
    yield from (key for key in dict.fromkeys(keys) if key and key in "12345")


def _told(script: Script, place: Place) -> dict[str, str]:
    """Return which key a prompt tells at a place."""
    node = script.graph.nodes[place.node]
    told = {choice.task: key for key, choice in script.choices(node).items()}
    if isinstance(node, Check):
        told = {"check.yes": "1", "check.no": "2", "check.unsure": "3"}
    elif isinstance(node, Transfer):
        told = {"transfer.connect": "1", "transfer.hear": "2", "transfer.next": "3"}
    return {**told, "to.person": "0"}
