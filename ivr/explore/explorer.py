"""State-space exploration: every place that a call can come to, breadth first.

A place holds the language, node, step, phase, pace, rung of the ladder, whether the hotline has
been rung, the answers to a check, and where 0 or 9 was pressed. There are millions of combinations.
But the dialog only carries most of these along, so places that differ in nothing that an event
looks at are one class, and each event is tried once per class:

- every event, for each language, node, step, phase, pace, way in (`first`, `no_language`), and
  whether there is a place to go back to: this is the state, and no rule looks at more, except those
  below;
- silence and a wrong key, for each state at each rung of the ladder, and for whether the hotline
  has been rung: once it has, the line says goodbye where it would ring;
- `#`, for each state after a `#`: the second one gives help;
- the answers to a check, for each state after no yes, one, or several: at its end a check says how
  many there were, and offers to hear them if there were any. Two sounds like seven. There, silence
  and a wrong key are tried for each of the three, too;
- the end of a dialled call, also after a talk that lasted, if the script asks whether it was with a
  person;
- every event that leads to or from the agency, once for each duty: open, closed, on call and
  offered, on call and rung at once;
- a recorded message, once for each way in which a recording ends;
- a text message, once for each outcome of sending it and each place where 8 was pressed, to which
  it leads back. (All explored callers can be sent texts. To others, 8 is one more wrong key.)
- the first language of the menu of languages, once for each place where 6 was pressed, to which it
  leads back;
- what a caller gets in place of a turn at a limit (ivr.dialog.limits), for each state: where people
  of the agency are rung, where a message is recorded, and where a call has lasted for too long;
- `*`, for each place where 0 or 9 may have been pressed (with language and pace), from a transfer
  and from the 911 warning: only `*` looks at which place that was. There is a call that rings on
  the way; one outcome of it is tried. While a ring is announced, any key stops it and leads back
  like `*`, and 6 leads back in another language: both are tried for each such place, too.

A place is followed only if it adds something to this list, so the cost grows with the script and
not with its square. Every place is reached by what a caller can do, so each has a sequence of keys
that leads to it. The tests hold the dialog to the claims above.
"""

from collections import deque
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from ivr.dialog import Dial, Gather, Place, Record, SendText, Turn, limits, read_place
from ivr.dialog.place import ANNOUNCED, LANGUAGES
from ivr.explore.events import (
    ANSWERS,
    KEYS,
    LASTED,
    MOMENT,
    NONSENSE,
    OUTCOMES,
    RECORDINGS,
    SILENCE,
    TEXTS,
    WRONG,
    call_command,
    event,
    step,
)
from ivr.schedule.duty import Duty
from ivr.schedule.on_call import RUNGS
from ivr.script.model import Script
from ivr.script.nodes import Agency, Check, Emergency, Text

_SEVERAL = 2
"""From this many yeses on, a check says the same, whatever their number."""

State = tuple[Hashable, ...]
"""All of a place that most events look at."""

Rung = tuple[State, int, bool]
"""All of a place that silence and wrong keys look at."""


@dataclass(frozen=True, slots=True)
class Transition:
    """What one event at a place leads to: a turn, or an error. At the answer there is no place.

    `duty` is who was on duty, if that made a difference. `at_limit` says that a limit of the line
    was reached.
    """

    place: Place | None
    token: str
    turn: Turn | None
    error: str = ""
    duty: Duty | None = None
    at_limit: bool = False


