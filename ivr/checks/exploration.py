"""exploration: is a caller left alone anywhere?

The line is called as a machine would call it: every key, silence, words that mean nothing, 911
asked for by voice, and every end of a dialled call, in every language and pace, and on from each
turn to the next place until there is nothing new to hear. Each of these is an **error**:

- something breaks, or leads to a place that does not exist;
- staying silent and pressing wrong keys, in any mixture, while nobody answers, goes round without
  end instead of ringing a person and ending in a goodbye;
- the line hangs up without having said the hotline's number in full;
- a number is rung that is not in line.yaml; or 911 is rung by anything but 9 (or a choice that
  says so) and then 9 again or silence: never by an error, a wrong key, or words alone;
- the carrier would not take what it is sent: too long, too many words to expect, what must be
  heard not before the keys, no address to go on at.

A message holds the keys with which you hear the problem yourself ("-" is silence, "busy" and the
like how a dialled call ends):

    prompts/menu.yaml:40:3 exploration: goes round without end on silence, through meaning, report
    (ivr call --keys 1,3,-,-,-,-): let one of them end in choices

Make that call, listen to where it goes wrong, and change the node of menu.yaml at which the message
stands. Where "the line breaks", the script may not be to blame: report it with the keys.

What a call only carries along is not tried in every combination; ivr.explore.explorer says what is
left out, and why nothing is lost by that.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from ivr.checks.engine.context import Found, Subject
from ivr.checks.measures.limits import URL_CHARACTERS
from ivr.checks.measures.twiml_limits import Wire
from ivr.dialog import Dial, DialEnded, HangUp, Key, Place, Silence, Speech, Turn
from ivr.explore.cycles import Round, rounds
from ivr.explore.events import RECORDINGS, SILENCE, WRONG, event
from ivr.explore.explorer import Explorer, Rung, Step, rung_of
from ivr.problem import Problem
from ivr.script.model import EMERGENCY_NUMBER, Script
from ivr.script.nodes import Emergency, Transfer

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
    """A finished exploration. `turns` that differ only in their address count once."""

    places: int
    turns: int
    seconds: float
    flaws: tuple[Flaw, ...]


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for every way in which a caller could be failed."""
    for flaw in explore(subject.script).flaws:
        found = Found(ID, f"{flaw.text} ({flaw.call})", flaw.remedy)
        yield subject.in_graph(flaw.node, found)


@lru_cache(maxsize=1)
def explore(script: Script) -> Exploration:
    """Walk every place of a script. The last exploration is kept, for who asks for its figures."""
    return explored(script)


def explored(script: Script, each: Callable[[Step], object] = lambda _: None) -> Exploration:
    """Walk every place of a script, and hand on each step, for what else is to be learned of it."""
    began = time.perf_counter()
    watch = _Watch(script)
    watch.go(each)
    took = time.perf_counter() - began
    return Exploration(len(watch.walk.came), len(watch.heard), took, tuple(watch.flaws.values()))


