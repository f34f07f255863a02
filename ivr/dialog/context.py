"""What the rules of a call look at, and what they decide."""

from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar, cast

from ivr.dialog.place import CHECK_RESULT, Place
from ivr.dialog.prompts import choice, spoken
from ivr.dialog.turn import Spoken
from ivr.schedule.duty import Duty
from ivr.script.model import Script
from ivr.script.nodes import Check, Emergency, Opening
from ivr.strict_model import StrictModel

N = TypeVar("N", bound=StrictModel)
"""The model of a kind of node."""

ANY_DUTY: Final = Duty()
"""The duty where it makes no difference: nobody is on call, and nothing is announced."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A prompt said on the way to a place, before what the place itself says.

    If `must` is set, keys do not interrupt it. `count` fills a check's {count}. `language` and
    `slow` are as in `Spoken`; if `language` is empty, it is the place's own.
    """

    prompt: str
    must: bool = False
    slow: bool = False
    count: int = 0
    language: str = ""


class Next(NamedTuple):
    """Where a call goes, and what is said and done on the way.

    `sound` is a recording to be played, as the carrier names it. `text` is a text message to be
    sent to the caller. `recordings` are facts about recordings: what became of it, and its name.
    `nomatch` says that the key or the words mean nothing here.
    """

    place: Place
    cues: tuple[Cue, ...] = ()
    sound: str = ""
    text: str = ""
    recordings: tuple[tuple[str, str], ...] = ()
    nomatch: bool = False


@dataclass(frozen=True, slots=True)
class Context(Generic[N]):
    """A script and a place in it. `duty` is who is at the agency, `announcement` what they say."""

    script: Script
    place: Place
    duty: Duty = ANY_DUTY
    announcement: tuple[Spoken, ...] = ()

    @property
    def node(self) -> N:
        """The node at which the call is."""
        return cast("N", self.script.graph.nodes[self.place.node])

    @property
    def steps(self) -> tuple[str, ...]:
        """The prompt ids that the node walks through; a talk and a check have some."""
        return self.script.steps(self.place.node)

    @property
    def no_language(self) -> bool:
        """Whether the caller's language is not known yet, and could be another."""
        several = len(self.script.line.languages) > 1
        in_opening = isinstance(self.node, Opening) and not self.place.back
        return self.place.no_language or (several and in_opening)

    def spoken(
        self, prompt: str, *, language: str = "", slow: bool | None = None, **blanks: str
    ) -> Spoken:
        """Return a prompt as it is spoken at this place (see `ivr.dialog.prompts.spoken`)."""
        return spoken(self.script, self.place, prompt, language=language, slow=slow, **blanks)

    def choice(self, task: str, key: str, *, language: str = "", name: str = "") -> Spoken:
        """Return a choice as it is spoken at this place: the task, then the key."""
        task_words = self.spoken(task, language=language, name=name)
        return choice(self.script, self.place.node, task_words, key)

    def cues(self, prompt: str, *, must: bool = False) -> tuple[Cue, ...]:
        """Return a prompt in the caller's language.

        If theirs is not known yet, it is said in each that the opening offers.
        """
        of_opening = self.script.line.opening_languages
        codes = of_opening if self.no_language else (self.place.language,)
        return tuple(Cue(prompt, must=must, language=code) for code in codes)

    def go(self, node: str, step: int = 0) -> Place:
        """Return the place at another node. What belongs to the whole call goes with it."""
        place = self.place
        return Place(
            place.language,
            node,
            step=step,
            slow=place.slow,
            auto_rang=place.auto_rang,
            texts=place.texts,
        )

    def divert(self, node: str, phase: str = "") -> Place:
        """Return the place at a node that can be reached from anywhere, with the way back.

        The way back never leads to the warning before 911, where silence dials 911. From a check
        whose questions are over, it leads to the result.
        """
        place = self.place
        origin = f"{place.node}.{place.step}"
        if isinstance(self.node, Emergency):
            origin = f"{self.script.graph.home}.0"
        elif isinstance(self.node, Check) and place.phase:
            origin += f".{CHECK_RESULT}"
        elif isinstance(self.node, Opening):  # its pages of languages are no place to come back to
            origin = f"{place.node}.0"
        diverted = self.go(node)._replace(phase=phase, back=place.back or origin)
        return diverted._replace(yes=place.yes, no_language=self.no_language)
