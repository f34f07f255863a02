"""What follows what a caller means: from a place and a meaning to the next place and its words.

The place travels in the session, as it does in the URLs of a call, so no server keeps a session.
Any place but the opening shows that the caller has said yes to going on.
"""

from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl

from ivr.dialog.context import ANY_DUTY
from ivr.dialog.place import MAX_TRIES, Place
from ivr.dialog.prompts import has_number
from ivr.dialog.turn import Spoken
from ivr.dialog.universals import back as phone_back
from ivr.schedule.duty import Duty
from ivr.script import nodes
from ivr.script.model import Script
from ivr.skill.meaning import HELP, HOME, OPEN, is_offered
from ivr.skill.sayings import (
    DANGER,
    NUMBER,
    Answer,
    Service,
    context_at,
    help_offers,
    next_step,
    sayings,
    step_before,
    steps_of,
    with_number,
)

_AGREED, _REFUSED = "yes", "no"


def read_place(script: Script, language: str, url: str) -> Place:
    """Return the place that a session is at, in the language in which the caller speaks now.

    A place that the script does not have is the opening, where the caller is warned again.
    """
    path, _, query = url.partition("?")
    p = Place.from_url(path, dict(parse_qsl(query)))
    place = Place(language, p.node, p.step, p.phase, tries=p.tries, first=p.first, slow=p.slow)
    place = place._replace(auto_rang=p.auto_rang, back=p.back)
    return place if is_valid(script, place) else _opening(script, language)


def is_valid(script: Script, place: Place) -> bool:
    """Return whether a session can be at a place."""
    node, graph = script.node(place.node), script.graph
    phases = {""}
    if isinstance(node, nodes.Opening):
        phases |= {NUMBER, DANGER}
    elif place.node in {graph.emergency, graph.goodbye}:
        pass
    elif not is_offered(script, place.node):
        return False
    elif has_number(script, place.node):
        phases |= {NUMBER}
    has_step = 0 <= place.step <= len(steps_of(script, place))
    # Nobody comes by going back to the opening, as if they had not said yes.
    origin = place.origin()
    leads_back = not place.back or (origin.node != graph.start and is_valid(script, origin))
    return place.phase in phases and has_step and leads_back


def respond(
    script: Script,
    service: Service,
    place: Place,
    meaning: str,
    duty: Duty = ANY_DUTY,
) -> Answer:
    """Return the answer to a meaning at a place. `script` is in the words of a speaker.

    A session begins at the opening, with OPEN or what was asked for while the skill was opened.
    """
    talk = _Conversation(script, service, place, duty)
    if meaning == "stop" or (meaning == _REFUSED and talk.is_first):
        return talk.stopped()
    if meaning == "again":
        return talk.at(place.reset_attempts())
    if meaning == "pace":
        slow = place.reset_attempts()._replace(slow=not place.slow)
        return talk.at(slow, "pace.slow" if slow.slow else "pace.normal")
    if meaning == OPEN:
        return talk.at(_opening(script, place.language))
    following = talk.onward_first(meaning) if talk.is_first else talk.onward(meaning)
    if following is None:
        return talk.helped() if meaning == HELP else talk.not_understood()
    stays = meaning == "back" and following == place.reset_attempts()
    return talk.at(following, *(("home.here",) if stays else ()))


def _opening(script: Script, language: str) -> Place:
    return Place(language, script.graph.start)