class _Watch:
    """Looks at every step of a walk, and keeps the first of each flaw: the one nearest by keys."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.walk = Explorer(script)
        self._wire = Wire(script)
        self.heard: set[object] = set()
        self._seen: set[Place] = set()
        self.flaws: dict[tuple[str, str], Flaw] = {}
        self._patience: dict[Rung, dict[str, Rung]] = {}
        self._first: dict[Rung, Place] = {}
        person = script.graph.nodes[script.graph.person]
        number = (
            isinstance(person, Transfer) and script.line.destinations[person.destination].number
        )
        self._hotline = str(phonenumbers.parse(number or "", None).national_number)

    def go(self, each: Callable[[Step], object]) -> None:
        for step in self.walk.steps():
            each(step)
            for node, text, remedy in self._wrong(step):
                if (node, text) not in self.flaws:
                    self.flaws[node, text] = Flaw(node, text, remedy, self.walk.keys(step))
            self._wait(step)
        # Silence sorts first: a way round by that alone is told before others.
        for found in rounds({at: dict(sorted(on.items())) for at, on in self._patience.items()}):
            self._round(found)

    def _wrong(self, step: Step) -> Iterator[tuple[str, str, str]]:
        """Yield node, what is wrong there, and what to do about it."""
        here = step.place.node if step.place else self.script.graph.start
        turn = step.turn
        if turn is None:
            yield here, f"the line breaks ({step.error})", "report it, with the script and the keys"
            return
        said = (*self._sent(turn), *self._ended(turn))
        yield from ((turn.place.node, *flaw) for flaw in said)
        places = self._came(turn.place)
        done = (*places, *self._dialled(step, turn), *self._led_to_911(step, turn.place))
        yield from ((here, *flaw) for flaw in done)

    def _came(self, place: Place) -> Iterator[tuple[str, str]]:
        if place in self._seen:
            return
        self._seen.add(place)
        if place not in self.walk.came:
            yield f'leads to "{place.node}", which cannot be gone to so', _NO_PLACE
        if len(place.url()) > URL_CHARACTERS:
            what = f"leads to an address over {URL_CHARACTERS} characters"
            yield what, "give the nodes shorter names"

    def _ended(self, turn: Turn) -> Iterator[tuple[str, str]]:
        if isinstance(turn.then, HangUp) and self._hotline not in _digits(turn):
            what = "hangs up without having said the hotline's number"
            yield what, "write {number} in the goodbye's prompts"

    def _dialled(self, step: Step, turn: Turn) -> Iterator[tuple[str, str]]:
        then = turn.then
        if not isinstance(then, Dial):
            return
        for number in then.numbers:
            if number not in self.script.numbers:
                what = f'rings "{number}", which line.yaml does not have'
                yield what, "ring only its destinations"
        if then.number == EMERGENCY_NUMBER and not self._may_ring_911(step):
            yield "rings 911 though nobody asked for it twice", f"lead to it by a choice; {_ONLY}"

    def _may_ring_911(self, step: Step) -> bool:
        """Tell whether 9 was pressed (or yes said) at the warning, or nothing while it counts."""
        place = step.place
        if place is None or not isinstance(self.script.node(place.node), Emergency):
            return False
        match event(step.token):
            case Key(keys):
                return keys == "9"
            case Silence() | Speech():  # asked for by voice, it takes a key or a yes
                return place.phase == ""
            case _:
                return False

    def _led_to_911(self, step: Step, there: Place) -> Iterator[tuple[str, str]]:
        """The warning rings 911 by itself after silence: only a key may lead there."""
        bridge = self.script.line.emergency.bridge
        if not bridge or there.phase or there.node != self.script.graph.emergency:
            return
        here = self.script.node(step.place.node) if step.place else None
        if here is None or isinstance(here, Emergency):
            return
        chosen = self.script.choices(here).get(step.token)
        pressed = event(step.token) == Key("9") or step.token == "record:9:9"  # noqa: S105 a key
        if not pressed and (chosen is None or chosen.to != there.node):
            yield "leads on to 911 though nobody pressed a key for it", _ONLY

    def _sent(self, turn: Turn) -> Iterator[tuple[str, str]]:
        """Look at each turn once, whatever its address."""
        content = (turn.place.language, turn.must, turn.may, turn.then, turn.sound)
        if content not in self.heard:
            self.heard.add(content)
            yield from self._wire.misfits(turn)

    def _wait(self, step: Step) -> None:
        """Note where patience leads: silence, a wrong key, and whatever ends a dialled call."""
        if step.place is None or step.turn is None:
            return
        patient = step.token in _PATIENT
        if isinstance(event(step.token), DialEnded) or patient:
            here = rung_of(step.place)
            self._first.setdefault(here, step.place)
            self._patience.setdefault(here, {}).setdefault(step.token, rung_of(step.turn.place))

    def _round(self, found: Round[Rung]) -> None:
        place = self._first[found.at]
        where = sorted({self._first[at].node for at in found.all})
        why = "on silence" if set(found.tokens) <= {SILENCE} else "on silence and wrong keys"
        text = f"goes round without end {why}, through {', '.join(where)}"
        call = self.walk.keys(Step(place, ",".join(found.tokens), None))
        flaw = Flaw(place.node, text, "let one of them end in choices", call)
        self.flaws.setdefault(("", text), flaw)


_PATIENT = frozenset({SILENCE, WRONG, *RECORDINGS})
_NO_PLACE = "a transfer needs a number in line.yaml, and only a transfer can be rung"
_ONLY = "911 is for the key 9, or a choice that says so"


def _digits(turn: Turn) -> str:
    return re.sub(r"\D", "", "".join(said.text for said in turn.must + turn.may))
