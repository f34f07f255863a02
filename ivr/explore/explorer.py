"""A walk through every place that a call can come to, breadth first, without walking in vain.

A place holds the language, node, step, phase, pace, the ladder's rung, whether the hotline has been
rung, the answers to a check and where 0 or 9 was pressed. All of their products are millions; but
the dialog only carries most of them along, so what one place shows holds for all that differ in
nothing it looks at. Each event is tried once for each of what it looks at:

- every event, for each language, node, step, phase, pace, way in (`first`, `unsure`), whether the
  hotline has been rung, and whether there is a place to go back to: no rule looks at more than that
  but the four below;
- silence and a wrong key, for each of those at each rung of the ladder;
- `#`, for each of those after a `#`: the second one gives help;
- the answers to a check, for each of those after no yes, one, or several: a check says at its end
  how many there were. Which signs they were is never asked, and two sounds like seven;
- every event that leads to or from the agency, once for each of who may be there: open, closed,
  on call and offered or rung at once;
- a message that is recorded, once for each way in which a recording ends;
- a text message, once for each of how that goes and where 8 was pressed, which it leads back to.
  (Whether callers can be sent one at all goes with the whole call: all who can be are tried, and to
  the others 8 is one more wrong key.)
- `*`, for each place where 0 or 9 may have been pressed (with language, pace, and whether the
  hotline has been rung), from a transfer and from the 911 warning: `*` alone looks at which place
  that was. On the way there is a call that rings: one outcome of it is tried.

A place is followed only as far as it tells something new by this list, so that cost grows with the
script and not with its square. Places are only ever come to by what a caller can do, so each has a
sequence of keys that leads there. The tests hold the dialog to the claims above.
"""

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from ivr.dialog import Dial, Listen, Place, Record, SendText, Turn
from ivr.explore.events import (
    ANSWERS,
    KEYS,
    MOMENT,
    NONSENSE,
    OUTCOMES,
    RECORDINGS,
    SILENCE,
    TEXTS,
    WRONG,
    call_line,
    follow,
)
from ivr.schedule.duty import Duty
from ivr.schedule.on_call import RUNGS
from ivr.script.model import Script
from ivr.script.nodes import Agency, Check, Emergency, Text

_SEVERAL = 2

Core = tuple[Hashable, ...]
Rung = tuple[Core, int]
"""All that silence and wrong keys look at."""


@dataclass(frozen=True, slots=True)
class Step:
    """What came of one event at a place: a turn, or an error. The answer has no place before it.

    `duty` tells who was there, where that made a difference.
    """

    place: Place | None
    token: str
    turn: Turn | None
    error: str = ""
    duty: Duty | None = None


