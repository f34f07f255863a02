"""Turns a Say into the words that are spoken and the silences between them."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, tostring

from ivr.phone.twiml.markup import SCHEMA
from ivr.phone.twiml.verbs import Break, Refused, Say, Words

BASIC_VOICES = {"man", "woman"}
"""The basic voices, which do not speak SSML (Twilio)."""

POLLY_CHARACTERS, BASIC_CHARACTERS, GOOGLE_CHARACTERS = 3000, 4000, 5000
"""Characters that a Say may hold, by its voice (Twilio); for Google the SSML counts, too."""

RATES = {"x-slow": 0.5, "slow": 0.8, "fast": 1.25, "x-fast": 1.75}
"""Times the usual pace, by name; estimates, since Polly does not publish them."""

STRENGTHS = {"none": 0.0, "x-weak": 0.0, "strong": 0.5, "x-strong": 0.75}
"""Seconds of a break by its strength (Polly: like no pause, a sentence, a paragraph)."""
COMMA_SECONDS, PARAGRAPH_SECONDS, SENTENCE_SECONDS = 0.25, 0.75, 0.5

SPELLED = {"characters", "spell-out", "digits", "telephone", "verbatim"}


def say(element: Element) -> Say:
    """Return a Say as it is heard. Raises Refused (12200) if its voice cannot speak it.

    An alias replaces the text that it is for, and spelled-out text is heard character by character.
    """
    voice = element.get("voice", "man")
    if len(element) and voice in BASIC_VOICES:
        raise Refused(SCHEMA, f"<Say> has SSML, which the voice {voice} cannot speak")
    pieces = tuple(_pieces(element, 1.0))
    length, most = _length(element, voice)
    if length > most:
        raise Refused(SCHEMA, f"<Say> has {length} characters; its voice takes {most}")
    if not pieces:
        raise Refused(SCHEMA, "<Say> has nothing to say")
    return Say(
        pieces, element.get("language", "en-US"), voice=voice, loop=int(element.get("loop", "1"))
    )


def _length(element: Element, voice: str) -> tuple[int, int]:
    """Return how many characters a Say has as its voice counts them, and how many it takes."""
    if voice.startswith("Google."):
        markup = "".join(tostring(child, encoding="unicode") for child in element)
        return len((element.text or "") + markup), GOOGLE_CHARACTERS
    most = BASIC_CHARACTERS if voice in BASIC_VOICES else POLLY_CHARACTERS
    return len("".join(element.itertext())), most


def _pieces(element: Element, rate: float) -> Iterator[Words | Break]:
    yield from _words(element.text, rate)
    for child in element:
        yield from _spoken(child, rate)
        yield from _words(child.tail, rate)


def _spoken(element: Element, rate: float) -> Iterator[Words | Break]:
    match element.tag:
        case "break":
            yield Break(_seconds(element))
        case "prosody":
            yield from _pieces(element, rate * _rate(element.get("rate", "medium")))
        case "sub":
            yield from _words(element.get("alias"), rate)
        case "say-as" if element.get("interpret-as") in SPELLED:
            spelled = "".join((element.text or "").split())
            yield from _words(" ".join(filter(str.isalnum, spelled)), rate)
        case _:
            yield from _pieces(element, rate)
            if element.tag in {"p", "s"}:
                yield Break(PARAGRAPH_SECONDS if element.tag == "p" else SENTENCE_SECONDS)


def _words(text: str | None, rate: float) -> Iterator[Words]:
    words = " ".join((text or "").split())
    if words:
        yield Words(words, rate)


def _rate(text: str) -> float:
    if text.endswith("%"):
        return int(text[:-1]) / 100
    return RATES.get(text, 1.0)


def _seconds(element: Element) -> float:
    time = element.get("time")
    if time is None:
        return STRENGTHS.get(element.get("strength", "medium"), COMMA_SECONDS)
    return float(time[:-2]) / 1000 if time.endswith("ms") else float(time[:-1])
