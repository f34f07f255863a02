"""The table of all checks, and how they are run: in order, all problems at once."""

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
    reach,
    reading,
    safety,
    staffing,
    times,
    translations,
    voices,
)
from ivr.checks.engine.context import Check, Found, Subject
from ivr.problem import Problem, ScriptError
from ivr.schedule.calendar_feed import FeedState, calendar_feed
from ivr.script.load import read_parts
from ivr.script.model import Script

CHECKS: tuple[Check, ...] = (
    reach,
    exploration,
    menus,
    times,
    translations,
    voices,
    carrier,
    reading,
    numbers,
    inventory,
    safety,
    staffing,
)

BY_PART: tuple[Check, ...] = (voices, reading, numbers)
"""These look at each part by itself: they run on a script that does not hang together, too."""

LOAD = "load"
"""What problems are called that keep a script from being read as a whole."""

LOAD_PAGE = """load: can the files be read, and do they hang together?

Each of these is an **error**, except where it says warning:

- a file that is not there, is not YAML, or has a key that the line does not know; a value of the
  wrong kind, such as a number where text belongs (put it in quotes);
- a node, a prompt or a destination that is named somewhere and is not there;
- a menu of more than 5 choices, two choices on one key, a key that the line keeps for itself;
- a blank in braces that nothing fills, or one that a phrase must say and does not;
- an entry under `allow:` in line.yaml for an error that protects callers; as a warning, one for a
  problem that is not there (any more).

    prompts/menu.yaml:12:9 load: there is no node "sings": did you mean "signs"?

While there are such errors, the checks that need the whole script do not run. They come when these
are mended: run `ivr check` again.
"""


BY_TIME = frozenset({staffing.ID})
"""What these find comes with time alone: a line that starts anew at night must not stay silent for
a gap in next month's rota."""


def examine(
    folder: Path, today: dt.date, state: Path | None = None, every: Iterable[Check] = CHECKS
) -> tuple[Script | None, list[Problem]]:
    """Read the script in a folder and run every check on it, or those that are named.

    A rota's calendar that is kept elsewhere is fetched, with its copy in the folder `state`.
    Returns the script, if it is whole, and all problems, sorted by place. Those that line.yaml
    allows, with a reason, are left out, except errors that protect callers. Of a script that is
    not whole, what can be checked by part is.
    """
    parts, files, problems = read_parts(folder)
    script = parts.script
    if script is None:
        return None, sorted(set(problems))
    on_call, zone = script.line.on_call, script.line.time_zone
    feed = calendar_feed(on_call, zone, state) if state and not problems else None
    fetched = feed.poll() if feed else FeedState()
    script = replace(script, calendar=script.calendar or fetched.calendar)
    subject = Subject(script, files, today)
    checks = [one for one in every if one in BY_PART or not problems]
    found = [problem for one in checks for problem in one.check(subject)]
    found += staffing.stale(subject, fetched)
    kept = [p for p in found if not _is_allowed(subject, p)]
    if problems:
        return None, sorted({*problems, *kept})
    return script, sorted({*kept, *_allowances(subject, found)})


def pages() -> dict[str, str]:
    """Return check → its manual page, with what an operator may do about what it finds."""
    told = {LOAD: f"{LOAD_PAGE}\nIts errors protect callers, and cannot be allowed."}
    for one in CHECKS:
        first = "Its errors protect callers, and cannot be allowed.\n" if one.SAFETY else ""
        which = "a warning" if one.SAFETY else "a problem"
        told[one.ID] = f"{(one.__doc__ or '').strip()}\n\n{first}{_ALLOW.format(which, one.ID)}"
    return told


_ALLOW = """To let {} stand, name it in line.yaml, with your reason.
`ivr check --format json` tells what each is `about`: a prompt, a node, a destination or a language.

    allow:
      - {{check: {}, about: …, reason: why this may stay as it is}}"""


def sound(folder: Path, today: dt.date, state: Path | None = None) -> tuple[Script, list[Problem]]:
    """Return the script of a folder, and what is wrong with it that keeps it from no caller.

    Raises ScriptError if it has errors, except those that come with time alone (BY_TIME).
    """
    script, problems = examine(folder, today, state)
    errors = [p for p in problems if p.level == "error" and p.check not in BY_TIME]
    if script is None or errors:
        raise ScriptError(errors)
    return script, problems


def _is_allowed(subject: Subject, problem: Problem) -> bool:
    protects = {c.ID for c in CHECKS if c.SAFETY}
    if problem.level == "error" and problem.check in protects:
        return False
    return any(
        (a.check, a.about) == (problem.check, problem.about) for a in subject.script.line.allow
    )


def _allowances(subject: Subject, found: list[Problem]) -> Iterator[Problem]:
    """Yield what line.yaml allows in vain: nothing to allow, or not to be allowed."""
    for i, allowed in enumerate(subject.script.line.allow):
        meant = [p for p in found if (p.check, p.about) == (allowed.check, allowed.about)]
        if not meant:
            text = f'there is no {allowed.check} problem of "{allowed.about}" to allow'
            abouts = [p.about for p in found if p.check == allowed.check]
            near = get_close_matches(allowed.about, abouts, 1)
            remedy = f'did you mean "{near[0]}"?' if near else "remove it"
            yield subject.in_line(("allow", i), Found(LOAD, text, remedy, "warning"))
        elif not any(_is_allowed(subject, p) for p in meant):
            text = f'{allowed.check} errors protect callers: "{allowed.about}" cannot be allowed'
            yield subject.in_line(("allow", i), Found(LOAD, text, "mend it, and remove this"))
