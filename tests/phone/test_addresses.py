"""Where the next document comes from: actions, methods, relative URLs, fragments and loops.

Twilio: an action is absolute or relative to the current document, and where there is none the
current document is requested again; the method is POST unless told.
"""

import pytest

from ivr.errors import PhoneError
from ivr.phone.call import Ended
from tests.phone.tiny import TinyLine, call, dial

DONE = "<Say>Done.</Say>"


@pytest.mark.parametrize("verb", ["Gather", "Record"])
def test_without_an_action_the_current_document_is_asked_again(verb: str) -> None:
    """Twilio: action defaults to the current document's URL, for Gather and for Record."""
    caller, line = dial('<Redirect method="GET">/menu?try=1</Redirect>', menu=f"<{verb}/>")
    if verb == "Gather":
        caller.press("1#")
    else:
        caller.call.record(3)
    assert line.paths == ["/voice", "/menu", "/menu"]
    assert (line.last.method, line.last.query) == ("POST", {"try": "1"})


@pytest.mark.parametrize(
    ("action", "url"),
    [
        ("next", "https://line.example.org/en/next"),
        ("/next", "https://line.example.org/next"),
        ("../next?a=b", "https://line.example.org/next?a=b"),
        ("?a=b", "https://line.example.org/en/menu?a=b"),
        ("//other.example.org/next", "https://other.example.org/next"),
        ("http://other.example.org:8080/next", "http://other.example.org:8080/next"),
    ],
)
def test_an_action_is_relative_to_the_current_document(action: str, url: str) -> None:
    documents = {"en/menu": f'<Gather action="{action}" numDigits="1"/>'}
    caller, line = dial(
        "<Redirect>/en/menu</Redirect>", **documents, next=DONE, **{"en/next": DONE}
    )
    assert caller.call.url == "https://line.example.org/en/menu"
    caller.press("1")
    assert line.last.url == url
    assert caller.call.url == url


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("verb", ["Gather", "Dial", "Record", "Redirect"])
def test_the_method_says_where_the_parameters_stand(verb: str, method: str) -> None:
    """Twilio: POST sends a form; GET puts the same parameters into the query."""
    target = f'method="{method}"' + (">/next?a=b</Redirect>" if verb == "Redirect" else "")
    inner = {
        "Gather": f'<Gather numDigits="1" action="/next?a=b" {target}/>',
        "Dial": f'<Dial action="/next?a=b" {target}>+12025550199</Dial>',
        "Record": f'<Record action="/next?a=b" {target}/>',
        "Redirect": f"<Gather/><Redirect {target}",
    }
    caller, line = dial(inner[verb], next=DONE)
    act = {"Gather": lambda: caller.press("1"), "Dial": lambda: caller.ends("busy")}
    act |= {"Record": lambda: caller.call.record(2), "Redirect": caller.waits}
    act[verb]()
    caller.hears("Done.")
    sent = line.last.form if method == "POST" else line.last.query
    assert (line.last.method, sent["From"]) == (method, "+12025550143")
    assert line.last.query["a"] == "b"
    assert bool(line.last.form) == (method == "POST")


def test_the_method_is_post_unless_told() -> None:
    caller, line = dial('<Gather action="/next"/>', next=DONE)
    caller.press("1#")
    assert [asked.method for asked in line.asked] == ["POST", "POST"]


def test_a_query_mark_without_a_query_gets_the_parameters_after_it() -> None:
    _, line = dial('<Redirect method="GET">/next?</Redirect>', next=DONE)
    assert line.last.query["CallStatus"] == "in-progress"


def test_a_fragment_overrides_the_connection_and_is_not_sent() -> None:
    """Twilio: connection overrides stand in the URL's fragment, which is no part of the request."""
    caller, line = dial('<Gather action="/next#rc=2&amp;rt=4000" numDigits="1"/>', next=DONE)
    caller.press("1")
    assert line.last.url == "https://line.example.org/next"
    assert caller.call.url == "https://line.example.org/next"


def test_a_redirect_replaces_the_document() -> None:
    """Twilio: verbs after <Redirect> are unreachable."""
    caller, line = dial(
        "<Say>A.</Say><Redirect>/next</Redirect><Say>B.</Say>", next="<Say>C.</Say>"
    )
    caller.hears("A. C.").does_not_hear("B.").is_hung_up_on()
    assert "Digits" not in line.last.form


def test_an_action_s_document_replaces_the_one_before() -> None:
    caller, _ = dial('<Gather action="/next" numDigits="1"/><Say>Unreachable.</Say>', next=DONE)
    caller.press("1").does_not_hear("Unreachable.").is_hung_up_on()


def test_a_line_that_redirects_for_ever_is_told() -> None:
    """The carrier would go on, and bill; nobody would ever be listened to."""
    line = TinyLine("<Redirect>/voice</Redirect>")
    phone = call(line)
    with pytest.raises(PhoneError) as raised:
        phone.dial()
    assert str(raised.value) == (
        "the line loops without listening: 100 documents in a row,"
        " the last at https://line.example.org/voice"
    )
    assert len(line.asked) == 100
    assert phone.state == Ended("refused")


def test_a_line_that_listens_in_between_does_not_loop() -> None:
    caller, line = dial("<Gather/><Redirect>/voice</Redirect>")
    caller.waits(120).is_listened_to()
    assert len(line.asked) == 121


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("<Hangup/><Say>Unreachable.</Say>", "hangup"),
        ("<Reject/><Say>Unreachable.</Say>", "rejected"),
        ('<Reject reason="busy"/>', "rejected"),
        ("", "end of document"),
        ("<Say>Hello.</Say>", "end of document"),
    ],
)
def test_a_call_ends_with_a_hangup_a_reject_or_the_document(document: str, reason: str) -> None:
    """Twilio: <Hangup> ends a call, <Reject> does not take it; after the last verb it ends."""
    caller, _ = dial(document)
    caller.does_not_hear("Unreachable.")
    assert caller.call.state == Ended(reason)