class Explorer:
    """An exploration of a script.

    `predecessors`: from where, and how, each place was reached. `addresses`: their URLs.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        self.predecessors: dict[Place, tuple[Place | None, str]] = {}
        self.addresses: dict[Place, str] = {}
        self._duty_on_the_way: dict[Place, Duty] = {}
        self._near_limits: deque[tuple[Transition, Place, Turn]] = deque()
        self._behind_limits: set[Place] = set()
        self._duties = duties(script)
        self._queue: deque[Turn] = deque()
        self._tried: set[Hashable] = set()
        self._everything_at = cache(self._everything)

    def transitions(self) -> Iterator[Transition]:
        """Yield what every event leads to, once per class of places, nearest places first."""
        yield self._transition(None, "")
        while self._queue:
            yield from self._without_limits()
            # Limits come last, so that what does not need one is shown without it.
            while self._near_limits:
                yield from self._at_limits(*self._near_limits.popleft())

    def _without_limits(self) -> Iterator[Transition]:
        while self._queue:
            turn = self._queue.popleft()
            for token in self._untried(turn):
                for transition in self._by_duty(turn.place, token):
                    yield transition
                    if transition.turn and isinstance(transition.turn.verb, SendText):
                        for text in TEXTS:
                            yield from self._by_duty(transition.turn.place, text)

    def command(self, transition: Transition) -> str:
        """Return the `ivr call` that shows a transition: the shortest way to it that was found."""
        tokens = [transition.token]
        place, duty, at_limit = transition.place, transition.duty, transition.at_limit
        while place is not None:
            at_limit |= place in self._behind_limits
            duty = duty or self._duty_on_the_way.get(place)
            place, token = self.predecessors[place]
            tokens.append(token)
        keys = ["1" if token in TEXTS else token for token in reversed(tokens) if token]
        return call_command(keys) + self._at(duty) + (" at a limit of the line" if at_limit else "")

    def _by_duty(self, place: Place, token: str) -> Iterator[Transition]:
        """Try an event; if it leads to or from the agency, then again with each duty."""
        transition = self._transition(place, token)
        yield transition
        self._note_limit(transition)
        to = transition.turn.place if transition.turn else place
        if self._duties and (self._is_agency(place) or self._is_agency(to)):
            for duty in self._duties:
                transition = self._transition(place, token, duty)
                yield transition
                self._note_limit(transition)

    def _note_limit(self, transition: Transition) -> None:
        """Note a turn in whose place a caller may get another, once for each state."""
        turn = transition.turn
        if transition.place is None or turn is None or turn.place not in self.predecessors:
            return
        to, verb = turn.place, turn.verb
        is_ring = isinstance(verb, Dial) and self._is_agency(to)
        is_message = isinstance(verb, Record) and not to.recording
        if is_ring or is_message or isinstance(verb, Gather):
            name = type(verb).__name__, state_of(to)
            if name not in self._tried:
                self._tried.add(name)
                self._near_limits.append((transition, transition.place, turn))

    def _at_limits(self, transition: Transition, place: Place, turn: Turn) -> Iterator[Transition]:
        """Yield what a caller gets in place of a turn at a limit of the line."""
        script, to = self.script, turn.place
        try:
            if isinstance(turn.verb, Dial):
                yield self._limited(transition, limits.lead_on(script, to, (), "agency.limited"))
                yield self._limited(transition, limits.challenge(script, to, (), limits.CODE_KEYS))
            elif isinstance(turn.verb, Record):
                yield self._limited(transition, limits.lead_on(script, to, (), "voicemail.limited"))
            else:
                ended = limits.end_long_call(script, place, event(transition.token), turn)
                if ended is not turn:
                    yield self._limited(transition, ended)
        except Exception as e:  # noqa: BLE001 whatever breaks is what a check wants to know
            why = f"{type(e).__name__}: {e}"
            yield Transition(place, transition.token, None, why, transition.duty, at_limit=True)

    def _limited(self, transition: Transition, turn: Turn) -> Transition:
        if self._reach(turn, transition.place, transition.token, transition.duty):
            self._behind_limits.add(turn.place)
        return Transition(
            transition.place, transition.token, turn, duty=transition.duty, at_limit=True
        )

    def _at(self, duty: Duty | None) -> str:
        """Return the option for when to call, if it makes a difference who is on duty."""
        line = self.script.line
        if duty is None or line.hours is None:
            return ""
        at = MOMENT
        if self.script.schedule.duty(at).is_open != duty.is_open:
            change = self.script.schedule.opening(at).until
            if change is None:
                return ""
            at = change
        return f" --at {at.astimezone(ZoneInfo(line.time_zone)):%Y-%m-%dT%H:%M}"

    def _is_agency(self, place: Place) -> bool:
        return isinstance(self.script.node(place.node), Agency)

    def _transition(self, place: Place | None, token: str, duty: Duty | None = None) -> Transition:
        try:
            turn = step(self.script, place, token, duty)
            self._reach(turn, place, token, duty)
        except Exception as e:  # noqa: BLE001 whatever breaks is what a check wants to know
            return Transition(place, token, None, f"{type(e).__name__}: {e}", duty)
        return Transition(place, token, turn, "", duty)

    def _reach(self, turn: Turn, place: Place | None, token: str, duty: Duty | None) -> bool:
        """Note how a turn's place was reached, and visit it later; False if it was before."""
        to = turn.place
        if to in self.predecessors:
            return False
        self.addresses[to] = address = to.url()
        if _read(self.script, address) != to:
            return False
        self.predecessors[to] = (place, token)
        if duty is not None:
            self._duty_on_the_way[to] = duty
        self._queue.append(turn)
        return True

    def _untried(self, turn: Turn) -> list[str]:
        """Return the events to try at a turn's place: those of each class not yet tried."""
        classes: dict[Hashable, tuple[str, ...]] = {}
        if isinstance(turn.verb, Dial):
            classes = self._classes_of_dial(turn.place)
        elif isinstance(turn.verb, Gather):
            classes = self._classes(turn.place)
        elif isinstance(turn.verb, Record):
            classes = {state_of(turn.place): RECORDINGS}
        new = [tokens for name, tokens in classes.items() if name not in self._tried]
        self._tried.update(classes)
        return list(dict.fromkeys(token for tokens in new for token in tokens))

    def _classes_of_dial(self, place: Place) -> dict[Hashable, tuple[str, ...]]:
        return {
            rung_of(place): (*OUTCOMES, LASTED) if self.script.graph.reached else OUTCOMES,
            ("back", "rings", self._way_back(place)): OUTCOMES[:1],
        }

    def _classes(self, place: Place) -> dict[Hashable, tuple[str, ...]]:
        """Return every class that a place belongs to, with the events that its class is for."""
        state = state_of(place)
        classes: dict[Hashable, tuple[str, ...]] = {
            state: self._everything_at(place.language, place.node),
            rung_of(place): (SILENCE, WRONG),
            ("back", self._way_back(place)): ("*",),
        }
        if place.phase == ANNOUNCED:  # any key stops the ring that is announced, and leads back
            classes["stopped", self._way_back(place)] = ("*", "6")
        if isinstance(self.script.node(place.node), Text):  # a text leads back, too
            classes["text", self._way_back(place)] = ("1",)
        if place.phase == LANGUAGES and place.back:  # a language leads back, too
            classes["language", self._way_back(place)] = ("1",)
        if place.repeated:
            classes["again", state] = ("#",)
        if isinstance(self.script.node(place.node), Check):
            yes = min(place.yes.bit_count(), _SEVERAL)
            classes["yes", state, yes] = ANSWERS
            if place.phase:  # at its end the keys depend on how many there were
                classes["yes", rung_of(place), yes] = (SILENCE, WRONG)
        return classes

    def _way_back(self, place: Place) -> Hashable:
        if not place.back:
            return state_of(place)
        warned = isinstance(self.script.node(place.node), Emergency)
        return place.back, place.language, place.slow, warned

    def _everything(self, language: str, node_id: str) -> tuple[str, ...]:
        """Return all that a caller may do at a node."""
        phrases: tuple[str, ...] = ()
        if self.script.listens(language):
            words = self.script.words[language].speech
            urgent = ("emergency", *self._tasks_to_911(node_id))
            phrases = (NONSENSE, *(words[name][0] for name in urgent if words.get(name)))
        return (*KEYS, *(f"say:{phrase}" for phrase in phrases))

    def _tasks_to_911(self, node_id: str) -> Iterator[str]:
        node = self.script.node(node_id)
        for choice in self.script.choices(node).values() if node else ():
            if choice.to == self.script.graph.emergency:
                yield choice.task


