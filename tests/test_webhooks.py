"""The carrier's webhooks over HTTP: signed, odd, hostile, and with something broken behind them."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import reduce
from http.client import HTTPConnection
from importlib import import_module
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from ivr.cli.local_server import on_loopback
from ivr.errors import SettingsError
from ivr.settings import Settings
from ivr.web import create_app
from tests.lines import SHIPPED, TOKEN

CALL = {
    "CallSid": "CA" + "0" * 32,
    "From": "+12025550143",
    "To": "+12025550100",
    "CallStatus": "ringing",
    "Direction": "inbound",
}


def post(url: str, form: dict[str, str] | None = None, token: str = TOKEN) -> requests.Response:
    """Post as the carrier does: the full URL and every field are signed."""
    form = CALL if form is None else form
    signature = RequestValidator(token).compute_signature(url, form)
    return requests.post(url, form, headers={"X-Twilio-Signature": signature}, timeout=15)


def leads_to_a_person(answer: requests.Response) -> bool:
    """Tell whether an answer is TwiML that listens to the caller or rings somebody."""
    is_xml = answer.headers["Content-Type"].startswith("text/xml")
    return answer.status_code == 200 and is_xml and ("<Gather" in answer.text or dials(answer))


def dials(answer: requests.Response) -> bool:
    return "<Number>+18883737888</Number>" in answer.text


@pytest.fixture(params=[True, False], ids=["by the fast path", "by Flask alone"])
def fast_path(request: pytest.FixtureRequest) -> bool:
    """Run each test twice: with the fast path, and with IVR_FAST_PATH=off."""
    return bool(request.param)


@pytest.fixture
def url(urls: Callable[..., str], *, fast_path: bool) -> str:
    return urls("shipped", fast_path=fast_path)


def test_a_signed_call_is_answered_with_the_911_warning_first(url: str) -> None:
    answer = post(url)
    assert leads_to_a_person(answer)
    first, _, rest = answer.text.partition("<Gather")
    assert "9 1 1" in first
    assert "9 1 1" not in rest


def test_what_the_carrier_did_not_sign_is_refused(url: str) -> None:
    assert requests.post(url, CALL, timeout=15).status_code == 403
    assert post(url, token="another").status_code == 403
    assert requests.post(f"{url}/en/main", {"Digits": "0"}, timeout=15).status_code == 403
    assert requests.post(f"{url}/status", CALL, timeout=15).status_code == 403


def test_a_signature_is_worth_nothing_for_another_url_or_form(url: str) -> None:
    signed = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(url, CALL)}
    other = requests.post(f"{url}/en/main", CALL, headers=signed, timeout=15)
    changed = requests.post(url, {**CALL, "Digits": "9"}, headers=signed, timeout=15)
    assert (other.status_code, changed.status_code) == (403, 403)


def test_of_a_get_the_url_alone_is_signed_whatever_body_it_has(url: str) -> None:
    signed = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(url, {})}
    answer = requests.get(url, data={**CALL, "Digits": "0"}, headers=signed, timeout=15)
    assert leads_to_a_person(answer)
    assert not dials(answer)


def test_a_blank_digits_is_signed_and_means_silence(url: str) -> None:
    """Some services drop blank fields before they check the signature; the carrier signs them."""
    assert leads_to_a_person(post(f"{url}/en/main", {**CALL, "Digits": ""}))


@pytest.mark.parametrize(
    "query",
    ["", "?try=1", "?q=%C3%A9", "?q=~%7E", "?q=%7B%22a%22%3A1%7D", "?q=a+b%20c", "?x=%2F%3F"],
)
def test_the_signature_covers_the_raw_request_target(url: str, query: str) -> None:
    """Werkzeug's request.url is decoded for display; a check over it refuses some of these.

    http.client sends the target as it is written; requests would first write it anew.
    """
    target = f"{url}/es/main{query}"
    headers = {
        "X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(target, CALL),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    where = urlsplit(target)
    with closing(HTTPConnection(where.netloc, timeout=15)) as connection:
        raw = where._replace(scheme="", netloc="").geturl()
        connection.request("POST", raw, urlencode(CALL), headers)
        assert connection.getresponse().status == 200


def test_two_tokens_are_taken_while_one_is_rotated() -> None:
    with on_loopback(create_app(Settings(auth_tokens=("old", "new"), prompts=SHIPPED))) as url:
        assert [post(url, token=t).status_code for t in ("old", "new", "else")] == [200, 200, 403]


def test_behind_a_proxy_the_public_url_is_what_was_signed() -> None:
    settings = Settings(
        auth_tokens=(TOKEN,), prompts=SHIPPED, public_url="https://line.example.org/help"
    )
    with on_loopback(create_app(settings)) as url:
        public = "https://line.example.org/help/voice"
        signature = RequestValidator(TOKEN).compute_signature(public, CALL)
        headers = {"X-Twilio-Signature": signature}
        answer = requests.post(url, CALL, headers=headers, timeout=15)
        assert answer.status_code == 200
        assert 'action="/help/voice/en/opening?began=' in answer.text
        assert post(url).status_code == 403


@pytest.mark.parametrize("typed", ["https://Line.Example.org/", "HTTPS://LINE.example.ORG"])
@pytest.mark.parametrize("quotes", ["{}", '"{}"', "'{}'", " {}\r"])
def test_capitals_quotes_and_blanks_in_the_settings_refuse_no_call(
    typed: str, quotes: str, tmp_path: Path
) -> None:
    """Docker keeps the quotes of an --env-file, and a file from Windows ends its lines with CR."""
    variables = {
        "IVR_PUBLIC_URL": quotes.format(typed),
        "TWILIO_AUTH_TOKEN": quotes.format(TOKEN),
        "IVR_STATE": str(tmp_path),
    }
    client = create_app(Settings.from_env(variables)).test_client()
    for signed in ("https://line.example.org/voice", f"https://{urlsplit(typed).netloc}/voice"):
        signature = RequestValidator(TOKEN).compute_signature(signed, CALL)
        headers = {"X-Twilio-Signature": signature}
        assert client.post("/voice", data=CALL, headers=headers).status_code == 200
    assert (
        client.post("/voice", data=CALL, headers=headers | {"X-Twilio-Signature": "x"}).status_code
        == 403
    )


@pytest.mark.parametrize("token", ["a token", "“token”", "tok\ten"])
def test_a_token_that_no_carrier_gives_is_refused_at_start_without_it(token: str) -> None:
    with pytest.raises(SettingsError, match="TWILIO_AUTH_TOKEN") as raised:
        Settings.from_env({"TWILIO_AUTH_TOKEN": token})
    assert token not in str(raised.value)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {**CALL, "Digits": "12345"},
        {**CALL, "Digits": "✱"},
        {**CALL, "Digits": "\x00"},
        {**CALL, "SpeechResult": "wörds " * 9000, "Confidence": "not a number"},
        {**CALL, "SpeechResult": "help", "Confidence": "NaN"},
        {**CALL, "DialCallStatus": "surprise"},
        {**CALL, "Junk": "x" * 300_000},
        {**CALL, **{f"Field{i}": str(i) for i in range(2000)}},
    ],
    ids=[
        "nothing",
        "many keys",
        "no key",
        "a control character",
        "a long speech",
        "no confidence",
        "an unknown outcome",
        "a long field",
        "many fields",
    ],
)
def test_odd_fields_get_the_menu(url: str, form: dict[str, str]) -> None:
    assert leads_to_a_person(post(f"{url}/en/main?try=1", form))


def test_repeated_and_badly_encoded_fields_get_the_menu_or_a_refusal(url: str) -> None:
    for body in (b"Digits=%FF%FE", b"Digits=1&Digits=2", b"%%%", b"\xff\xfe\x00=1", b"=&=&="):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        unsigned = requests.post(f"{url}/en/main", body, headers=headers, timeout=15)
        assert unsigned.status_code == 403
    repeated = MultiDict([("Digits", "1"), ("Digits", "2")])
    signature = RequestValidator(TOKEN).compute_signature(url, repeated)
    headers = {"X-Twilio-Signature": signature}
    assert leads_to_a_person(
        requests.post(url, list(repeated.items(multi=True)), headers=headers, timeout=15)
    )


def test_a_body_that_no_carrier_sends_is_refused(url: str) -> None:
    assert post(url, {**CALL, "Junk": "x" * 2_000_000}).status_code in {403, 413}


@pytest.mark.parametrize(
    "place",
    [
        "en/gone",
        "xx/main",
        "en/main.99",
        "en/hotline?at=nonsense",
        "en/danger?at=dial",
        "en/check.3?yes=ffffffff",
        "en/hotline?back=gone.1",
        "en/main?try=999999999999999999999",
        "a/b/c/d",
        "%F0%9F%92%A5/main",
    ],
)
def test_a_place_that_no_longer_exists_leads_to_the_main_menu(url: str, place: str) -> None:
    answer = post(f"{url}/{place}", {**CALL, "Digits": "#"})
    assert leads_to_a_person(answer)
    assert "/main?again=1" in answer.text
    assert "<Number>911" not in answer.text


@pytest.mark.parametrize(
    ("line", "place"),
    [("office-open", "agency.2?at=dial"), ("on-call", "agency.3?at=call&since=1764000000")],
)
def test_a_telephone_that_nobody_has_leads_to_the_main_menu(
    urls: Callable[[str], str], line: str, place: str
) -> None:
    """Two ring in the office, and three on call."""
    answer = post(f"{urls(line)}/en/{place}", {**CALL, "Digits": "#"})
    assert leads_to_a_person(answer)
    assert "/main?again=1" in answer.text


def test_a_status_callback_wants_no_twiml(url: str) -> None:
    answer = post(f"{url}/status", {**CALL, "CallStatus": "completed"})
    assert (answer.status_code, answer.text) == (204, "")


def test_it_says_that_it_is_alive_and_ready(url: str) -> None:
    root = url.removesuffix("/voice")
    assert [requests.get(root + p, timeout=15).status_code for p in ("/healthz", "/readyz")] == [
        200,
        200,
    ]


def test_the_lifeboat_is_served_to_anyone(url: str) -> None:
    """It is fixed and public: a token that was lost must not take the fallback with it."""
    for answer in (
        requests.get(f"{url}/lifeboat", timeout=15),
        requests.post(f"{url}/lifeboat", timeout=15),
    ):
        assert dials(answer)
        assert "9 1 1" in answer.text
        assert "<Number>911" not in answer.text


BROKEN_LAYERS = [
    "ivr.web.voice.webhooks:answer",
    "ivr.web.voice.webhook_form:Speech",
    "ivr.web.voice.webhook_form:_E164",
    "ivr.web.voice.webhooks:reply",
    "ivr.web.voice.webhooks:read_place",
    "ivr.web.voice.webhooks:twiml.render",
    "ivr.dialog.next_turn:turn",
    "ivr.dialog.speech_match:fuzz.ratio",
    "ivr.twiml.voice:VoiceResponse",
]


@pytest.mark.parametrize("layer", BROKEN_LAYERS)
def test_whatever_breaks_the_caller_gets_the_lifeboat(
    layer: str,
    fast_path: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*args: object, **kwargs: object) -> object:
        raise RuntimeError("broken on purpose")

    settings = Settings(auth_tokens=(TOKEN,), prompts=SHIPPED, fast_path=fast_path)
    with on_loopback(create_app(settings)) as url:
        module, _, path = layer.partition(":")
        *owners, name = path.split(".")
        monkeypatch.setattr(reduce(getattr, owners, import_module(module)), name, broken)
        forms: Iterator[dict[str, str]] = iter([CALL, {**CALL, "SpeechResult": "signs"}])
        with caplog.at_level(logging.CRITICAL):
            answers = [
                post(u, form) for u, form in zip((url, f"{url}/en/main"), forms, strict=True)
            ]
        monkeypatch.undo()
    assert all(leads_to_a_person(answer) for answer in answers)
    assert any(dials(answer) for answer in answers)


def test_who_is_dialled_sees_the_lines_own_number(url: str) -> None:
    answer = post(f"{url}/en/main", {**CALL, "Digits": "0"})
    assert 'callerId="+12025550100"' in answer.text
    assert CALL["From"] not in answer.text


def test_where_the_own_number_is_not_known_the_callers_is_not_shown(url: str) -> None:
    """A <Dial> without callerId shows the caller's number, so the line says the number instead."""
    answer = post(f"{url}/en/main", {**CALL, "To": "sip:line@pbx.example", "Digits": "0"})
    assert "<Dial" not in answer.text
    assert "8 8 8" in answer.text


def test_no_number_of_a_caller_is_logged(
    url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for form in (CALL, {**CALL, "Digits": "0"}, {**CALL, "To": "sip:x", "Digits": "0"}):
        post(f"{url}/en/main", form)
    out, err = capfd.readouterr()
    logged = caplog.text + out + err
    assert "2025550143" not in logged.replace("-", "").replace(" ", "")
