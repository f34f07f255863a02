"""Validates an override: its end, and its announcement, checked like any prompt of the script."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ivr.checks import menus, numbers, reading, safety
from ivr.checks.engine.context import Check, ScriptContext
from ivr.dialog.build_turn import ANNOUNCEMENT
from ivr.errors import OverrideError
from ivr.schedule.override import MOST_DAYS, Override, State
from ivr.script.model import Prompt, Script
from ivr.script.nodes import Menu
from ivr.script.spoken_text import spoken
from ivr.script.yaml_source import Files, Source

MOST_CHARACTERS = 500
"""The longest announcement, in characters: far more than the words that may be said in one go."""

_CHECKS: tuple[Check, ...] = (menus, reading, safety, numbers)
"""The checks that look at words; `ivr check --explain` prints what each requires."""

_NUMBERS = "leave the number out: only those of line.yaml are said, which somebody has dialled"


def validated(
    script: Script,
    state: State,
    until: dt.datetime,
    words: Mapping[str, str],
    now: dt.datetime,
) -> Override:
    """Return an override that begins now. `words` is the announcement by language, or empty.

    Raises OverrideError, in one line, if the end has passed or is too far off, if a language has no
    words while another has some, and for words that a prompt must not have.
    """
    if until <= now:
        raise OverrideError("the override would have ended already: name a later time")
    if until > now + dt.timedelta(days=MOST_DAYS):
        raise OverrideError(
            f"an override lasts {MOST_DAYS} days at most: for longer, write hours: in line.yaml"
        )
    announced = {code: " ".join(text.split()) for code, text in words.items() if text.strip()}
    if problem := next(_problems(script, announced), ""):
        raise OverrideError(problem)
    return Override(state, now, until, tuple(announced.items()))


def announced_in(script: Script) -> list[str]:
    """Return the languages in which something can be announced: those that a voice speaks."""
    return [code for code in script.words if code not in script.line.recorded_languages]


def _problems(script: Script, announced: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with an announcement, each in one line."""
    for code in announced:
        if code in script.words and code not in announced_in(script):
            yield f"no voice speaks {code}, and an announcement is not recorded: leave it out"
            return
        if code not in script.words:
            languages = ", ".join(announced_in(script))
            yield f'the line speaks no "{code}": announce in one of {languages}'
            return
    needed = script.line.opening_languages
    if announced and (missing := [code for code in needed if code not in announced]):
        yield f"nothing is announced in {', '.join(missing)}: callers hear one language alone"
        return
    malformed = [_malformed(code, text) for code, text in announced.items()]
    yield from filter(None, malformed)
    if announced and not any(malformed):
        yield from _as_prompts(script, announced)


def _malformed(code: str, text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        return f"announcement in {code}: has over {MOST_CHARACTERS} characters: make it short"
    if "{" in text or "}" in text or not text.isprintable():
        return f"announcement in {code}: has braces or odd characters: write plain words"
    try:
        spoken(text)
    except ValueError as e:
        return f"announcement in {code}: {e}"
    return ""


def _as_prompts(script: Script, announced: Mapping[str, str]) -> Iterator[str]:
    """Check the words where callers hear them: on the way in, maybe on speaker."""
    context = _with_announcement(script, announced)
    for check in _CHECKS:
        for problem in check.check(context):
            if problem.about == ANNOUNCEMENT and problem.level == "error":
                what = problem.text.removeprefix(f'"{ANNOUNCEMENT}" ')
                remedy = _NUMBERS if check is numbers else problem.remedy
                yield f"announcement in {problem.path}: {what}: {remedy}"


def _with_announcement(script: Script, announced: Mapping[str, str]) -> ScriptContext:
    """Return the script with the announcement in its welcome, each language as its own file."""
    words = {}
    for code, text in announced.items():
        prompts = {**script.words[code].prompts, ANNOUNCEMENT: Prompt(text=text)}
        words[code] = script.words[code].model_copy(update={"prompts": prompts})
    home = script.graph.nodes[script.graph.home]
    if isinstance(home, Menu):
        home = home.model_copy(update={"first": (*home.first, ANNOUNCEMENT)})
    nodes = {**script.graph.nodes, script.graph.home: home}
    graph = script.graph.model_copy(update={"nodes": nodes})
    nowhere = Source(Path(ANNOUNCEMENT))
    files = Files(nowhere, nowhere, {code: Source(Path(code)) for code in announced})
    return ScriptContext(replace(script, graph=graph, words=words), files, dt.date.min)
