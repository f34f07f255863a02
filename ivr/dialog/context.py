"""A call at a place: what all rules look at, and where they lead."""

from dataclasses import dataclass, replace

from ivr.dialog.build_turn import Cue
from ivr.dialog.place import Place
from ivr.script.model import Script
from ivr.script.nodes import Emergency, Node, Opening

Next = tuple[Place, tuple[Cue, ...]]
"""Where the call goes, and what is said on the way in."""


@dataclass(frozen=True, slots=True)
class Call:
    """A script and a place in it: what all rules below look at."""

    script: Script
    place: Place

    @property
    def node(self) -> Node:
        return self.script.graph.nodes[self.place.node]

    def go(self, node: str, step: int = 0) -> Place:
        """Return the place at another node, keeping what belongs to the whole call."""
        here = self.place
        return Place(
            here.language, node, step=step, slow=here.slow, rang=here.rang, texts=here.texts
        )

    def aside(self, node: str, phase: str = "") -> Place:
        """Go to a person or 911 from anywhere, remembering where to come back to.

        Never back to the 911 warning, where silence dials: a caller has to ask for that anew.
        """
        here = self.place
        left = self.script.graph.home if isinstance(self.node, Emergency) else here.node
        step = 0 if isinstance(self.node, Emergency) else here.step
        back = here.back or f"{left}.{step}"
        there = replace(self.go(node), phase=phase, back=back)
        return replace(there, yes=here.yes, unsure=self.unsure)

    @property
    def unsure(self) -> bool:
        """Whether the caller's language is not known yet, and could be another."""
        several = len(self.script.words) > 1
        return self.place.unsure or (several and isinstance(self.node, Opening))
