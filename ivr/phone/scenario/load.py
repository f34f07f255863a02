"""Reads conversations from YAML, and reports all their problems at once.

    about: A Spanish caller hears that the line is busy
    call:
      - hears: [hang up and dial 9 1 1, cuelgue y marque el 9 1 1]
      - press: "2"
      - say: ayuda
      - silence: 1
      - rings: "+18883737888"
      - ends: busy
      - hears_not: goodbye
      - hung_up: true

A step does one thing (press, say, silence, ends, answers, record, hangs_up) or expects one (hears,
hears_not, rings, whispers, hung_up) since the last thing that was done.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from ivr.errors import PhoneError
from ivr.phone.normalize import plain
from ivr.phone.states import OUTCOMES
from ivr.phone.twiml import values as v

_HEARABLE = v.Rule("words that can be heard", lambda text: bool(plain(text)))

KINDS: dict[str, v.Rule] = {
    "hears": _HEARABLE,
    "hears_not": _HEARABLE,
    "rings": v.either(v.PHONE_NUMBER, v.SIP_URI),
    "hung_up": v.one_of("true"),
    "press": v.matching('keys from 0-9 * #, in quotes, as "1"', r"[0-9*#]+"),
    "say": v.SOMETHING,
    "silence": v.whole(1, 100),
    "ends": v.either(
        v.one_of(*OUTCOMES),
        v.matching("completed and the seconds of talk", r"completed [0-9]{1,5}"),
    ),
    "record": v.matching(
        'seconds, then how it ends, in quotes, as "12 #"', r"[0-9]{1,5}( ([0-9*#]|hangup|failed))?"
    ),
    "answers": v.matching(
        'the keys that the called person presses, in quotes, or "nothing"', r"[0-9*#]+|nothing"
    ),
    "whispers": _HEARABLE,
    "hangs_up": v.one_of("true"),
}
"""The rule for the value of each kind of step."""

MANY = {"hears", "hears_not", "rings", "whispers"}
"""The kinds of steps whose value may be a list."""


@dataclass(frozen=True)
class Step:
    """One thing that is done or expected; `line` is its line in the file, from 1."""

    line: int
    kind: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Conversation:
    """A call as it should go."""

    path: str
    about: str
    steps: tuple[Step, ...]


def read(path: Path) -> Conversation:
    """Read a conversation. Raises PhoneError with every problem as `file:line: what: remedy`."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as e:
        raise PhoneError(f"{path}:1: cannot be read: {e.strerror}") from None
    except UnicodeDecodeError:
        raise PhoneError(f"{path}:1: cannot be read: save it as UTF-8") from None
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        what = getattr(e, "problem", None) or "it has a character that YAML does not allow"
        raise PhoneError(f"{path}:{line}: not YAML: {what}; put * and # in quotes") from None
    reader = _Reader()
    conversation = reader.conversation(str(path), root)
    if reader.problems:
        problems = [f"{path}:{line}: {text}" for line, text in sorted(reader.problems)]
        raise PhoneError("\n".join(problems))
    return conversation


class _Reader:
    """Walks the nodes of a YAML document, which have their lines, and scalars as written."""

    def __init__(self) -> None:
        self.problems: list[tuple[int, str]] = []

    def conversation(self, path: str, root: yaml.Node | None) -> Conversation:
        parts = self._parts(root)
        about, call = parts.get("about"), parts.get("call")
        text = about.value.strip() if isinstance(about, yaml.ScalarNode) else ""
        if not text:
            self._problem(about or root, "about is missing: say in a line what the call shows")
        steps: tuple[Step, ...] = ()
        if isinstance(call, yaml.SequenceNode) and call.value:
            steps = tuple(step for node in call.value for step in self._step(node))
        else:
            self._problem(call or root, "call is missing: list its steps, as - hears: hello")
        return Conversation(path, text, steps)

    def _parts(self, root: yaml.Node | None) -> dict[str, yaml.Node]:
        parts: dict[str, yaml.Node] = {}
        for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
            name = str(key.value)
            if name not in {"about", "call"}:
                self._problem(key, f"{name} is unknown: write about and call")
            elif name in parts:
                self._problem(key, f"{name} is given twice: keep one")
            else:
                parts[name] = value
        return parts

    def _step(self, node: yaml.Node) -> Iterator[Step]:
        if not isinstance(node, yaml.MappingNode) or len(node.value) != 1:
            self._problem(node, "a step is one thing: write it as - press: '1'")
            return
        key, value = node.value[0]
        kind = str(key.value)
        if kind not in KINDS:
            self._problem(key, f"{kind} is not a step: choose one of {', '.join(KINDS)}")
            return
        is_list = isinstance(value, yaml.SequenceNode) and kind in MANY
        items = value.value if is_list else [value]
        values = tuple(self._value(kind, item) for item in items)
        if not values:
            self._problem(value, f"{kind} is empty: it must be {KINDS[kind].wanted}")
        yield Step(_line(key), kind, values)

    def _value(self, kind: str, node: yaml.Node) -> str:
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        if not KINDS[kind].fits(text):
            what = f'"{text}"' if isinstance(node, yaml.ScalarNode) else "a list or mapping"
            self._problem(node, f"{kind} has {what}: it must be {KINDS[kind].wanted}")
        return text

    def _problem(self, node: yaml.Node | None, text: str) -> None:
        self.problems.append((_line(node), text))


def _line(node: yaml.Node | None) -> int:
    return node.start_mark.line + 1 if node else 1
