"""Parses an answer's bytes into a tree of elements, or refuses them as the carrier would."""

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from ivr.phone.twiml.grammar import ELEMENTS
from ivr.phone.twiml.verbs import Refused

RETRIEVAL, TOO_LARGE, NOT_XML, SCHEMA, CONTENT_TYPE = 11200, 11750, 12100, 12200, 12300
"""The carrier's error codes (twilio.com/docs/api/errors)."""

MAX_BYTES = 64 * 1024
"""Bytes of the largest TwiML document (Twilio)."""

MAX_DEPTH = 16
"""Levels of nesting; a real document needs fewer."""


def tree(body: bytes) -> Element:
    """Return the root of a TwiML document, after checking every name, value and nesting.

    Raises Refused: 11750 too large, 12100 not XML from the first byte on, 12200 not allowed by the
    carrier's schema. DTDs and custom entities are refused.
    """
    if len(body) > MAX_BYTES:
        raise Refused(TOO_LARGE, f"the document has more than {MAX_BYTES} bytes")
    if not body.startswith(b"<"):
        raise Refused(NOT_XML, "the document does not begin with <: nothing may stand before it")
    root = _parsed(body)
    if root.tag != "Response":
        raise Refused(NOT_XML, f"the document is a <{root.tag}>, not a <Response>")
    _check(root)
    return root


def _parsed(body: bytes) -> Element:
    builder = TreeBuilder()
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise Refused(SCHEMA, f"elements stand more than {MAX_DEPTH} deep in each other")
        builder.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name)

    def doctype(*_: object) -> None:
        raise Refused(NOT_XML, "the document has a DTD, which the carrier does not read")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as e:  # the last two: odd encodings
        raise Refused(NOT_XML, f"the document is not well-formed XML: {e}") from None
    return builder.close()


def _check(element: Element) -> None:
    allowed = ELEMENTS[element.tag]
    for name, value in element.attrib.items():
        if name not in allowed.attributes:
            raise Refused(SCHEMA, f"<{element.tag}> has no attribute {name}")
        rule = allowed.attributes[name]
        if not rule.fits(value):
            raise Refused(SCHEMA, f'<{element.tag}> has {name}="{value}": it must be {rule.wanted}')
    for name in sorted(allowed.needs - element.attrib.keys()):
        raise Refused(SCHEMA, f"<{element.tag}> needs the attribute {name}")
    if not allowed.has_text and any(text.strip() for text in texts(element)):
        raise Refused(SCHEMA, f"<{element.tag}> can hold no text")
    for child in element:
        if child.tag not in allowed.children:
            raise Refused(SCHEMA, f"<{element.tag}> cannot hold <{child.tag}>")
        _check(child)


def texts(element: Element) -> list[str]:
    """Return the texts of an element outside of its children."""
    return [element.text or "", *(child.tail or "" for child in element)]
