"""The same line with other carriers: their signatures, and what each takes of TwiML."""

import base64
import hashlib
import hmac
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from werkzeug.test import EnvironBuilder

from ivr.cli.local_server import on_loopback
from ivr.errors import SettingsError
from ivr.phone.call import Call
from ivr.phone.parties import Parties
from ivr.phone.transport import Form, HttpTransport
from ivr.script.load import load
from ivr.settings import Settings
from ivr.twiml import recording_menu
from ivr.web import create_app
from ivr.web.voice import telnyx_signature
from ivr.web.voice.signature import checker
from ivr.web.voice.webhook_form import WebhookRequest
from tests.caller import Caller
from tests.cli.conftest import Ivr
from tests.lines import SHIPPED, change, read_yaml

GOLDEN = read_yaml(Path(__file__).parent / "golden.yaml")
OTHERS = ["signalwire", "telnyx"]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
TOKENS = {
    "signalwire": "PSK-a-signing-key",
    "telnyx": base64.b64encode(KEY.public_key().public_bytes_raw()).decode(),
}


def received(golden: dict, **changed: str) -> WebhookRequest:
    """Return a request as a web server hands it on."""
    fields = {**golden, **changed}
    url = urlsplit(fields["url"])
    builder = EnvironBuilder(
        path=f"{url.path}?{url.query}",
        base_url=f"{url.scheme}://{url.netloc}/",
        method="POST",
        data=fields["body"].encode(),
        headers=fields["headers"],
        content_type="application/x-www-form-urlencoded",
    )
    return WebhookRequest(builder.get_environ())


@pytest.fixture
def that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telnyx_signature.time, "time", lambda: 1764000100.0)


@pytest.mark.parametrize("carrier", GOLDEN)
def test_a_golden_request_is_believed(carrier: str, that_day: None) -> None:
    golden = GOLDEN[carrier]
    is_signed = checker(("rotated" if carrier != "telnyx" else TOKENS[carrier],), "", carrier)
    assert not is_signed(received(golden))
    is_signed = checker((golden["token"],), "", carrier)
    assert is_signed(received(golden))


@pytest.mark.parametrize("carrier", GOLDEN)
def test_a_golden_request_that_was_tampered_with_is_not(carrier: str, that_day: None) -> None:
    golden = GOLDEN[carrier]
    is_signed = checker((golden["token"],), "", carrier)
    assert not is_signed(received(golden, body=golden["body"].replace("Digits=1", "Digits=9")))
    for name, value in golden["headers"].items():
        for spoiled in ("", "!", value[:-2], value.swapcase() + "1"):
            headers = {**golden["headers"], name: spoiled}
            assert not is_signed(received(golden, headers=headers)), (name, spoiled)
    if carrier != "telnyx":  # which does not sign the URL
        assert not is_signed(received(golden, url=golden["url"] + "0"))


@pytest.mark.parametrize("carrier", GOLDEN)
def test_one_carriers_signature_is_not_anothers(carrier: str, that_day: None) -> None:
    for other in GOLDEN.keys() - {carrier}:
        is_signed = checker((GOLDEN[carrier]["token"],), "", carrier)
        assert not is_signed(received(GOLDEN[other]))


@pytest.mark.parametrize(("late", "believed"), [(299, True), (301, False), (-301, False)])
def test_what_telnyx_signed_long_ago_is_not_believed(
    late: int, believed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telnyx_signature.time, "time", lambda: 1764000000.0 + late)
    golden = GOLDEN["telnyx"]
    assert checker((golden["token"],), "", "telnyx")(received(golden)) is believed


@pytest.mark.parametrize("key", ["", "no-base64!", "dG9vIHNob3J0"])
def test_what_is_no_public_key_of_telnyx_is_told_at_the_start(key: str) -> None:
    with pytest.raises(SettingsError, match="not a Telnyx public key"):
        checker((key,), "", "telnyx")


def by_signalwire(url: str, form: Form) -> dict[str, str]:
    signed = url + "".join(name + value for name, value in sorted(form))
    digest = hmac.new(TOKENS["signalwire"].encode(), signed.encode(), hashlib.sha1).digest()
    return {"X-SignalWire-Signature": base64.b64encode(digest).decode()}


