"""Our own check of a signature says what the carrier's library says, whatever comes."""

import hmac
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator, get_signature_algorithm
from werkzeug.datastructures import MultiDict

from ivr.web.voice.signature import Signature, is_valid
from ivr.web.voice.signature import _cached_addresses as signature_of

TOKEN = "12345"
ALGORITHMS = st.sampled_from(["HMAC_SHA1", "HMAC_SHA256", "hmac_sha256", "MD5", ""])

hosts = st.sampled_from(
    ["line.example.org", "LINE.example.org", "127.0.0.1", "[::1]", "u:p@h", "a_b", "é.example", ""]
)
ports = st.sampled_from(["", ":80", ":443", ":5000", ":0", ":", ":x", ":99999", ":8080:1"])
paths = st.one_of(
    st.sampled_from(["/voice", "/voice/en/main", "//x", "", "/a;b", "/se%C3%B1a", "/é"]),
    st.text(max_size=12),
)
queries = st.sampled_from(
    ["", "?", "?try=1", "?bodySHA256=abc", "?a=1&a=2", "?q=%C3%A9", "?q=é", "#f", "?x#f"]
)
urls = st.one_of(
    st.builds(
        lambda *parts: "".join(parts),
        st.sampled_from(["https://", "http://", "HTTPS://", "wss://", "ftp://", "//", ""]),
        hosts,
        ports,
        paths,
        queries,
    ),
    st.text(max_size=40),
)
names = st.one_of(st.sampled_from(["Digits", "From", "To", "a", "aa", "", "A"]), st.text())
forms = st.lists(st.tuples(names, st.text()), max_size=8)


def theirs(
    url: str, form: list[tuple[str, str]], signature: str, algorithm: str = "HMAC_SHA1"
) -> bool:
    """Ask the carrier's library; where it fails, nothing can have been signed."""
    try:
        validator = RequestValidator(TOKEN)
        return validator.validate(url, MultiDict(form), signature, algorithm or None)
    except ValueError:
        return False


def signed(url: str, form: list[tuple[str, str]], algorithm: str) -> str:
    kind = "sha256" if algorithm.upper() == "HMAC_SHA256" else "sha1"
    fields = "".join(n + v for n, v in sorted(set(form)))
    text = (url + fields).encode(errors="surrogatepass")
    return b64encode(hmac.digest(TOKEN.encode(), text, kind)).decode()


TWICE, HALF = [("a", "1"), ("a", "1"), ("a", "0")], [("a", "\ud800")]


@pytest.mark.slow
@settings(max_examples=1500, deadline=None)
@given(url=urls, form=forms, algorithm=ALGORITHMS, spoiled=st.booleans(), other=urls)
@example(url="http://h:x/v", form=[], algorithm="HMAC_SHA1", spoiled=False, other="")
@example(url="https://h/v", form=TWICE, algorithm="", spoiled=False, other="")
@example(url="https://h/v", form=HALF, algorithm="HMAC_SHA1", spoiled=False, other="")
def test_it_agrees_with_the_carriers_library(
    url: str, form: list[tuple[str, str]], algorithm: str, *, spoiled: bool, other: str
) -> None:
    of = other if spoiled else url
    for signature in {signed(of, form, algorithm), "é", "", signed(of, [], algorithm)}:
        ours = is_valid(TOKEN.encode(), url, form, signature, algorithm or "HMAC_SHA1")
        assert ours == theirs(url, form, signature, algorithm), (url, form, signature)


@settings(max_examples=300, deadline=None)
@given(host=hosts, port=ports, form=forms, query=queries)
def test_it_takes_the_address_with_the_usual_port_and_without(
    host: str, port: str, form: list[tuple[str, str]], query: str
) -> None:
    """The carrier signs one or the other."""
    for scheme, usual in (("https", ":443"), ("http", ":80")):
        called = f"{scheme}://{host}{port}/voice{query}"
        for as_signed in (f"{scheme}://{host}/voice{query}", f"{scheme}://{host}{usual}/voice"):
            signature = signed(as_signed, form, "HMAC_SHA1")
            ours = is_valid(TOKEN.encode(), called, form, signature)
            assert ours == theirs(called, form, signature)