class _Conversation:
    """A session at one place."""

    def __init__(self, script: Script, service: Service, place: Place, duty: Duty) -> None:
        self.script, self.service, self.place, self.duty = script, service, place, duty
        self.context = context_at(script, place)

    @property
    def is_first(self) -> bool:
        """Whether the caller has not said yes yet."""
        return self.place.node == self.script.graph.start

    # ── Where a meaning leads ──

    def onward_first(self, meaning: str) -> Place | None:
        """Return where a meaning leads before the caller has said yes: no topic is opened."""
        at_rest = self.place.reset_attempts()
        if meaning == _AGREED:
            return self.context.go(self.script.graph.home)._replace(first=True)
        if meaning in {"person", "number", HELP}:
            return at_rest._replace(phase=NUMBER)
        if meaning == "emergency":
            return at_rest._replace(phase=DANGER)
        asks = meaning == HOME or meaning.startswith("to.")
        return at_rest._replace(phase="") if asks else None

    def onward(self, meaning: str) -> Place | None:
        """Return where a meaning leads; None if it means nothing here, or asks for help."""
        graph = self.script.graph
        ways: dict[str, Callable[[], Place | None]] = {
            "next": self._next,
            "yes": self._next,
            "other": self._other,
            "back": self._back,
            "number": self._number,
            "person": lambda: self._divert(graph.person)._replace(phase=NUMBER),
            "emergency": lambda: self._divert(graph.emergency),
            HOME: lambda: self.context.go(graph.home),
        }
        if meaning.startswith("to."):
            return self._to(meaning.removeprefix("to."))
        return ways[meaning]() if meaning in ways else None

    def _number(self) -> Place:
        """Say the number of this node again, or the hotline's at a node without one."""
        if has_number(self.script, self.place.node):
            return self.place.reset_attempts()._replace(phase=NUMBER, step=0)
        return self._divert(self.script.graph.person)._replace(phase=NUMBER)

    def _divert(self, node: str) -> Place:
        """Return the place at a node that can be asked for anywhere, with the way back."""
        at_rest = self.place._replace(phase="")
        diverted = context_at(self.script, at_rest).divert(node)
        at_node = node == self.place.node
        return diverted._replace(
            no_language=False, back=self.place.back if at_node else diverted.back
        )

    def _to(self, node: str) -> Place | None:
        """Go to a node that is a choice here or elsewhere; from elsewhere back leads back here."""
        if not is_offered(self.script, node):
            return None
        offered = {choice.to for choice in self.script.choices(self.context.node).values()}
        reached = isinstance(self.script.node(node), nodes.Transfer | nodes.Agency)
        return self._divert(node) if reached and node not in offered else self.context.go(node)

    def _next(self) -> Place | None:
        """Go on in a talk or a description; behind it, to what follows."""
        node, place = self.context.node, self.place
        step = next_step(self.script, place)
        goes_on = step < len(steps_of(self.script, place))
        if isinstance(node, nodes.Talk | nodes.Transfer) and goes_on and place.phase != NUMBER:
            return self.context.go(place.node, step)._replace(back=place.back)
        if isinstance(node, nodes.Talk) and not node.choices:
            to = node.then or self.script.graph.home
            return self.context.go(to if is_offered(self.script, to) else self.script.graph.home)
        return self._other()

    def _other(self) -> Place | None:
        to = getattr(self.context.node, "next", None)
        if not to or not is_offered(self.script, to):
            return None
        return self.context.go(to)._replace(back=self.place.back)

    def _back(self) -> Place:
        if self.place.phase == NUMBER and not self.place.back:
            return self.context.go(self.place.node)
        if self.place.step and not self.place.back:
            return self.context.go(self.place.node, step_before(self.script, self.place))
        return phone_back(self.context)[0]

    # ── What is said ──

    def at(self, place: Place, *cues: str) -> Answer:
        """Return the words of a place, after those that are said on the way to it."""
        parts = sayings(self.script, self.service, place, self.duty)
        return self._answer(place, (*self._cues(place, cues), *parts.body, *parts.offers))

    def helped(self) -> Answer:
        """Return what can be said, everywhere and here."""
        place = self.place.reset_attempts()
        offers = sayings(self.script, self.service, place, self.duty).offers
        return self._answer(place, (*help_offers(self.script, place), *offers))

    def stopped(self) -> Answer:
        """End the session at once; a caller who has gone on hears a number once."""
        prompt = "speaker.stopped-first" if self.is_first else "speaker.stopped"
        words = with_number(self.script, self.place).spoken(prompt)
        return Answer(self.place, (words,), ends=True)

    def not_understood(self) -> Answer:
        """Say two kind messages, then a number, once; then the goodbye, which has it, too."""
        place, graph = self.place, self.script.graph
        if place.tries < MAX_TRIES:
            tried = place._replace(tries=place.tries + 1, first=False)
            parts = sayings(self.script, self.service, tried, self.duty)
            cues = self._cues(tried, (f"nomatch.{tried.tries}",))
            return self._answer(tried, (*cues, *parts.offers))
        if place.auto_rang:
            return self.at(self.context.go(graph.goodbye))
        at_rest = place.reset_attempts()._replace(step=0, phase=NUMBER)
        diverted = at_rest if self.is_first else self._divert(graph.person)._replace(phase=NUMBER)
        return self.at(diverted._replace(auto_rang=True), "nomatch.3")

    def _cues(self, place: Place, prompts: Iterable[str]) -> tuple[Spoken, ...]:
        context = context_at(self.script, place)
        return tuple(context.spoken(prompt) for prompt in prompts)

    def _answer(self, place: Place, words: tuple[Spoken, ...]) -> Answer:
        if isinstance(self.script.node(place.node), nodes.Goodbye):
            return Answer(place, words, ends=True)
        is_first = place.node == self.script.graph.start
        prompt = "speaker.waiting-first" if is_first else "speaker.waiting"
        return Answer(place, words, (with_number(self.script, place).spoken(prompt),))
