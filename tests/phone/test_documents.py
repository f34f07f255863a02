"""Which answers are TwiML at all: status, content type, size and XML, by the carrier's error codes.

Twilio: 11200 HTTP retrieval failure, 11750 body too large, 12100 document parse failure, 12200
schema validation, 12300 invalid content type.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import PhoneError
from ivr.phone.call import Ended
from ivr.phone.transport import Answer
from ivr.phone.twiml.document import parse
from ivr.phone.twiml.verbs import Hangup, Refused
from tests.phone.tiny import dial, refusal, twiml

HANGUP = b"<Response><Hangup/></Response>"


def answer(body: bytes) -> Answer:
    return Answer(200, "text/xml", body)


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_a_status_that_is_not_2xx_is_a_retrieval_failure(status: int) -> None:
    """Twilio 11200: HTTP retrieval failure, whatever the body says."""
    message = f"11200 the line answered with HTTP status {status}"
    assert refusal(Answer(status, "text/xml", HANGUP)) == message


def test_a_status_3xx_without_a_location_is_a_retrieval_failure() -> None:
    assert refusal(Answer(304, "text/xml", b"")) == "11200 the line answered with HTTP status 304"


@pytest.mark.parametrize("status", [200, 201, 299])
def test_every_status_2xx_is_good(status: int) -> None:
    assert parse(Answer(status, "text/xml", HANGUP)) == (Hangup(),)


@pytest.mark.parametrize(
    "kind", ["text/xml", "application/xml", "text/html", "TEXT/XML ; charset=utf-8"]
)
def test_xml_and_html_are_parsed_as_twiml(kind: str) -> None:
    """Twilio: text/xml, application/xml and text/html are interpreted as TwiML.."""
    caller, _ = dial(Answer(200, kind, HANGUP))
    assert caller.call.state == Ended("hangup")


@pytest.mark.parametrize("kind", ["application/json", "image/png", "text/plain", "audio/mpeg", ""])
def test_any_other_content_type_is_refused(kind: str) -> None:
    """Twilio 12300; plain text it would read aloud and audio play, which no phone line means."""
    message = f'12300 the answer\'s content type is "{kind}", not text/xml'
    assert refusal(Answer(200, kind, HANGUP)) == message


def test_a_document_of_64_kb_is_taken_and_a_byte_more_refused() -> None:
    """Twilio 11750: the body of a TwiML document is 64 kB at most."""
    room = 64 * 1024 - len(HANGUP) - len("<!---->")
    full = HANGUP + b"<!--" + b"x" * room + b"-->"
    assert parse(answer(full)) == (Hangup(),)
    assert refusal(answer(full + b" ")) == "11750 the document has more than 65536 bytes"


@pytest.mark.parametrize(
    "before", [b" ", b"\n", b"\xef\xbb\xbf", b"ok"], ids=["space", "line", "BOM", "text"]
)
def test_nothing_may_stand_before_the_document(before: bytes) -> None:
    """Twilio 12100: white space or a byte order mark before the XML is not parseable."""
    message = "12100 the document does not begin with <: nothing may stand before it"
    assert refusal(answer(before + HANGUP)) == message


def test_an_empty_answer_is_no_document() -> None:
    assert refusal(answer(b"")).startswith("12100 the document does not begin with <")


@pytest.mark.parametrize(
    "body",
    [
        b"<Response><Say>You & I</Say></Response>",
        b"<Response><Say>Hello.</say></Response>",
        b"<Response>",
        b"<Response/><Response/>",
        b"<Response><Say>\x00</Say></Response>",
        b"<Response><Say>\xff</Say></Response>",
        b"<Response><Say>&eacute;</Say></Response>",
        b"<Response><Say loop=1>Hello.</Say></Response>",
        b'<?xml version="1.0" encoding="no-such"?><Response/>',
        b'<?xml version="1.0" encoding="utf-7"?><Response/>',
    ],
)
def test_what_is_not_well_formed_is_refused(body: bytes) -> None:
    """Twilio 12100: document parse failure, as with an unescaped &."""
    assert refusal(answer(body)).startswith("12100 the document is not well-formed XML: ")


@pytest.mark.parametrize("root", ["Say", "response", "html"])
def test_the_root_must_be_a_response(root: str) -> None:
    """Twilio 12100: a missing <Response>; names are case sensitive."""
    message = f"12100 the document is a <{root}>, not a <Response>"
    assert refusal(answer(f"<{root}>Hello.</{root}>".encode())) == message


@pytest.mark.parametrize(
    "subset", [b"", b' [<!ENTITY x "y">]', b' SYSTEM "https://line.example.org/x.dtd"']
)
def test_a_dtd_is_refused(subset: bytes) -> None:
    """A document that may define entities could unfold without end."""
    body = b"<!DOCTYPE Response" + subset + b"><Response/>"
    assert refusal(answer(body)) == "12100 the document has a DTD, which the carrier does not read"


def test_a_declaration_and_comments_are_no_content() -> None:
    body = b'<?xml version="1.0" encoding="UTF-8"?><!-- a --><Response><!-- b --></Response>'
    assert parse(answer(body)) == ()


def test_another_encoding_is_read_as_declared() -> None:
    xml = '<?xml version="1.0" encoding="iso-8859-1"?><Response><Say>Año</Say></Response>'
    caller, _ = dial(answer(xml.encode("iso-8859-1")))
    caller.hears("Año")


def test_elements_that_stand_too_deep_are_refused() -> None:
    deep = "<prosody>" * 15 + "x" + "</prosody>" * 15
    message = "12200 elements stand more than 16 deep in each other"
    assert refusal(f'<Say voice="Polly.Joanna">{deep}</Say>') == message


def test_a_refusal_tells_its_code_and_why() -> None:
    with pytest.raises(Refused) as raised:
        parse(Answer(500, "text/xml", b""))
    assert isinstance(raised.value, PhoneError)
    assert (raised.value.code, raised.value.message) == (
        11200,
        "the line answered with HTTP status 500",
    )


pieces = st.sampled_from(
    ["<Response>", "</Response>", "<Say>", "</Say>", "<Gather ", "loop='", "'>", "<", "&", "x", "é"]
)


@given(st.lists(pieces).map("".join).map(str.encode) | st.binary())
def test_whatever_a_line_answers_is_verbs_or_a_refusal(body: bytes) -> None:
    try:
        verbs = parse(answer(b"<" + body))
    except Refused:
        return
    assert isinstance(verbs, tuple)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), min_size=1))
def test_what_is_escaped_is_heard_as_it_was_meant(words: str) -> None:
    escaped = words.replace("&", "&amp;").replace("<", "&lt;")
    try:
        (verb,) = parse(twiml(f"<Say>{escaped}</Say>"))
    except Refused as e:
        assert str(e) == "12200 <Say> has nothing to say"  # noqa: PT017 nothing but space
        assert not words.split()
    else:
        assert [piece.text for piece in verb.pieces] == [" ".join(words.split())]
