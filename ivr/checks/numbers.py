"""facts: is what the line says of its numbers true, and who saw it last?

Numbers are data: line.yaml holds each once, with its source and the day on which a person of
yours dialled it and heard who answers (`verified_on`). The words say {number}, so what is spoken
is what is dialled.

- **error**: a telephone number written out in the words, in digits, letters (1-800-…) or spelled,
  since it would not change with line.yaml; a number without a source; a day of verification that
  has not come yet. Short numbers such as 911 and 988 may be written.
- **warning**: a number that nobody has verified, or not for 90 days; no state child-abuse hotline,
  where the law of most states wants the report made; the bridge to 911 without the day on which
  its address was seen registered.

    prompts/line.yaml:47:5 facts: nobody has verified "hsi", +18663472423: dial it, hear who
    answers, and write verified_on: the day
"""

import re
from collections.abc import Iterator

from ivr.checks.engine.context import Finding, Subject
from ivr.checks.measures.lexicon import lexicon, plain
from ivr.checks.measures.limits import VERIFIED_DAYS
from ivr.problem import Problem
from ivr.script.line import Destination

ID = "facts"
SAFETY = True

STATE = "state"
"""The destination that is the agency's own state child-abuse hotline (CONTENT.md)."""

_RUN = re.compile(r"\d(?:[\s.,…()+-]*\d)+")
_LETTERS = re.compile(r"\b(?:1[-. ])?\d{3}[-. ](?=[A-Z-]*[A-Z]{3})[A-Z\d-]+")
_TELEPHONE, _WITH_COMMAS = 5, 7
"""So many digits are a telephone number: 911 and 988 are not. A list of few things has commas."""


def check(subject: Subject) -> Iterator[Problem]:
    """Yield what is not so, or not proved, about the numbers of the script."""
    for name, destination in subject.script.line.destinations.items():
        if destination.number:
            yield from _destination(subject, name, destination)
    state = subject.script.line.destinations.get(STATE)
    if state is None or state.number is None:
        text = "your state's child-abuse hotline is not set, where the law wants the report made"
        finding = Finding(ID, text, "find its number, dial it, and write it here", "warning")
        yield subject.in_line(("destinations", STATE), finding)
    yield from _bridge(subject)
    for language, words in subject.script.words.items():
        for prompt, said in words.prompts.items():
            for number in _written_out(language, said.text):
                text = f'"{prompt}" says a number of its own: "{number}"'
                remedy = "write {number} or {text}, so that it is what line.yaml dials"
                yield subject.in_words(language, prompt, Finding(ID, text, remedy))


def _bridge(subject: Subject) -> Iterator[Problem]:
    """Yield what is not proved about the address to which 911 would send help."""
    emergency = subject.script.line.emergency
    day = emergency.address_registered_on
    if emergency.bridge and day is None:
        text = "9 does not connect to 911 until an address was seen registered"
        remedy = "run `ivr twilio doctor` where the line runs, or state the day, or bridge: false"
        yield subject.in_line(("emergency",), Finding(ID, text, remedy, "warning"))
    elif day is not None and day > subject.today:
        text = f"the emergency address was seen on {day}, which has not come yet"
        finding = Finding(ID, text, "write the day it was")
        yield subject.in_line(("emergency", "address_registered_on"), finding)


def _written_out(language: str, text: str) -> Iterator[str]:
    """Yield the telephone numbers in a text: in digits, with letters, or spelled out."""
    yield from _LETTERS.findall(text)
    for run in _RUN.findall(text):
        digits = re.sub(r"\D", "", run)
        if len(digits) >= (_WITH_COMMAS if "," in run else _TELEPHONE):
            yield run
    if (known := lexicon(language)) and (spelled := known.spelled.search(plain(text))):
        yield spelled.group().strip(" .,")


def _destination(subject: Subject, name: str, destination: Destination) -> Iterator[Problem]:
    here = ("destinations", name)
    number = destination.number
    if not destination.source:
        text = f'"{name}", {number}, has no source'
        remedy = "write source: and the address of the page that gives the number"
        yield subject.in_line(here, Finding(ID, text, remedy))
    day = destination.verified_on
    dial = "dial it, hear who answers, and write verified_on: the day"
    if day is None:
        text = f'nobody has verified "{name}", {number}'
        yield subject.in_line(here, Finding(ID, text, dial, "warning"))
    elif day > subject.today:
        text = f'"{name}" was verified on {day}, which has not come yet'
        yield subject.in_line((*here, "verified_on"), Finding(ID, text, "write the day it was"))
    elif (subject.today - day).days > VERIFIED_DAYS:
        days = (subject.today - day).days
        text = f'"{name}", {number}, was last verified {days} days ago'
        yield subject.in_line((*here, "verified_on"), Finding(ID, text, dial, "warning"))