FORM = [("CallSid", "CA1"), ("Digits", "1")]
SETTINGS = "HTTP_X_TWILIO_WEBHOOKS_SIGNATURE_SETTINGS"


def called(target: str, signature: str, **more: str) -> dict[str, Any]:
    """Return a request as a server tells it."""
    return {
        "RAW_URI": target,
        "HTTP_HOST": "line.example.org",
        "wsgi.url_scheme": "https",
        "HTTP_X_TWILIO_SIGNATURE": signature,
        **more,
    }


@pytest.mark.parametrize(
    ("options", "algorithm", "taken"),
    [
        ("", "HMAC_SHA1", True),
        ("key=abc,algorithm=HMAC_SHA256", "HMAC_SHA256", True),
        ("key=abc, algorithm = HMAC_SHA256 ", "HMAC_SHA256", True),
        ("key=abc,algorithm=HMAC_SHA256", "HMAC_SHA1", False),
        ("key=abc", "HMAC_SHA256", False),
        ("algorithm=", "HMAC_SHA1", True),
        ("algorithms=HMAC_SHA256,key=abc", "HMAC_SHA1", True),
        ("a=HMAC_SHA256,key=abc", "HMAC_SHA1", True),
        ("algorithm=MD5", "HMAC_SHA1", False),
    ],
)
def test_the_algorithm_is_the_one_that_the_carrier_names(
    options: str, algorithm: str, *, taken: bool
) -> None:
    signature = signed("https://line.example.org/voice", FORM, algorithm)
    check = Signature((TOKEN,), "")
    assert check(called("/voice", signature, **{SETTINGS: options}), FORM) is taken
    assert (get_signature_algorithm(options) == algorithm) is taken


@pytest.mark.parametrize(
    ("target", "public", "as_signed"),
    [
        ("/voice?x=%7E", "", "https://line.example.org/voice?x=%7E"),
        ("http://inside:5000/voice?x=1", "", "https://line.example.org/voice?x=1"),
        ("http://inside:5000/voice", "", "https://line.example.org/voice"),
        ("/voice", "https://public.example/help", "https://public.example/help/voice"),
        ("http://inside/voice?x=1", "https://public.example", "https://public.example/voice?x=1"),
    ],
)
def test_signed_is_the_target_as_it_came_below_the_address_that_was_called(
    target: str, public: str, as_signed: str
) -> None:
    check = Signature(("old", TOKEN), public)
    assert check(called(target, signed(as_signed, FORM, "HMAC_SHA1")), FORM)
    assert not check(called(target, signed(as_signed + "x", FORM, "HMAC_SHA1")), FORM)
    assert not check(called(target, ""), FORM)


def test_where_the_server_does_not_tell_the_target_it_is_made_of_path_and_query() -> None:
    check = Signature((TOKEN,), "")
    environ = called("", signed("https://line.example.org/voice/en/a%20b?x=1", FORM, "HMAC_SHA1"))
    environ |= {"SCRIPT_NAME": "/voice", "PATH_INFO": "/en/a b", "QUERY_STRING": "x=1"}
    assert check(environ, FORM)
    assert not check({**environ, "QUERY_STRING": ""}, FORM)
    assert not check({**environ, "SCRIPT_NAME": ""}, FORM)


def test_long_addresses_fill_no_memory() -> None:
    signature_of.cache_clear()
    for i in range(20):
        assert not is_valid(TOKEN.encode(), f"https://h/{i}/{'x' * 600}", [], "AAAA")
    assert signature_of.cache_info().currsize == 0
    is_valid(TOKEN.encode(), "https://h/short", [], "AAAA")
    assert signature_of.cache_info().currsize == 1
