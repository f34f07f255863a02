"""What was read of a script so far: its parts, and the files in which they stand."""

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.schedule.on_call import Calendar
from ivr.script.line import Line
from ivr.script.model import Graph, Script, Words
from ivr.script.yaml_source import Source


@dataclass(frozen=True)
class Files:
    """Where the parts of a script stand, to name file and line in a problem."""

    line: Source
    graph: Source
    words: Mapping[str, Source]


@dataclass(frozen=True)
class Parts:
    """What of a script could be typed; None where it could not, so that the rest is still seen.

    `destinations` are the names of line.yaml's destinations, even where it has other problems.
    """

    line: Line | None
    graph: Graph | None
    words: Mapping[str, Words]
    destinations: tuple[str, ...]
    calendar: Calendar | None = None

    @property
    def script(self) -> Script | None:
        """The parts as a script. It is whole only where no problems were found."""
        if self.line is None or self.graph is None:
            return None
        return Script(self.line, self.graph, self.words, self.calendar)
