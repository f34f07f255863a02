"""May this be an override? Its end, and its announcement, checked like any prompt of the script."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ivr.checks import menus, numbers, reading, safety
from ivr.checks.engine.context import Check, Subject
from ivr.dialog.build_turn import ANNOUNCEMENT
from ivr.errors import OverrideError
from ivr.schedule.override import MOST_DAYS, Override, State
from ivr.script.model import Prompt, Script
from ivr.script.nodes import Menu
from ivr.script.parts import Files
from ivr.script.yaml_source import Source

MOST_CHARACTERS = 500
"""Far more than the words that may be said in one go; and little enough to be looked at."""

_CHECKS: tuple[Check, ...] = (menus, reading, safety, numbers)
"""These look at words; what they ask is told by `ivr check --explain`."""

_NUMBERS = "leave the number out: only those of line.yaml are said, which somebody has dialled"


def checked(
    script: Script,
    state: State,
    until: dt.datetime,
    words: Mapping[str, str],
    now: dt.datetime,
) -> Override:
    """Return an override from now on. `words` are the announcement by language, or none at all.

    Raises OverrideError, in one line, for an end that has passed or is too far off, a language
    without words where another has some, and words that a prompt could not have.
    """
    if until <= now:
        raise OverrideError("the override would have ended already: name a time that is to come")
    if until > now + dt.timedelta(days=MOST_DAYS):
        raise OverrideError(
            f"an override lasts {MOST_DAYS} days at most: for longer, write hours: in line.yaml"
        )
    said = {code: " ".join(text.split()) for code, text in words.items() if text.strip()}
    for problem in problems(script, said):
        raise OverrideError(problem)
    return Override(state, now, until, tuple(said.items()))


def problems(script: Script, said: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with an announcement, in a line each."""
    for code in said:
        if code not in script.words:
            known = ", ".join(script.words)
            yield f'the line speaks no "{code}": announce in one of {known}'
            return
    if said and (missing := [code for code in script.words if code not in said]):
        yield f"nothing is announced in {', '.join(missing)}: callers hear one language alone"
        return
    odd = [_odd(code, text) for code, text in said.items()]
    yield from filter(None, odd)
    if said and not any(odd):
        yield from _as_prompts(script, said)


def _odd(code: str, text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        return f"announcement in {code}: has over {MOST_CHARACTERS} characters: make it short"
    if "{" in text or "}" in text or not text.isprintable():
        return f"announcement in {code}: has braces or odd characters: write plain words"
    return ""


def _as_prompts(script: Script, said: Mapping[str, str]) -> Iterator[str]:
    """Check the words where callers hear them: on the way in, maybe on speaker."""
    subject = _announcing(script, said)
    for check in _CHECKS:
        for found in check.check(subject):
            if found.about == ANNOUNCEMENT and found.level == "error":
                what = found.text.removeprefix(f'"{ANNOUNCEMENT}" ')
                remedy = _NUMBERS if check is numbers else found.remedy
                yield f"announcement in {found.path}: {what}: {remedy}"


def _announcing(script: Script, said: Mapping[str, str]) -> Subject:
    """Return the script with the announcement in its welcome; a language is its own file."""
    words = {}
    for code, text in said.items():
        prompts = {**script.words[code].prompts, ANNOUNCEMENT: Prompt(text=text)}
        words[code] = script.words[code].model_copy(update={"prompts": prompts})
    home = script.graph.nodes[script.graph.home]
    if isinstance(home, Menu):
        home = home.model_copy(update={"first": (*home.first, ANNOUNCEMENT)})
    nodes = {**script.graph.nodes, script.graph.home: home}
    graph = script.graph.model_copy(update={"nodes": nodes})
    nowhere = Source(Path(ANNOUNCEMENT))
    files = Files(nowhere, nowhere, {code: Source(Path(code)) for code in said})
    return Subject(replace(script, graph=graph, words=words), files, dt.date.min)
