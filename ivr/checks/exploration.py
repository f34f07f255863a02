"""exploration: is a caller left alone anywhere?

The line is called as a machine would call it: every key, silence, words that mean nothing, 911
asked for by voice, and every outcome of a dialled call, in every language and pace, and on from
each turn to the next place until there is nothing new to hear. Each of these is an **error**:

- something breaks, or leads to a place that does not exist;
- silence and wrong keys, in any mixture, while nobody answers, lead round and round instead of
  ringing a person and ending in a goodbye;
- the line hangs up without having said the hotline's number in full;
- a number is rung that is not in line.yaml; or 911 is rung by anything but 9 (or a choice that
  says so) and then 9 again or silence: never by an error, a wrong key, or words alone;
- the carrier would not accept what it is sent: too long, too many words to expect, something that
  must be heard placed after the keys, no URL to go on at.

A message holds the keys with which you hear the problem yourself ("-" is silence; "busy" and the
like are outcomes of a dialled call):

    prompts/menu.yaml:40:3 exploration: goes round without end on silence, through meaning, report
    (ivr call --keys 1,3,-,-,-,-): let one of them end in choices

Make that call, listen to where it goes wrong, and change the node of menu.yaml that the message
names. If "the line breaks", the script may not be at fault: report it with the keys.

What a call only carries along is not tried in every combination: ivr.explore.explorer says what is
left out, and why nothing is lost by that.
"""

import gc
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from ivr.checks.engine.context import Finding, ScriptContext
from ivr.checks.measures.limits import URL_CHARACTERS
from ivr.checks.measures.twiml_limits import TwimlLimits
from ivr.dialog import Dial, DialEnded, HangUp, Key, Place, Silence, Speech, Spoken, Turn
from ivr.explore.cycles import cycles
from ivr.explore.events import RECORDINGS, SILENCE, WRONG, event
from ivr.explore.explorer import Explorer, Rung, Transition, rung_of
from ivr.explore.utterances import results
from ivr.problem import Problem
from ivr.script.model import EMERGENCY_NUMBER, Script
from ivr.script.nodes import Emergency, Transfer
from ivr.speech import clip_key

ID = "exploration"
SAFETY = True


@dataclass(frozen=True)
class Flaw:
    """What is wrong at a node, what to do about it, and the call that shows it."""

    node: str
    text: str
    remedy: str
    call: str = ""


@dataclass(frozen=True)
class Exploration:
    """A finished exploration. Of turns that differ only in their address, `turns` counts one.

    `seconds` is how long it took; `utterances` is all that the line can say, by clip key.
    """

    places: int
    turns: int
    seconds: float
    flaws: tuple[Flaw, ...]
    utterances: Mapping[str, Spoken]


def check(context: ScriptContext) -> Iterator[Problem]:
    """Yield a problem for every way in which the line could fail a caller."""
    for flaw in explore(context.script).flaws:
        finding = Finding(ID, f"{flaw.text} ({flaw.call})", flaw.remedy)
        yield context.in_graph(flaw.node, finding)


@lru_cache(maxsize=1)
def explore(script: Script) -> Exploration:
    """Explore a script, which takes seconds. The last exploration is cached, for its figures."""
    return explored(script)


def explored(
    script: Script, observe: Callable[[Transition], object] = lambda _: None
) -> Exploration:
    """Explore a script, and show `observe` each transition."""
    started = time.perf_counter()
    inspector = _Inspector(script)
    with _garbage_left():
        utterances = clip_key.wanted((*inspector.turns(observe), *results(script)))
        inspector.find_cycles()
    seconds = time.perf_counter() - started
    places, flaws = len(inspector.explorer.predecessors), tuple(inspector.flaws.values())
    return Exploration(places, len(inspector.contents), seconds, flaws, utterances)


