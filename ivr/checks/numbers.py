"""numbers: are the line's telephone numbers right, and when did a person last verify them?

Line.yaml holds each number once, with its source and the day on which one of your people dialled it
and heard who answers (`verified_on`). The words say {number}, so the line says what it dials.

- **error**: a telephone number written out in the words, in digits, letters (1-800-…) or spelled,
  since it would not change with line.yaml; a number without a source; a day of verification that
  is in the future. Short numbers such as 911 and 988 may be written.
- **warning**: a number that nobody has verified, or not for 90 days; no state child-abuse hotline,
  where the law of most states requires the report; the bridge to 911 without the day on which
  its address was seen registered; a number of another country; a toll-free number of the line
  from which toll-free numbers are dialled, since carriers may refuse to connect the two.

    prompts/line.yaml:47:5 numbers: nobody has verified "hsi", +18663472423: dial it, hear who
    answers, and write verified_on: the day
"""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Literal

from ivr.checks.engine.context import Finding, ScriptContext
from ivr.checks.measures.lexicon import lexicon, plain
from ivr.checks.measures.limits import VERIFIED_DAYS
from ivr.phone_numbers import is_foreign, is_toll_free, region_of
from ivr.problem import Problem
from ivr.script.line import Destination, Line
from ivr.script.state_choice import STATE, is_state
from ivr.script.yaml_source import Loc

ID = "numbers"
SAFETY = True

_RUN = re.compile(r"\d(?:[\s.,…()+-]*\d)+")
_LETTERS = re.compile(r"\b(?:1[-. ])?\d{3}[-. ](?=[A-Z-]*[A-Z]{3})[A-Z\d-]+")
_TELEPHONE, _WITH_COMMAS = 5, 7
"""The fewest digits that make a telephone number (911 has fewer); more if there are commas, since
those may separate the items of a list."""


def check(context: ScriptContext) -> Iterator[Problem]:
    """Yield what is wrong with the numbers of the script, or not verified."""
    for name, destination in context.script.line.destinations.items():
        if destination.number:
            yield from _destination(context, name, destination)
    if not has_state(context.script.line):
        text = "your state's child-abuse hotline is not set, where the law requires the report"
        remedy = "find it with `ivr state`, dial it, and write it here"
        finding = Finding(ID, text, remedy, "warning")
        yield context.in_line(("destinations", STATE), finding)
    yield from _bridge(context)
    yield from _abroad(context)
    yield from _toll_free(context)
    for language, words in context.script.every_words.items():
        for prompt, entry in words.every_text():
            for number in _written_out(language, entry):
                text = f'"{prompt}" says a number of its own: "{number}"'
                remedy = "write {number} or {text}, so that it is what line.yaml dials"
                yield context.in_words(language, prompt, Finding(ID, text, remedy))


def has_state(line: Line) -> bool:
    """Tell whether a line has the child-abuse hotline of a state, or of several."""
    return any(is_state(name) and to.number for name, to in line.destinations.items())


def _abroad(context: ScriptContext) -> Iterator[Problem]:
    """Yield numbers of other countries: +202 555 0111, meant as Washington, is one in Egypt."""
    line = context.script.line
    numbers: dict[Loc, str] = {
        ("office", "numbers", i): number for i, number in enumerate(line.office.numbers)
    }
    numbers |= {
        ("destinations", name, "number"): to.number
        for name, to in line.destinations.items()
        if to.number
    }
    if line.agency.number:
        numbers["agency", "number"] = line.agency.number
    if line.on_call:
        numbers |= {("on_call", "people", name): n for name, n in line.on_call.people.items()}
    for loc, number in numbers.items():
        if is_foreign(number, line.country):
            text = f"{number} is a number of {region_of(number)}, and the line is in {line.country}"
            remedy = f"write one of {line.country}, or allow it if it is right"
            yield context.in_line(loc, Finding(ID, text, remedy, "warning"))


def _toll_free(context: ScriptContext) -> Iterator[Problem]:
    line = context.script.line
    own = line.agency.number
    if own and is_toll_free(own):
        names = [n for n, to in line.destinations.items() if to.number and is_toll_free(to.number)]
        if names:
            text = f"{own} and the numbers of {', '.join(names)} are toll-free"
            remedy = "dial each from the line, or show a local number: carriers refuse such pairs"
            finding = Finding(ID, text, remedy, "warning")
            yield context.in_line(("agency", "number"), finding)


def _bridge(context: ScriptContext) -> Iterator[Problem]:
    """Yield what is not verified about the address to which 911 would send help."""
    emergency = context.script.line.emergency
    day = emergency.address_registered_on
    if emergency.bridge and day is None:
        text = "9 does not connect to 911 until an address was seen registered"
        remedy = "run `ivr twilio doctor` where the line runs, or state the day, or bridge: false"
        yield context.in_line(("emergency",), Finding(ID, text, remedy, "warning"))
    elif day is not None and day > context.today:
        text = f"the emergency address was seen on {day}, which is in the future"
        finding = Finding(ID, text, "write the day it was")
        yield context.in_line(("emergency", "address_registered_on"), finding)


def _written_out(language: str, text: str) -> Iterator[str]:
    """Yield the telephone numbers in a text: in digits, with letters, or spelled out."""
    yield from _LETTERS.findall(text)
    for run in _RUN.findall(text):
        digits = re.sub(r"\D", "", run)
        if len(digits) >= (_WITH_COMMAS if "," in run else _TELEPHONE):
            yield run
    if (patterns := lexicon(language)) and (spelled := patterns.spelled.search(plain(text))):
        yield spelled.group().strip(" .,")


Trust = Literal["none", "never", "old", "good"]
"""Whether a destination has a number, and when a person dialled it: never, long ago, or lately."""


def trust(destination: Destination, today: dt.date) -> Trust:
    """Return how far a destination's number can be trusted on a day."""
    day = destination.verified_on
    if destination.number is None:
        return "none"
    if day is None:
        return "never"
    return "old" if (today - day).days > VERIFIED_DAYS else "good"


def _destination(context: ScriptContext, name: str, destination: Destination) -> Iterator[Problem]:
    loc = ("destinations", name)
    number = destination.number
    if not destination.source:
        text = f'"{name}", {number}, has no source'
        remedy = "write source: and the address of the page that gives the number"
        yield context.in_line(loc, Finding(ID, text, remedy))
    day = destination.verified_on
    dial = "dial it, hear who answers, and write verified_on: the day"
    if day is None:
        text = f'nobody has verified "{name}", {number}'
        yield context.in_line(loc, Finding(ID, text, dial, "warning"))
    elif day > context.today:
        text = f'"{name}" was verified on {day}, which is in the future'
        yield context.in_line((*loc, "verified_on"), Finding(ID, text, "write the day it was"))
    elif trust(destination, context.today) == "old":
        days = (context.today - day).days
        text = f'"{name}", {number}, was last verified {days} days ago'
        yield context.in_line((*loc, "verified_on"), Finding(ID, text, dial, "warning"))