class Explorer:
    """A walk through a script; `came` tells how each place was first come to."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.came: dict[Place, tuple[Place | None, str]] = {}
        self._came_on: dict[Place, Duty] = {}
        self._duties = duties(script)
        self._queue: deque[Turn] = deque()
        self._told: set[Hashable] = set()

    def steps(self) -> Iterator[Step]:
        """Yield what comes of every event that tells something new, nearest places first."""
        yield self._step(None, "")
        while self._queue:
            here = self._queue.popleft()
            for token in self._new(here):
                for step in self._tried(here.place, token):
                    yield step
                    if step.turn and isinstance(step.turn.then, SendText):
                        for text in TEXTS:
                            yield from self._tried(step.turn.place, text)

    def _tried(self, place: Place, token: str) -> Iterator[Step]:
        """Try an event, at the agency with each of who may be there."""
        step = self._step(place, token)
        yield step
        if self._at_agency(place) or (step.turn and self._at_agency(step.turn.place)):
            yield from (self._step(place, token, duty) for duty in self._duties)

    def keys(self, step: Step) -> str:
        """Return the shortest way to a step that the walk knows, as `ivr call` takes it."""
        tokens = [step.token]
        place, duty = step.place, step.duty
        while place is not None:
            duty = duty or self._came_on.get(place)
            place, token = self.came[place]
            tokens.append(token)
        told = ("1" if token in TEXTS else token for token in reversed(tokens) if token)
        return call_line(list(told)) + self._at(duty)

    def _at(self, duty: Duty | None) -> str:
        """Tell when to call, where who is there makes the difference."""
        line = self.script.line
        if duty is None or line.hours is None:
            return ""
        at = MOMENT
        if self.script.duty(at).is_open != duty.is_open:
            change = self.script.schedule.opening(at).until
            if change is None:
                return ""
            at = change
        return f" --at {at.astimezone(ZoneInfo(line.time_zone)):%Y-%m-%dT%H:%M}"

    def _at_agency(self, place: Place) -> bool:
        return isinstance(self.script.node(place.node), Agency)

    def _step(self, place: Place | None, token: str, duty: Duty | None = None) -> Step:
        try:
            turn = follow(self.script, place, token, duty)
            is_new = turn.place not in self.came
            if is_new and survives(self.script, turn.place):
                self.came[turn.place] = (place, token)
                self._queue.append(turn)
                if duty is not None:
                    self._came_on[turn.place] = duty
        except Exception as e:  # noqa: BLE001 whatever breaks is what a check wants to know
            return Step(place, token, None, f"{type(e).__name__}: {e}", duty)
        return Step(place, token, turn, "", duty)

    def _new(self, here: Turn) -> list[str]:
        """Return the events that tell something new at the place of a turn, once for each."""
        asks: dict[Hashable, tuple[str, ...]] = {}
        if isinstance(here.then, Dial):
            asks = self._asks_while_ringing(here.place)
        elif isinstance(here.then, Listen):
            asks = self._asks(here.place)
        elif isinstance(here.then, Record):
            asks = {core_of(here.place): RECORDINGS}
        new = [tokens for ask, tokens in asks.items() if ask not in self._told]
        self._told.update(asks)
        return list(dict.fromkeys(token for tokens in new for token in tokens))

    def _asks_while_ringing(self, place: Place) -> dict[Hashable, tuple[str, ...]]:
        return {
            rung_of(place): OUTCOMES,
            ("back", "rings", self._way_back(place)): OUTCOMES[:1],
        }

    def _asks(self, place: Place) -> dict[Hashable, tuple[str, ...]]:
        core = core_of(place)
        asks: dict[Hashable, tuple[str, ...]] = {
            core: self._everything(place),
            rung_of(place): (SILENCE, WRONG),
            ("back", self._way_back(place)): ("*",),
        }
        if isinstance(self.script.node(place.node), Text):  # a text leads back, too
            asks["text", self._way_back(place)] = ("1",)
        if place.again:
            asks["again", core] = ("#",)
        if isinstance(self.script.node(place.node), Check):
            asks["yes", core, min(place.yes.bit_count(), _SEVERAL)] = ANSWERS
        return asks

    def _way_back(self, place: Place) -> Hashable:
        if not place.back:
            return core_of(place)
        warned = isinstance(self.script.node(place.node), Emergency)
        return place.back, place.language, place.slow, place.rang, warned

    def _everything(self, place: Place) -> tuple[str, ...]:
        said: tuple[str, ...] = ()
        if self.script.line.speech:
            words = self.script.words[place.language].speech
            urgent = ("emergency", *self._tasks_to_911(place))
            said = (NONSENSE, *(words[name][0] for name in urgent if words.get(name)))
        return (*KEYS, *(f"say:{words}" for words in said))

    def _tasks_to_911(self, place: Place) -> Iterator[str]:
        node = self.script.node(place.node)
        for choice in self.script.choices(node).values() if node else ():
            if choice.to == self.script.graph.emergency:
                yield choice.task


def core_of(place: Place) -> Core:
    """Return all that most events look at."""
    p = place
    way_in = p.first, p.unsure
    way_out = bool(p.back), bool(p.recording), p.safe
    return p.language, p.node, p.step, p.phase, way_in, p.slow, p.rang, way_out


def rung_of(place: Place) -> Rung:
    """Return all that silence and wrong keys look at."""
    return core_of(place), place.tries


def survives(script: Script, place: Place) -> bool:
    """Tell whether a place comes back from its URL as it was."""
    path, _, query = place.url().partition("?")
    return Place.read(script, path, dict(parse_qsl(query))) == place


def duties(script: Script) -> tuple[Duty, ...]:
    """Return all that the agency may be at some time, as far as a caller notices."""
    line = script.line
    if not any(isinstance(node, Agency) for node in script.graph.nodes.values()):
        return ()
    numbers = tuple(line.on_call.people.values()) if line.on_call else ()
    ladder = (numbers * RUNGS)[:RUNGS]
    told = [Duty(True, ladder)] if line.office.numbers else []
    if numbers or line.hours is not None:
        told += dict.fromkeys((Duty(False, ladder), Duty(False)))
    told += [Duty(False, ladder, at_once=True)] if numbers else []
    return tuple(told)
