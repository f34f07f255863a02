"""Our own check of a signature says what the carrier's library says, whatever comes."""

import hmac
from base64 import b64encode

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from ivr.web.signature import is_valid

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
