"""The wire between the phone and a line: parameters, signature, cookies and redirects.

What the phone sends is checked with the carrier's own library, in this process and over HTTP.
"""

import re

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from ivr.phone.call import Call
from ivr.phone.parties import Parties
from ivr.phone.signature import sign
from ivr.phone.transport import Answer, WsgiTransport
from tests.lines import TOKEN
from tests.phone.conftest import Opens
from tests.phone.tiny import URL, Asked, TinyLine, dial, moved, refusal

DONE = "<Say>Done.</Say>"


def is_signed(asked: Asked, token: str = TOKEN) -> bool:
    params = asked.form if asked.method == "POST" else {}
    return bool(RequestValidator(token).validate(asked.url, params, asked.signature))


# ── Parameters ────────────────────────────────────────────────────────────────


def test_a_call_comes_in_with_the_standard_parameters(opens: Opens) -> None:
    """Twilio (voice/twiml): CallSid, AccountSid, From, To, CallStatus, ApiVersion, Direction."""
    phone, line = opens(voice="<Gather/>")
    phone.dial()
    form = line.last.form
    assert line.last.method == "POST"
    assert re.fullmatch("CA[0-9a-f]{32}", form["CallSid"])
    assert re.fullmatch("AC[0-9a-f]{32}", form["AccountSid"])
    assert (form["From"], form["To"]) == ("+12025550143", "+12025550100")
    assert (form["Caller"], form["Called"]) == (form["From"], form["To"])
    assert (form["CallStatus"], form["Direction"]) == ("ringing", "inbound")
    assert (form["ApiVersion"], form["FromCountry"], form["ToZip"]) == ("2010-04-01", "US", "")


def test_once_a_document_was_taken_the_call_is_in_progress() -> None:
    """Twilio: CallStatus is ringing when a call comes in, then in-progress."""
    caller, line = dial('<Gather action="/next" numDigits="1"/>', next=DONE)
    caller.press("1")
    assert [asked.form["CallStatus"] for asked in line.asked] == ["ringing", "in-progress"]
    assert line.asked[0].form["CallSid"] == line.asked[1].form["CallSid"]


def test_the_parties_may_be_given() -> None:
    line = TinyLine("<Gather/>")
    parties = {"caller": "+442079460000", "called": "sip:line@pbx.example"}
    sids = {"call_sid": "CA" + "1" * 32, "account_sid": "AC" + "2" * 32}
    Call(WsgiTransport(line, None), URL, Parties(**parties, **sids)).dial()
    form = line.last.form
    assert (form["From"], form["To"]) == tuple(parties.values())
    assert (form["CallSid"], form["AccountSid"]) == tuple(sids.values())
    assert form["FromCountry"] == ""


def test_every_call_has_a_name_of_its_own() -> None:
    assert dial("")[1].last.form["CallSid"] != dial("")[1].last.form["CallSid"]


# ── Signature ─────────────────────────────────────────────────────────────────

TARGETS = ["/next", "/next?a=b", "/next?q=%C3%A9", "/next?q=~%7E", "/next?q=%22%7B&x=a+b%20c"]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_request_is_signed_as_the_carrier_signs(
    opens: Opens, method: str, target: str
) -> None:
    """Twilio: base64 of the HMAC-SHA1 of the full URL and, for a POST, each name and value."""
    target = target.replace("&", "&amp;")
    phone, line = opens(voice=f'<Redirect method="{method}">{target}</Redirect>', next="<Gather/>")
    phone.dial()
    phone.press("12#")
    assert [asked.method for asked in line.asked] == ["POST", method, "POST"]
    assert all(is_signed(asked) for asked in line.asked)
    assert not any(is_signed(asked, "another token") for asked in line.asked)


def test_without_a_token_nothing_is_signed(opens: Opens) -> None:
    phone, line = opens(token=None, voice="<Gather/>")
    phone.dial()
    assert line.last.signature == ""


def test_the_signature_is_the_one_that_the_carriers_library_computes() -> None:
    """Twilio (webhooks security): blank values are signed, a fragment is not."""
    url = "https://line.example.org/voice?foo=1&bar=2"
    params = {"CallSid": "CA1234567890ABCDE", "Digits": "1234", "To": "+12025550100", "Blank": ""}
    expected = RequestValidator("12345").compute_signature(url, params)
    assert sign("12345", url, list(params.items())) == expected
    assert sign("12345", url + "#rc=2", list(params.items())) == expected


def test_a_value_that_is_sent_twice_under_one_name_counts_once() -> None:
    params = [("Digits", "2"), ("Digits", "1"), ("Digits", "1")]
    expected = RequestValidator(TOKEN).compute_signature(URL, MultiDict(params))
    assert sign(TOKEN, URL, params) == expected


def test_a_line_that_asks_for_a_signature_refuses_a_phone_without_the_token() -> None:
    message = "11200 the line answered with HTTP status 403"
    assert refusal(Answer(403, "text/html", b"<h1>Forbidden</h1>")) == message


# ── Cookies and redirects ─────────────────────────────────────────────────────


def test_cookies_are_kept_and_sent_back(opens: Opens) -> None:
    """Twilio: cookies are kept for the call and returned."""
    phone, line = opens(voice='<Redirect method="GET">/next</Redirect>', next="<Gather/>")
    phone.dial()
    phone.press("1#")
    assert [asked.cookies.get("answers") for asked in line.asked] == [None, "1", "2"]


@pytest.mark.parametrize(
    ("status", "method"),
    [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")],
)
def test_an_http_redirect_drops_the_digits(opens: Opens, status: int, method: str) -> None:
    """Twilio follows a 3xx of an action, but Digits are lost on the way."""
    gather = '<Gather action="/old" numDigits="1"/>'
    phone, line = opens(voice=gather, old=moved("/en/new?x=1", status), **{"en/new": DONE})
    phone.dial()
    phone.press("1")
    asked = line.last
    sent = asked.form if method == "POST" else asked.query
    assert (asked.method, asked.path, asked.query["x"]) == (method, "/en/new", "1")
    assert (sent["CallStatus"], "Digits" in sent) == ("in-progress", False)
    assert line.asked[-2].form["Digits"] == "1"
    assert is_signed(asked)


def test_the_document_is_where_the_redirect_led() -> None:
    documents = {"en/menu": '<Gather action="next"/>', "en/next": DONE}
    caller, line = dial(moved("/en/menu#rc=1"), **documents)
    assert caller.call.url == "https://line.example.org/en/menu"
    caller.press("1#")
    assert line.last.path == "/en/next"


def test_ten_http_redirects_are_followed_and_no_more() -> None:
    """Twilio 11215: too many HTTP redirects, the limit is 10."""
    documents = {f"r{n}": moved(f"/r{n + 1}") for n in range(1, 11)}
    message = "11215 the line redirects more than 10 times"
    assert refusal(moved("/r1"), **documents) == message
    caller, line = dial(moved("/r1"), **{**documents, "r10": DONE})
    caller.hears("Done.")
    assert len(line.asked) == 11