def by_telnyx(url: str, form: Form) -> dict[str, str]:
    at = str(int(time.time()))
    signature = KEY.sign(f"{at}|{urlencode(form)}".encode())
    return {
        "telnyx-timestamp": at,
        "telnyx-signature-ed25519": base64.b64encode(signature).decode(),
    }


class OtherCarrier(HttpTransport):
    """A carrier that signs by its own algorithm; it keeps the documents that it got."""

    def __init__(self, signs: Callable[[str, Form], dict[str, str]]) -> None:
        super().__init__(None)
        self.documents: list[ET.Element] = []
        self._session.auth = lambda request: (
            request.headers.update(signs(str(request.url), self.form)) or request
        )

    def request(self, method: str, url: str, form: Form):
        self.form = form
        answer = super().request(method, url, form)
        self.documents.append(ET.fromstring(answer.body))  # noqa: S314 our own
        return answer


@pytest.fixture
def prompts_of(tmp_path: Path) -> Callable[[str], Path]:
    def prompts(carrier: str) -> Path:
        folder = shutil.copytree(SHIPPED, tmp_path / carrier)
        change(folder / "line.yaml", {"carrier": carrier})
        return folder

    return prompts


@pytest.mark.parametrize(
    ("carrier", "signs"), [("signalwire", by_signalwire), ("telnyx", by_telnyx)]
)
def test_a_call_over_another_carrier_ends_at_a_person(
    carrier: str, signs, prompts_of: Callable[[str], Path], state: Path
) -> None:
    settings = Settings(
        auth_tokens=(TOKENS[carrier],), prompts=prompts_of(carrier), state=state, audio=False
    )
    with on_loopback(create_app(settings)) as url, closing(OtherCarrier(signs)) as line:
        sid = "v3:" + secrets.token_urlsafe(30)
        call = Call(line, url, Parties(call_sid=sid, account_sid="a-uuid"))
        caller = Caller(call).dial().press("1").is_listened_to().waits().is_listened_to()
        caller.press("0").is_connected_to("+18883737888").ends("busy").hears("8 8 8")
        assert requests.post(url, {"CallSid": "x"}, timeout=5).status_code == 403
    gathers = [g for document in line.documents for g in document.iter("Gather")]
    assert gathers
    empty = {g.get("actionOnEmptyResult") for g in gathers}
    assert empty == ({None} if carrier == "telnyx" else {"true"})
    waits = {g.get("speechTimeout") for g in gathers if g.get("speechTimeout")}
    assert waits == ({"2"} if carrier == "telnyx" else {"auto"})
    dials = [d for document in line.documents for d in document.iter("Dial")]
    assert {d.get("callerId") for d in dials} == {"+12025550100"}


def test_signalwire_is_told_a_google_voice_by_its_own_name(
    prompts_of: Callable[[str], Path], state: Path
) -> None:
    folder = prompts_of("signalwire")
    change(folder / "line.yaml", {"languages": {"en": {"voice": "Google.en-US-Neural2-A"}}})
    settings = Settings(demo=True, prompts=folder, state=state, audio=False)
    with on_loopback(create_app(settings)) as url:
        answer = requests.post(url, timeout=15).text
    menu = recording_menu.ask(load(folder), [("en", "This is the recording menu.")], "/x").decode()
    for document in (answer, menu):
        assert 'voice="gcloud.en-US-Neural2-A"' in document
        assert "Google." not in document


@pytest.mark.parametrize("carrier", OTHERS)
def test_the_commands_for_twilio_refuse_another_carrier_by_name(
    carrier: str, prompts_of: Callable[[str], Path], ivr: Ivr
) -> None:
    folder = prompts_of(carrier)
    for command in (["setup"], ["undo"], ["doctor"], ["test-emergency", "+12025550143"]):
        ran = ivr("twilio", *command, "--prompts", folder)
        assert (ran.status, f"the line's carrier is {carrier}" in ran.err) == (1, True)


@pytest.mark.slow
@pytest.mark.parametrize("carrier", OTHERS)
def test_the_shipped_script_passes_the_checks_with_another_carrier(
    carrier: str, prompts_of: Callable[[str], Path], ivr: Ivr
) -> None:
    ran = ivr("check", prompts_of(carrier))
    assert (ran.status, "0 errors" in ran.out + ran.err) == (1, True)
