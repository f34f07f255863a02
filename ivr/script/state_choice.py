"""Puts the hotline of a state into a script, or a choice between those of several states.

One state is the destination `state` of line.yaml. Several become destinations of their own, and the
node `state` of menu.yaml becomes a menu that asks in which state the child is: the line never
guesses it from the caller's number, since mobile numbers move with people.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ivr.errors import IvrError
from ivr.problem import ScriptError
from ivr.script.load import read_parts
from ivr.script.nodes import Transfer
from ivr.script.review import digest
from ivr.script.state_hotlines import NOT_LISTED, StateHotline, state_hotlines
from ivr.script.yaml_edit import put, save

STATE = "state"
"""The destination, and the node, of the state's child-abuse hotline (docs/requirements.md, R17)."""

MOST_STATES = 5
"""The most states between which callers choose: a menu has five keys."""


class Chosen(NamedTuple):
    """A state's hotline as it goes into line.yaml: `names` are the state's, by language."""

    code: str
    names: Mapping[str, str]
    number: str
    source: str

    @property
    def destination(self) -> str:
        """The id of its destination, if the line has several states."""
        return f"{STATE}-{self.code.lower()}"


def row_of(code: str) -> StateHotline:
    """Return the row of a state by its two letters. Raises IvrError without one."""
    if row := state_hotlines().get(code):
        return row
    if code in NOT_LISTED:
        raise IvrError(
            f"{code}: no public page with a number could be read for {NOT_LISTED[code]}: ask the"
            " child protective services there, and write number: and source: into line.yaml"
        )
    raise IvrError(f'"{code}" is no state or territory: write its two letters, such as OH')


def choose(code: str, number: str | None = None) -> Chosen:
    """Return what is written of a state: its number, or that of an area, in E.164.

    Raises IvrError if the state's row does not have it.
    """
    row = row_of(code)
    listed = [n for n in (row.number, row.elsewhere, *row.areas.values()) if n]
    if number is None and row.number is None:
        areas = f", or one of {', '.join(listed)} with --number" if listed else ""
        raise IvrError(
            f"{code} has no number for the whole state: write that of your county into line.yaml,"
            f" with its source{areas}"
        )
    chosen = number or row.number or ""
    if chosen not in listed:
        others = ", ".join(listed) or "no number"
        raise IvrError(f"{code} does not have the number {chosen}; it has: {others}")
    return Chosen(code, row.name, chosen, row.pages(chosen)[0])


def is_state(destination: str) -> bool:
    """Tell whether a destination of line.yaml is a state's child-abuse hotline."""
    return destination == STATE or destination.startswith(f"{STATE}-")


_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "state.choose": "In which state is the child?",
        "to": "If the child is in {state}",
        "destination": "the child abuse hotline of {state}",
    },
    "es": {
        "state.choose": "¿En qué estado está el menor?",
        "to": "Si el menor está en {state}",
        "destination": "la línea de abuso infantil de {state}",
    },
}
"""Drafts of what the choice says; nobody has reviewed them."""


def write_state(folder: Path, chosen: Chosen) -> None:
    """Write a state's number and source into line.yaml, with `verified_on` empty.

    Raises IvrError if the file has a choice of states, or no destinations to put it among.
    """
    _require_transfer(folder)
    path = folder / "line.yaml"
    save(path, with_state(path.read_bytes().decode(), chosen))


def with_state(line: str, chosen: Chosen) -> str:
    """Return the text of line.yaml with a state's number and source, and an empty `verified_on`.

    Raises KeyError if it has no destinations to put it among.
    """
    entry = {"number": chosen.number, "source": chosen.source, "verified_on": None}
    try:
        for key, value in entry.items():
            line = put(line, ("destinations", STATE), key, value)
    except KeyError:
        line = put(line, ("destinations",), STATE, entry)
    return line


def write_choice(folder: Path, states: tuple[Chosen, ...]) -> None:
    """Write several states' numbers, and the menu in which a caller chooses one of them.

    Raises IvrError if there are too many, or if a language of the line has no words for it.
    """
    if len(states) > MOST_STATES:
        raise IvrError(f"{len(states)} states are too many: a menu has {MOST_STATES} keys")
    languages, following = _require_transfer(folder)
    if missing := [code for code in languages if code not in _WORDS]:
        raise IvrError(
            f"there are no words for the choice in {missing[0]}: take it off the air"
            " (on_air: false), write the choice, and translate it"
        )
    texts = {name: (folder / f"{name}.yaml").read_bytes().decode() for name in ("line", "menu")}
    for state in states:
        entry = {"number": state.number, "source": state.source, "verified_on": None}
        texts["line"] = put(texts["line"], ("destinations",), state.destination, entry)
        node = {"kind": "transfer", "destination": state.destination, "say": ["state.about"]}
        texts["menu"] = put(texts["menu"], ("nodes",), state.destination, {**node, **following})
    # The key of a state rings at once: with one more key, the report would be too far away.
    keys = [{"to": state.destination, "connect": True} for state in states]
    menu = {"kind": "menu", "say": ["state.choose"], "choices": keys}
    texts["menu"] = put(texts["menu"], ("nodes",), STATE, menu)
    for code in languages:
        texts[code] = _with_words((folder / f"{code}.yaml").read_bytes().decode(), code, states)
    for name, text in texts.items():
        save(folder / f"{name}.yaml", text)


def _require_transfer(folder: Path) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Return the languages on the air, and what the node `state` leads on to.

    Raises ScriptError if the script is broken, and IvrError if `state` is no transfer.
    """
    parts, _, problems = read_parts(folder)
    if parts.line is None or parts.graph is None or problems:
        raise ScriptError(problems)
    node = parts.graph.nodes.get(STATE)
    if not isinstance(node, Transfer):
        what = "is a choice already" if node else "is missing"
        raise IvrError(f'{folder / "menu.yaml"}: the node "{STATE}" {what}: change it there')
    spoken = tuple(code for code in parts.line.languages if not parts.line.is_bridge(code))
    return spoken, {"next": node.next} if node.next else {}


def _with_words(text: str, language: str, states: tuple[Chosen, ...]) -> str:
    """Return a language's file with the words of the choice; a translation names its source."""
    words = _prompts(language, states)
    for (prompt, spoken), source in zip(words, _prompts("en", states), strict=True):
        entry = spoken if language == "en" else {"text": spoken, "of": digest(source[1])}
        text = put(text, ("prompts",), prompt, entry)
    for state in states:
        name = [state.names[language].lower()]
        text = put(text, ("speech",), f"to.{state.destination}", name)
    return text


def _prompts(language: str, states: tuple[Chosen, ...]) -> list[tuple[str, str]]:
    words = _WORDS[language]
    prompts = [("state.choose", words["state.choose"])]
    for state in states:
        name = state.names[language]
        prompts += [
            (f"to.{state.destination}", words["to"].format(state=name)),
            (f"destination.{state.destination}", words["destination"].format(state=name)),
        ]
    return prompts
