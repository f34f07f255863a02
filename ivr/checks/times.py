"""times: how long until help, for a caller who listens to everything?

Times count from the answer, for each language. They are estimated from the number of words, the
language's `words_per_minute` in line.yaml, and the pauses. A caller *by keys* hears every turn to
its end, then at once presses a key that the line has named, waits if a talk goes on by itself, and
takes the way with the fewest keys (of those, the shortest). Keys can be pressed earlier, so nobody
waits longer. A caller *in silence* never presses anything, and waits as long as the line does.

Each of these is an **error**:

- 911 is not said within 10 s in the default language, or within 25 s in the others that the opening
  offers; in a language of the menu of languages, within 5 s after its key; if the bridge to 911 is
  on, 9 takes more than 8 s to say what a caller must know;
- the menu of languages rings nobody within 90 s for a caller who is silent there; a language of the
  tier `bridge` does not offer a person within 15 s, or rings nobody within 90 s in silence;
- a person is not offered within 15 s in the default language, or within 18 s in the others; does
  not ring within 9 s after 0 in the opening, or within 90 s in silence;
- at a destination, the connection is not offered within 5 s, apart from a warning; it does not ring
  within 240 s by keys, or within 100 s if a menu with `alert: true` connects to it;
- a check of all signs takes more than 190 s; any turn takes more than 30 s, apart from the message
  with which the line answers a key; a caller who is silent after a failed call waits more than
  120 s until another rings or the line has said goodbye.

    prompts/menu.yaml:101:3 times: "hsi" rings after 251 s by keys in "es" (2,2,4,1), limit 240 s:
    say less on the way there, or offer it further up

`ivr check --times` shows all of these times.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from ivr.checks.engine.context import Finding, ScriptContext
from ivr.checks.measures import limits
from ivr.checks.measures.duration import seconds, turn_seconds
from ivr.dialog import Dial, Gather, Place, Turn
from ivr.dialog.build_turn import turn as turn_at
from ivr.dialog.language_menu import keys_to
from ivr.dialog.nodes import kind_of
from ivr.dialog.place import MAX_TRIES
from ivr.dialog.read_place import is_valid
from ivr.explore.events import SILENCE, step
from ivr.problem import Problem
from ivr.script.model import Script
from ivr.script.nodes import Check, Menu, Opening, Talk, Transfer
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


def check(context: ScriptContext) -> Iterator[Problem]:
    """Yield every time to help that is over its limit."""
    for row in times(context.script):
        if row.seconds > row.limit:
            by = f" ({row.keys})" if row.keys else ""
            text = (
                f'"{row.to}" {row.done} after {row.seconds:.0f} s {row.way} in'
                f' "{row.language}"{by}, limit {row.limit:.0f} s'
            )
            remedy = "say less on the way there, or offer it further up"
            yield context.in_graph(row.node, Finding(ID, text, remedy))


def times(script: Script) -> tuple[Row, ...]:
    """Return all times: to 911, a person, each destination; of a check, of the longest turn."""
    return tuple(_rows(script))


def _rows(script: Script) -> Iterator[Row]:
    opening = _Progress(step(script, None, ""), (), 0.0)
    for language in script.words:
        home = _chosen(script, opening, language)
        yield from _said_911(script, opening.turn, home, language)
        yield from _warned(script, home.turn.place)
        yield from _offered(script, opening.turn, language)
        yield from _rung(script, home)
        yield from _connections(script, language)
        yield from _checks(script, language)
        yield from _failed(script, language)
        yield from _longest(script, language)
    for language in script.bridges:
        yield from _bridge(script, _chosen(script, opening, language), language)
    yield from _person_rung(script, opening.turn)
    yield from _in_silence(script, opening)
    if script.line.other_languages:
        key = keys_to(script, script.line.other_languages[0])[0]
        menu = step(script, opening.turn.place, key)
        # With one other language, the key leads to it.
        yield from _in_silence(script, _Progress(menu, (key,), 0.0), "after the key")


def _chosen(script: Script, opening: _Progress, language: str) -> _Progress:
    """Return a caller who has chosen a language from the opening."""
    progress = opening
    for key in keys_to(script, language):
        progress = _after(script, progress, key)
    return progress


def _bridge(script: Script, chosen: _Progress, language: str) -> Iterator[Row]:
    """Yield how long it takes in a language of few texts to 911, and to a person."""
    turn, keys, where = chosen.turn, ",".join(chosen.keys), script.graph.person
    yield from _warned_at_once(script, chosen, language)
    gone = 0.0
    for words in turn.must + turn.may:
        gone += seconds(script, words)
        if words.prompt == "to.person":
            limit = limits.PERSON_OFFERED_SECONDS
            yield Row(language, BY_KEYS, "a person", "is offered", keys, gone, limit, where)
    yield from _in_silence(script, _Progress(turn, chosen.keys, 0.0), "after the key")
    yield from _longest(script, language)


def _warned_at_once(script: Script, chosen: _Progress, language: str) -> Iterator[Row]:
    """Yield when 911 is said to a caller who has just chosen a language from the menu."""
    keys, words = ",".join(chosen.keys), chosen.turn.must[:1]
    gone = sum(seconds(script, one) for one in words) - twiml.BETWEEN_MS / 1000
    limit, where = limits.CHOSEN_911_SECONDS, script.graph.start
    yield Row(language, BY_KEYS, "911", "is said after the key", keys, gone, limit, where)


def _said_911(script: Script, turn: Turn, chosen: _Progress, language: str) -> Iterator[Row]:
    if language in script.line.other_languages:
        yield from _warned_at_once(script, chosen, language)
        return
    start = script.graph.nodes[script.graph.start]
    gone = 0.0
    for words in turn.must + turn.may:
        gone += seconds(script, words)
        if isinstance(start, Opening) and (words.prompt, words.language) == (start.warn, language):
            first = language == script.line.default_language
            limit = limits.SAID_911_SECONDS if first else limits.OPENING_SECONDS
            yield Row(language, BY_KEYS, "911", "is said", "", gone, limit, script.graph.start)


def _warned(script: Script, home: Place) -> Iterator[Row]:
    """Yield how long it takes after 9 to say what a caller must know before 911 is connected."""
    if script.line.emergency.bridge:
        turn = step(script, home, "9")
        gone = turn_seconds(script, turn) - twiml.BETWEEN_MS / 1000  # the gap after the last word
        where = script.graph.emergency
        yield Row(
            home.language, BY_KEYS, "911", "is explained", "9", gone, limits.WARNED_SECONDS, where
        )


def _offered(script: Script, turn: Turn, language: str) -> Iterator[Row]:
    """Yield when the opening first names the key that rings a person, in a language."""
    gone, where = 0.0, script.graph.start
    first = language == script.line.default_language
    limit = limits.PERSON_OFFERED_SECONDS if first else limits.OTHERS_OFFERED_SECONDS
    for words in turn.must + turn.may:
        gone += seconds(script, words)
        if (words.prompt, words.language) == ("to.person", language):
            yield Row(language, BY_KEYS, "a person", "is offered", "", gone, limit, where)
            return


def _person_rung(script: Script, opening: Turn) -> Iterator[Row]:
    """Yield how long it takes from 0 in the opening until a person rings."""
    turn = step(script, opening.place, "0")
    gone, language = turn_seconds(script, turn), opening.place.language
    where = script.graph.start
    yield Row(language, BY_KEYS, "a person", "rings", "0", gone, limits.PERSON_RUNG_SECONDS, where)


def _connections(script: Script, language: str) -> Iterator[Row]:
    """Yield when the connection is offered at each destination, after a warning if it has one."""
    for node_id, node in script.graph.nodes.items():
        if not isinstance(node, Transfer) or not script.is_offered(node_id):
            continue
        gone, to = 0.0, node.destination
        for words in turn_at(script, Place(language, node_id)).may:
            gone += seconds(script, words)
            if words.prompt == "transfer.connect":
                limit = limits.CONNECTION_OFFERED_SECONDS
                yield Row(language, BY_KEYS, to, "is offered at once", "", gone, limit, node_id)
                break


def _checks(script: Script, language: str) -> Iterator[Row]:
    """Yield how long all questions of a check take, each answered when it has been asked."""
    for node_id, node in script.graph.nodes.items():
        if isinstance(node, Check):
            steps = range(len(script.steps(node_id)))
            turns = (turn_at(script, Place(language, node_id, step=i)) for i in steps)
            gone = sum(turn_seconds(script, turn) for turn in turns)
            yield Row(
                language, BY_KEYS, node_id, "is asked", "", gone, limits.CHECK_SECONDS, node_id
            )


def _failed(script: Script, language: str) -> Iterator[Row]:
    """Yield how long a caller who is silent after a failed call waits for anything else."""
    for node_id, node in script.graph.nodes.items():
        if not isinstance(node, Transfer) or not script.is_offered(node_id):
            continue
        failed = step(script, Place(language, node_id, phase="dial"), "no-answer")
        progress = _until_end(script, _Progress(failed, (), 0.0))
        gone = progress.seconds + turn_seconds(script, progress.turn)
        done, limit = "is over after a failed call", limits.FAILED_SILENT_SECONDS
        yield Row(language, IN_SILENCE, node.destination, done, "", gone, limit, node_id)


def _longest(script: Script, language: str) -> Iterator[Row]:
    """Yield the turn that takes longest of those that a place says by itself."""
    places = (p for p in _places(script, language) if is_valid(script, p))
    length, place = max(
        ((turn_seconds(script, turn_at(script, p)), p) for p in places), key=lambda pair: pair[0]
    )
    where = f"{place.node}{f'.{place.step}' if place.step else ''}"
    named = f"{where} {place.phase}".strip()
    yield Row(language, BY_KEYS, named, "is said", "", length, limits.TURN_SECONDS, place.node)


def _places(script: Script, language: str) -> Iterator[Place]:
    """Yield every place at which a turn differs, for a caller who can be sent texts."""
    for node_id in script.graph.nodes:
        for phase in sorted(kind_of(script, node_id).phases):
            for number in range(len(script.steps(node_id)) + _MORE_STEPS):
                at = Place(language, node_id, step=number, phase=phase, texts=script.line.text_me)
                for tries in range(MAX_TRIES + 1):
                    yield at._replace(tries=tries)
                yield at._replace(yes=(1 << number) - 1)
                yield at._replace(yes=(2 << number) - 1, recording=_RECORDING)
                yield at._replace(first=True)
                if node_id in {script.graph.person, script.graph.emergency}:
                    # 0 and 9 lead there before a language is chosen.
                    yield at._replace(no_language=True)


_MORE_STEPS = 4
"""Steps that are looked at behind those of a talk or a check; a transfer has some, too."""

_RECORDING = f"RE{0:032x}"


def _rung(script: Script, home: _Progress) -> Iterator[Row]:
    """Yield when each destination rings, by the way with the fewest keys."""
    language = home.turn.place.language
    destinations = script.line.destinations.items()
    numbers = {d.number_for(language): name for name, d in destinations if d.number}
    order = count()
    queue = [(len(home.keys), home.seconds, next(order), home)]
    visited: set[tuple[str, int, str, bool]] = set()
    while queue and numbers:
        progress = heappop(queue)[-1]
        turn, place = progress.turn, progress.turn.place
        if isinstance(turn.verb, Dial):
            if to := numbers.pop(turn.verb.number, None):
                gone = progress.seconds + turn_seconds(script, turn)
                keys = ",".join(progress.keys)
                urgent = place.node in _alerted(script)
                limit = limits.ALERT_RUNG_SECONDS if urgent else limits.DESTINATION_RUNG_SECONDS
                yield Row(place.language, BY_KEYS, to, "rings", keys, gone, limit, place.node)
        elif (place.node, place.step, place.phase, place.first) not in visited:
            visited.add((place.node, place.step, place.phase, place.first))
            for token in _onward(script, turn):
                onward = _after(script, progress, token)
                pressed = sum(key != SILENCE for key in onward.keys)
                heappush(queue, (pressed, onward.seconds, next(order), onward))


def _alerted(script: Script) -> frozenset[str]:
    """Return the nodes that a menu with `alert: true` connects to."""
    menus = (n for n in script.graph.nodes.values() if isinstance(n, Menu) and n.alert)
    return frozenset(choice.to for menu in menus for choice in menu.choices if choice.connect)


def _in_silence(script: Script, opening: _Progress, since: str = "") -> Iterator[Row]:
    """Yield when a person rings for a caller who never does anything (more)."""
    progress = _until_end(script, opening)
    turn = progress.turn
    if isinstance(turn.verb, Dial):
        place, keys = turn.place, ",".join(progress.keys)
        gone, limit = progress.seconds + turn_seconds(script, turn), limits.SILENT_RUNG_SECONDS
        done = f"rings {since}".strip()
        yield Row(place.language, IN_SILENCE, "a person", done, keys, gone, limit, place.node)


def _until_end(script: Script, progress: _Progress) -> _Progress:
    """Return a silent caller before the turn in which somebody rings, or the line hangs up."""
    visited: set[Place] = set()
    while isinstance(progress.turn.verb, Gather) and progress.turn.place not in visited:
        visited.add(progress.turn.place)
        progress = _after(script, progress, SILENCE)
    return progress


def _after(script: Script, progress: _Progress, token: str) -> _Progress:
    """Return the caller after hearing a turn to its end and then pressing a key, or waiting."""
    turn = progress.turn
    gone = progress.seconds + turn_seconds(script, turn)
    if token == SILENCE and isinstance(turn.verb, Gather):
        gone += turn.verb.timeout
    return _Progress(step(script, turn.place, token), (*progress.keys, token), gone)


def _onward(script: Script, turn: Turn) -> Iterator[str]:
    """Yield the keys 1 to 5 that a turn names, or silence if it leads on by itself."""
    place, keys_named = turn.place, _keys_by_prompt(script, turn.place)
    if isinstance(script.node(place.node), Talk) and place.step < len(script.steps(place.node)):
        yield SILENCE
        return
    if place.first:  # the menu follows the welcome by itself
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