def state_of(place: Place) -> State:
    """Return all of a place that most events look at."""
    p = place
    way_in = p.first, p.no_language
    way_out = bool(p.back), bool(p.recording), p.safe
    return p.language, p.node, p.step, p.phase, way_in, p.slow, way_out


def rung_of(place: Place) -> Rung:
    """Return all of a place that silence and wrong keys look at."""
    return state_of(place), place.tries, place.auto_rang


def _read(script: Script, address: str) -> Place:
    """Return the place as which a URL is read."""
    path, _, query = address.partition("?")
    return read_place(script, path, _values(query))


@lru_cache(maxsize=4096)
def _values(query: str) -> Mapping[str, str]:
    """Return the values of a query; most places share theirs with others."""
    return dict(parse_qsl(query))


def duties(script: Script) -> tuple[Duty, ...]:
    """Return every duty of the agency that makes a difference to a caller."""
    line = script.line
    if not any(isinstance(node, Agency) for node in script.graph.nodes.values()):
        return ()
    numbers = tuple(line.on_call.people.values()) if line.on_call else ()
    ladder = (numbers * RUNGS)[:RUNGS]
    possible = [Duty(True, ladder)] if line.office.numbers else []
    if numbers or line.hours is not None:
        possible += dict.fromkeys((Duty(False, ladder), Duty(False)))
    possible += [Duty(False, ladder, at_once=True)] if numbers else []
    return tuple(possible)
