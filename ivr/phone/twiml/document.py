"""Parses an answer into the verbs of a TwiML document, or refuses it as the carrier would."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any
from xml.etree.ElementTree import Element

from ivr.phone.transport import Answer
from ivr.phone.twiml import values as v
from ivr.phone.twiml import verbs
from ivr.phone.twiml.grammar import MAX_NUMBERS
from ivr.phone.twiml.markup import CONTENT_TYPE, RETRIEVAL, SCHEMA, texts, tree
from ivr.phone.twiml.spoken import say
from ivr.phone.twiml.verbs import Refused

XML_TYPES = {"text/xml", "application/xml", "text/html"}
"""The content types that Twilio parses as TwiML. It reads plain text aloud, plays audio, and then
hangs up. No phone line intends that, so the phone refuses other types."""

BAD_NUMBER = 13223
"""The carrier's error code for an invalid number to dial."""


def parse(answer: Answer) -> tuple[verbs.Verb, ...]:
    """Return the verbs of an answer, in order.

    Raises Refused with the carrier's error code: 11200 status not 2xx, 11750 over 64 kB, 12100
    not XML, 12200 what the carrier's schema does not allow, 12300 content type, 13223 an
    invalid number to dial.
    """
    if not 200 <= answer.status < 300:  # noqa: PLR2004 the good statuses of HTTP
        raise Refused(RETRIEVAL, f"the line answered with HTTP status {answer.status}")
    kind = answer.content_type.partition(";")[0].strip().lower()
    if kind not in XML_TYPES:
        raise Refused(CONTENT_TYPE, f'the answer\'s content type is "{kind}", not text/xml')
    return tuple(_VERBS[element.tag](element) for element in tree(answer.body))


def _given(kind: type, element: Element) -> dict[str, Any]:
    """Return the fields of a verb that its element's attributes give; the rest has defaults."""
    given: dict[str, Any] = {}
    for field in fields(kind):
        text = element.get(re.sub("_(.)", lambda letter: letter[1].upper(), field.name))
        if text is not None and text != "auto":  # Twilio: "auto" is the default
            given[field.name] = _READERS[type(field.default)](text)
    return given


_READERS: Mapping[type, Callable[[str], Any]] = {
    str: str,
    int: int,
    type(None): int,
    bool: "true".__eq__,
    tuple: lambda text: tuple(filter(None, map(str.strip, text.split(",")))),
}
"""How an attribute is read, by the type of its default."""


def _play(element: Element) -> verbs.Play:
    url, given = _text(element), _given(verbs.Play, element)
    if ("digits" in given) == bool(url) or (url and not v.URL.fits(url)):
        raise Refused(SCHEMA, f'<Play> holds "{url}": it must be one URL, or have digits instead')
    return verbs.Play(url, **given)


def _gather(element: Element) -> verbs.Gather:
    # Twilio: <Play digits> cannot stand in a Gather.
    if element.find("Play[@digits]") is not None:
        raise Refused(SCHEMA, "<Gather> cannot hold <Play> with digits")
    # Twilio: with a speechModel, speechTimeout must be in seconds, not auto.
    if element.get("speechModel") and element.get("speechTimeout") == "auto":
        raise Refused(SCHEMA, "<Gather> with a speechModel needs a speechTimeout in seconds")
    kinds = element.get("input", "dtmf").split()
    return verbs.Gather(
        tuple(_PROMPTS[child.tag](child) for child in element),
        takes_keys="dtmf" in kinds,
        takes_speech="speech" in kinds,
        **_given(verbs.Gather, element),
    )


def _dial(element: Element) -> verbs.Dial:
    numbers = tuple(_target(child) for child in element)
    whispers = tuple(
        verbs.Whisper(number, child.get("url", ""), child.get("method", "POST"))
        for number, child in zip(numbers, element, strict=True)
        if child.get("url")
    )
    plain = _text(element)
    if plain and numbers:
        raise Refused(SCHEMA, "<Dial> holds a number as text beside others: write all in <Number>")
    if plain:
        numbers = (_number(plain),)
    if not 1 <= len(numbers) <= MAX_NUMBERS:
        raise Refused(SCHEMA, f"<Dial> names {len(numbers)} numbers: name 1 to {MAX_NUMBERS}")
    return verbs.Dial(numbers, whispers=whispers, **_given(verbs.Dial, element))


def _target(element: Element) -> str:
    return _number(_text(element), v.SIP_URI if element.tag == "Sip" else v.PHONE_NUMBER)


def _number(text: str, rule: v.Rule = v.PHONE_NUMBER) -> str:
    if not rule.fits(text):
        raise Refused(BAD_NUMBER, f'<Dial> holds "{text}": it must be {rule.wanted}')
    return text


def _redirect(element: Element) -> verbs.Redirect:
    url = _text(element)
    if not v.URL.fits(url):
        raise Refused(SCHEMA, f'<Redirect> holds "{url}": it must be {v.URL.wanted}')
    return verbs.Redirect(url, **_given(verbs.Redirect, element))


def _text(element: Element) -> str:
    """Return the text of an element outside of its children, stripped."""
    return "".join(texts(element)).strip()


_PROMPTS: dict[str, Callable[[Element], verbs.Say | verbs.Play | verbs.Pause]] = {
    "Say": say,
    "Play": _play,
    "Pause": lambda element: verbs.Pause(int(element.get("length", "1"))),
}
_VERBS: dict[str, Callable[[Element], verbs.Verb]] = {
    **_PROMPTS,
    "Gather": _gather,
    "Dial": _dial,
    "Redirect": _redirect,
    "Record": lambda element: verbs.Record(**_given(verbs.Record, element)),
    "Hangup": lambda _: verbs.Hangup(),
    "Reject": lambda element: verbs.Reject(**_given(verbs.Reject, element)),
}
