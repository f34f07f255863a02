"""The list of all checks, and how they run: in order, all problems at once."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from ivr.checks import (
    carrier,
    exploration,
    inventory,
    menus,
    numbers,
    printed,
    reach,
    reading,
    recordings,
    review,
    safety,
    speaker,
    staffing,
    times,
    translations,
    voices,
)
from ivr.checks.engine.context import Check, Finding, ScriptContext
from ivr.problem import Problem, ScriptError
from ivr.schedule.calendar_feed import CalendarFeed, FeedState
from ivr.script.load import read_parts
from ivr.script.model import Script

CHECKS: tuple[Check, ...] = (
    reach,
    exploration,
    menus,
    times,
    translations,
    review,
    voices,
    recordings,
    carrier,
    reading,
    numbers,
    inventory,
    safety,
    staffing,
    speaker,
    printed,
)

BY_PART: tuple[Check, ...] = (voices, reading, numbers)
"""Checks that look at each part by itself, so they also run on a script with broken references."""

LOAD = "load"
"""The name under which problems are reported that keep a script from being read as a whole."""

LOAD_PAGE = """load: can the files be read, and do their references hold?

Each of these is an **error**, except where it says warning:

- a file that is missing, is not YAML, or has a key that the line does not know; a value of the
  wrong kind, such as a number where text belongs (put it in quotes);
- a node, a prompt or a destination that is named somewhere and does not exist;
- a menu of more than 5 choices, two choices on one key, a key that the line reserves;
- a blank in braces that nothing fills, or one that a phrase must say and does not;
- an entry under `allow:` in line.yaml for an error that protects callers; as a warning, one for a
  problem that does not exist (any more).

    prompts/menu.yaml:12:9 load: there is no node "sings": did you mean "signs"?

While there are such errors, the checks that need the whole script do not run. Mend these first,
then run `ivr check` again.
"""


BY_TIME = frozenset({staffing.ID})
"""Checks whose errors do not keep a line from starting, since they come with time alone: one that
restarts at night must not stay silent because of a gap in next month's on-call schedule."""


def run_checks(  # noqa: PLR0913 what is checked, and how
    folder: Path,
    today: dt.date,
    state: Path | None = None,
    every: Iterable[Check] = CHECKS,
    also: str = "",
    clips: Path | None = None,
    *,
    made: frozenset[str] = frozenset(),
) -> tuple[Script | None, list[Problem]]:
    """Read the script in a folder and run every check on it, or those in `every`.

    The language `also` is checked as if it were on the air. `clips` is the folder of the clips that
    callers hear, and `made` are the keys of those that are added to it at publication.
    An on-call calendar that has a URL is fetched, with its copy in the folder `state`.
    Returns the script, or None if its references are broken, and all problems, sorted by place.
    Those that line.yaml allows, with a reason, are left out, except errors that protect callers.
    A script with broken references is checked part by part (BY_PART).
    """
    parts, files, problems = read_parts(folder, also)
    script = parts.script
    if script is None:
        return None, sorted(set(problems))
    on_call, zone = script.line.on_call, script.line.time_zone
    fetched = FeedState()
    if state and on_call and on_call.url and not problems:
        fetched = CalendarFeed(on_call, zone, state).poll()
    script = replace(script, calendar=script.calendar or fetched.calendar)
    context = ScriptContext(script, files, today, clips, made)
    checks = [one for one in every if one in BY_PART or not problems]
    detected = [problem for one in checks for problem in one.check(context)]
    detected += staffing.stale(context, fetched)
    reported = [p for p in detected if not _is_allowed(context, p)]
    if problems:
        return None, sorted({*problems, *reported})
    return script, sorted({*reported, *_useless_allowances(context, detected)})


def manual_pages() -> dict[str, str]:
    """Return check → its manual page, with how an operator may allow what it reports."""
    manual = {LOAD: f"{LOAD_PAGE}\nIts errors protect callers, and cannot be allowed."}
    for one in CHECKS:
        first = "Its errors protect callers, and cannot be allowed.\n" if one.SAFETY else ""
        which = "a warning" if one.SAFETY else "a problem"
        manual[one.ID] = f"{(one.__doc__ or '').strip()}\n\n{first}{_ALLOW.format(which, one.ID)}"
    return manual


_ALLOW = """To let {} stand, name it in line.yaml, with your reason.
`ivr check --format json` tells what each is `about`: a prompt, a node, a destination or a language.

    allow:
      - {{check: {}, about: …, reason: why this may stay as it is}}"""


def load_valid(
    folder: Path,
    today: dt.date,
    state: Path | None = None,
    clips: Path | None = None,
    made: frozenset[str] = frozenset(),
    *,
    starts: bool = False,
) -> tuple[Script, list[Problem]]:
    """Return the script of a folder, and those of its problems that do not block publishing it.

    `starts` says that a line starts, which has nothing else to say: lost clips do not block it.
    Raises ScriptError if it has errors, except those that come with time alone (BY_TIME).
    """
    script, problems = run_checks(folder, today, state, clips=clips, made=made)
    passed = BY_TIME | ({recordings.ID} if starts else frozenset())
    errors = [p for p in problems if p.level == "error" and p.check not in passed]
    if script is None or errors:
        raise ScriptError(errors)
    return script, problems


def _is_allowed(context: ScriptContext, problem: Problem) -> bool:
    protects = {c.ID for c in CHECKS if c.SAFETY}
    if problem.level == "error" and problem.check in protects:
        return False
    return any(
        (a.check, a.about) == (problem.check, problem.about) for a in context.script.line.allow
    )


def _useless_allowances(context: ScriptContext, detected: list[Problem]) -> Iterator[Problem]:
    """Yield every entry of `allow:` that allows nothing, or what cannot be allowed."""
    for i, allowed in enumerate(context.script.line.allow):
        meant = [p for p in detected if (p.check, p.about) == (allowed.check, allowed.about)]
        if not meant:
            text = f'there is no {allowed.check} problem of "{allowed.about}" to allow'
            abouts = [p.about for p in detected if p.check == allowed.check]
            near = get_close_matches(allowed.about, abouts, 1)
            remedy = f'did you mean "{near[0]}"?' if near else "remove it"
            yield context.in_line(("allow", i), Finding(LOAD, text, remedy, "warning"))
        elif not any(_is_allowed(context, p) for p in meant):
            text = f'{allowed.check} errors protect callers: "{allowed.about}" cannot be allowed'
            yield context.in_line(("allow", i), Finding(LOAD, text, "mend it, and remove this"))
