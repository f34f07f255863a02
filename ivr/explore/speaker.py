"""Every conversation that a script can lead to on a speaker, explored exhaustively.

A place holds the language, node, step, phase, how often in a row nothing was understood, whether
the hotline's number was given unasked, and where an answer leads back to. Each meaning is tried
once for each class of places that differ in nothing it looks at: `back` for each way back, words
without a meaning for each count of them, and all others for each of the rest. Pace changes no way.
"""

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from ivr.dialog import Place
from ivr.explore.explorer import duties
from ivr.schedule.duty import Duty
from ivr.script.model import Script
from ivr.script.nodes import Agency
from ivr.skill import Answer, Service, read_place, respond
from ivr.skill.meaning import MEANINGS, NOTHING, OPEN, choices_of, phrases

NONSENSE = "zzz"
"""Words that mean nothing anywhere."""

Class = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one meaning at a place leads to: an answer, or an error."""

    place: Place
    meaning: str
    answer: Answer | None
    error: str = ""


def state_of(place: Place) -> Class:
    """Return all of a place that most meanings look at."""
    p = place
    return p.language, p.node, p.step, p.phase, p.first, p.auto_rang, bool(p.back)


def rung_of(place: Place) -> Class:
    """Return all of a place that words without a meaning look at."""
    return state_of(place), place.tries


class SpeakerExplorer:
    """An exploration in one language. `script` is in the words of a speaker."""

    def __init__(self, script: Script, service: Service, language: str) -> None:
        self.script, self.service = script, service
        self.start = Place(language, script.graph.start)
        self._meanings = (*MEANINGS, *choices_of(script))
        self._words = {
            meaning: phrase for phrase, meaning in reversed([*phrases(script, language)])
        }
        self._before: dict[Place, tuple[Place, str] | None] = {self.start: None}
        self._queue = deque([self.start])
        self._tried: set[Class] = set()
        self._duties = (Duty(), *duties(script))

    def exchanges(self) -> Iterator[Exchange]:
        """Yield what every meaning leads to, once per class of places, nearest places first."""
        yield self._exchange(self.start, OPEN, Duty())
        while self._queue:
            place = self._queue.popleft()
            for meaning in self._untried(place):
                exchange = self._exchange(place, meaning, Duty())
                yield exchange
                if exchange.answer and self._is_agency(exchange.answer.place):
                    for duty in self._duties:
                        yield self._exchange(place, meaning, duty)

    def first_exchanges(self) -> Iterator[Exchange]:
        """Yield the exchanges in which one assistant's words differ from another's."""
        for meaning in (OPEN, "person", "stop"):
            yield self._exchange(self.start, meaning, Duty())
        home = Place(self.start.language, self.script.graph.home)
        yield self._exchange(home, "person", Duty())

    def command(self, exchange: Exchange) -> str:
        """Return the `ivr skill talk` that shows an exchange: the shortest that was found."""
        meanings, at = [exchange.meaning], self._before.get(exchange.place)
        while at is not None:
            place, meaning = at
            meanings.append(meaning)
            at = self._before[place]
        spoken = [self._words.get(m, m if m == "help" else NONSENSE) for m in reversed(meanings)]
        words = ",".join(spoken[1:] if meanings[-1] == OPEN else spoken)
        return f'ivr skill talk --language {self.start.language} --say "{words}"'

    def _untried(self, place: Place) -> list[str]:
        classes: dict[Class, tuple[str, ...]] = {
            state_of(place): self._meanings,
            ("nothing", rung_of(place)): (NOTHING,),
            ("back", place.back, state_of(place)[:4]): ("back",),
        }
        new = [meanings for name, meanings in classes.items() if name not in self._tried]
        self._tried.update(classes)
        return list(dict.fromkeys(meaning for meanings in new for meaning in meanings))

    def _exchange(self, place: Place, meaning: str, duty: Duty) -> Exchange:
        try:
            answer = respond(self.script, self.service, place, meaning, duty)
            to = answer.place._replace(slow=False)
            lost = read_place(self.script, to.language, to.url()) != to
            if not answer.ends and to not in self._before and not lost:
                self._before[to] = place, meaning
                self._queue.append(to)
        except Exception as e:  # noqa: BLE001 whatever breaks is what a check wants to know
            return Exchange(place, meaning, None, f"{type(e).__name__}: {e}")
        error = f'it leads to "{to.node}", which cannot be come to so' if lost else ""
        return Exchange(place, meaning, answer, error)

    def _is_agency(self, place: Place) -> bool:
        return isinstance(self.script.node(place.node), Agency)