@contextmanager
def _garbage_left() -> Iterator[None]:
    """Leave garbage uncollected for a while.

    Turns have no cycles, and looking for some takes a quarter of the time of an exploration.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


class _Inspector:
    """Looks at every transition, and notes each flaw once: where the fewest events lead to it."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.explorer = Explorer(script)
        self._limits = TwimlLimits(script)
        self.contents: set[object] = set()
        self._places: set[Place] = set()
        self.flaws: dict[tuple[str, str], Flaw] = {}
        self._waiting: dict[Rung, dict[str, Rung]] = {}
        self._first: dict[Rung, Place] = {}
        self._hotlines = {code: _hotline(script, code) for code in script.line.languages}

    def turns(self, observe: Callable[[Transition], object]) -> Iterator[Turn]:
        """Explore the script, note flaws, and yield the turn of every transition."""
        for transition in self.explorer.transitions():
            observe(transition)
            for node, text, remedy in self._wrong(transition):
                if (node, text) not in self.flaws:
                    call = self.explorer.command(transition)
                    self.flaws[node, text] = Flaw(node, text, remedy, call)
            self._note_waiting(transition)
            if transition.turn:
                yield transition.turn

    def find_cycles(self) -> None:
        """Note where waiting callers are led round. Silence sorts before other tokens."""
        graph = {rung: dict(sorted(onward.items())) for rung, onward in self._waiting.items()}
        for cycle in cycles(graph):
            place = self._first[cycle.start]
            nodes = sorted({self._first[rung].node for rung in cycle.nodes})
            why = "on silence" if set(cycle.tokens) <= {SILENCE} else "on silence and wrong keys"
            text = f"goes round without end {why}, through {', '.join(nodes)}"
            call = self.explorer.command(Transition(place, ",".join(cycle.tokens), None))
            flaw = Flaw(place.node, text, "let one of them end in choices", call)
            self.flaws.setdefault(("", text), flaw)

    def _wrong(self, transition: Transition) -> Iterator[tuple[str, str, str]]:
        """Yield node, what is wrong there, and what to do about it."""
        node = transition.place.node if transition.place else self.script.graph.start
        turn = transition.turn
        if turn is None:
            text = f"the line breaks ({transition.error})"
            yield node, text, "report it, with the script and the keys"
            return
        for flaw in (*self._sent(turn), *self._ended(turn)):
            yield turn.place.node, *flaw
        dialled, led = self._dialled(transition, turn), self._led_to_911(transition, turn.place)
        for flaw in (*self._reached(turn.place), *dialled, *led):
            yield node, *flaw

    def _reached(self, place: Place) -> Iterator[tuple[str, str]]:
        if place in self._places:
            return
        self._places.add(place)
        if place not in self.explorer.predecessors:
            yield f'leads to "{place.node}", which cannot be gone to so', _NO_PLACE
        # A place from which the hotline has been rung need not have been explored.
        unrung = 0 if place.auto_rang else len("&rang=1")
        if len(self.explorer.addresses[place]) + unrung > URL_CHARACTERS:
            what = f"leads to an address over {URL_CHARACTERS} characters"
            yield what, "give the nodes shorter names"

    def _ended(self, turn: Turn) -> Iterator[tuple[str, str]]:
        if isinstance(turn.verb, HangUp) and self._hotlines[turn.place.language] not in _digits(
            turn
        ):
            what = "hangs up without having said the hotline's number"
            yield what, "write {number} in the goodbye's prompts"

    def _dialled(self, transition: Transition, turn: Turn) -> Iterator[tuple[str, str]]:
        verb = turn.verb
        if not isinstance(verb, Dial):
            return
        for number in verb.numbers:
            if number not in self.script.numbers:
                what = f'rings "{number}", which line.yaml does not have'
                yield what, "ring only its destinations"
        if verb.number == EMERGENCY_NUMBER and not self._may_ring_911(transition):
            yield "rings 911 though nobody asked for it twice", f"lead to it by a choice; {_ONLY}"

    def _may_ring_911(self, transition: Transition) -> bool:
        """Tell whether 9 was pressed (or yes said) at the warning, or nothing while it counts."""
        place = transition.place
        if place is None or not isinstance(self.script.node(place.node), Emergency):
            return False
        match event(transition.token):
            case Key(keys):
                return keys == "9"
            case Silence() | Speech():  # if asked for by voice, it takes a key or a yes
                return place.phase == ""
            case _:
                return False

    def _led_to_911(self, transition: Transition, to: Place) -> Iterator[tuple[str, str]]:
        """The warning rings 911 by itself after silence: only a key may lead to it."""
        bridge = self.script.line.emergency.bridge
        if not bridge or to.phase or to.node != self.script.graph.emergency:
            return
        node = self.script.node(transition.place.node) if transition.place else None
        if node is None or isinstance(node, Emergency):
            return
        token = transition.token
        choice = self.script.choices(node).get(token)
        pressed = event(token) == Key("9") or token == "record:9:9"  # noqa: S105 a key
        if not pressed and (choice is None or choice.to != to.node):
            yield "leads on to 911 though nobody pressed a key for it", _ONLY

    def _sent(self, turn: Turn) -> Iterator[tuple[str, str]]:
        """Check each turn against the carrier's limits once, whatever its address."""
        content = (turn.place.language, turn.must, turn.may, turn.verb, turn.sound)
        if content not in self.contents:
            self.contents.add(content)
            yield from self._limits.violations(turn)

    def _note_waiting(self, transition: Transition) -> None:
        """Note where silence, a wrong key, and every outcome of a dialled call lead."""
        place, turn, token = transition.place, transition.turn, transition.token
        if place is None or turn is None or transition.at_limit:
            return
        if token in _WAITING or isinstance(event(token), DialEnded):
            rung = rung_of(place)
            self._first.setdefault(rung, place)
            self._waiting.setdefault(rung, {}).setdefault(token, rung_of(turn.place))


_WAITING = frozenset({SILENCE, WRONG, *RECORDINGS})
"""What a caller does who does nothing on purpose."""

_NO_PLACE = "a transfer needs a number in line.yaml, and only a transfer can be rung"
_ONLY = "911 is for the key 9, or a choice that says so"


def _hotline(script: Script, language: str) -> str:
    """Return the digits of the hotline's number, as callers in a language hear it."""
    person = script.graph.nodes[script.graph.person]
    if not isinstance(person, Transfer):
        raise TypeError("the script's person is no transfer")
    number = script.line.destinations[person.destination].number_for(language)
    return str(phonenumbers.parse(number, None).national_number)


def _digits(turn: Turn) -> str:
    return re.sub(r"\D", "", "".join(words.text for words in turn.must + turn.may))
