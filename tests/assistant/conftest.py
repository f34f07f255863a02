"""The shipped script with a skill, a caller who talks to it, and certificates of our own."""

import base64
import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from flask.testing import FlaskClient

from ivr.explore.speaker import SpeakerExplorer
from ivr.script.load import load
from ivr.script.model import Script
from ivr.settings import Settings
from ivr.skill import Answer
from ivr.skill.speech_markup import ssml
from ivr.web import create_app
from ivr.web.app import Application
from ivr.web.assistant.signature import Certificates
from tests.lines import OFFICE, TOKEN, change, variant
from tests.walked import once

SKILL = "amzn1.ask.skill.00000000-0000-4000-8000-000000000001"
NOW = dt.datetime(2026, 11, 24, 15, 0, tzinfo=dt.UTC)
"""A moment at which the office is open."""

ASSISTANT = {
    "assistant": {
        "alexa": {
            "skill_id": SKILL,
            "invocation": {"en": "family help line", "es": "línea de ayuda"},
        },
        "wyoming": True,
    }
}
CHAIN_URL = "https://s3.amazonaws.com/echo.api/echo-api-cert-12.pem"


def with_skill(room: Path, **changes: Any) -> Path:
    """Return the folder of the shipped script with a skill."""
    folder = variant("shipped", room)
    change(folder / "line.yaml", ASSISTANT | changes)
    return folder


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a script with a skill and an office."""
    return with_skill(tmp_path_factory.mktemp("assistant"), **OFFICE)


@pytest.fixture(scope="session")
def script(folder: Path) -> Script:
    """Return that script, as it is spoken on a phone."""
    return load(folder)


@pytest.fixture(scope="session")
def every_answer(script: Script, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """Return every answer of the walk through the skill, by its SSML, made once in a run."""
    return once(tmp_path_factory, "answers", lambda _: _answers(script))


def _answers(script: Script) -> dict[str, Answer]:
    walked = {}
    for language in script.words:
        explorer = SpeakerExplorer(script.on_speaker, "alexa", language)
        for exchange in explorer.exchanges():
            if exchange.answer:
                walked[ssml(exchange.answer.words)] = exchange.answer
    return walked


class Authority:
    """A certificate authority that stands in for Amazon's, and signs as Alexa does."""

    def __init__(self, room: Path) -> None:
        self._ca = trustme.CA()
        self.roots = room / "roots.pem"
        self._ca.cert_pem.write_to_path(str(self.roots))
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.chain = self.chain_for("echo-api.amazon.com")

    def chain_for(
        self, name: str, ends: dt.datetime = NOW + dt.timedelta(days=30), issuer: Any = None
    ) -> bytes:
        """Return a chain (PEM) made out for a name. trustme's own leaves have a critical SAN."""
        ca = issuer or self._ca
        root = x509.load_pem_x509_certificate(ca.cert_pem.bytes())
        key = load_pem_private_key(ca.private_key_pem.bytes(), None)
        identifier = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        leaf = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(root.subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - dt.timedelta(days=60))
            .not_valid_after(ends)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
                critical=False,
            )
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(key, SHA256())  # type: ignore[arg-type]
        )
        return leaf.public_bytes(Encoding.PEM) + ca.cert_pem.bytes()

    def sign(self, body: bytes) -> str:
        """Return the signature of a body, as its header has it."""
        return base64.b64encode(self.key.sign(body, padding.PKCS1v15(), SHA256())).decode()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return the authority whose certificates the line of the tests trusts."""
    return Authority(tmp_path_factory.mktemp("authority"))


@dataclass
class Amazon:
    """Where certificates are published: URL → file, and the URLs that were asked for."""

    files: dict[str, bytes]
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str) -> bytes:
        """Return a published file."""
        self.asked.append(url)
        return self.files[url]


def make_app(folder: Path, room: Path, certificates: Certificates, **more: Any) -> Application:
    """Return the service with a skill, at NOW."""
    settings = Settings(auth_tokens=(TOKEN,), prompts=folder, state=room, **more)
    return create_app(settings, lambda: NOW, certificates=certificates)


@pytest.fixture(scope="session")
def amazon(authority: Authority) -> Amazon:
    """Return where the certificate of the tests is published."""
    return Amazon({CHAIN_URL: authority.chain})


@pytest.fixture(scope="session")
def app(
    folder: Path, authority: Authority, amazon: Amazon, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    """Return the service, which trusts the authority of the tests."""
    certificates = Certificates(authority.roots, amazon.fetch)
    app = make_app(folder, tmp_path_factory.mktemp("state"), certificates)
    yield app
    app.services.telemetry.recorder.close()


def envelope(kind: str = "LaunchRequest", **parts: Any) -> dict[str, Any]:
    """Return a request as Alexa makes one, with the ids of a user and a device."""
    intent = parts.pop("intent", None)
    application = {"applicationId": parts.pop("skill", SKILL)}
    user = {"userId": "amzn1.ask.account.SECRETUSER"}
    sent = {
        "type": kind,
        "requestId": "amzn1.echo-api.request.1",
        "timestamp": parts.pop("at", NOW).isoformat().replace("+00:00", "Z"),
        "locale": parts.pop("locale", "en-US"),
    }
    if intent:
        sent["intent"] = {"name": intent, "confirmationStatus": "NONE", "slots": {}}
    if "reason" in parts:
        sent["reason"] = parts.pop("reason")
    session = {
        "new": parts.pop("new", kind == "LaunchRequest"),
        "sessionId": "amzn1.echo-api.session.SECRETSESSION",
        "application": application,
        "attributes": parts.pop("attributes", {}),
        "user": user,
    }
    device = {"deviceId": "amzn1.ask.device.SECRETDEVICE", "supportedInterfaces": {}}
    system = {"application": application, "user": user, "device": device}
    return {"version": "1.0", "session": session, "context": {"System": system}, "request": sent}


Post = Callable[..., Any]


@pytest.fixture
def post(app: Application, authority: Authority) -> Post:
    """Return a function that signs a request, posts it, and returns the response."""
    client: FlaskClient = app.test_client()

    def send(asked: dict[str, Any] | bytes, **headers: str) -> Any:
        body = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
        signed = {"SignatureCertChainUrl": CHAIN_URL, "Signature-256": authority.sign(body)}
        given = {**signed, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return client.post(
            "/assistant/alexa",
            data=body,
            headers={name: value for name, value in given.items() if value},
            content_type="application/json",
        )

    return send


class Speaker:
    """A caller who talks to the skill over HTTP, and the assistant between them."""

    def __init__(self, post: Post, locale: str = "en-US") -> None:
        self._post, self._locale = post, locale
        self._attributes: dict[str, Any] = {}
        self._begun = False
        self.ended = False
        self.answer: dict[str, Any] = {}

    def opens(self) -> "Speaker":
        """Open the skill by its name."""
        return self._send("LaunchRequest", new=True)

    def means(self, intent: str) -> "Speaker":
        """Say something that the assistant takes for an intent."""
        assert not self.ended, "the session has ended"
        return self._send("IntentRequest", intent=intent, new=not self._begun)

    def _send(self, kind: str, **parts: Any) -> "Speaker":
        self._begun = True
        asked = envelope(kind, locale=self._locale, attributes=self._attributes, **parts)
        response = self._post(asked)
        assert response.status_code == 200, response.data
        self.answer = response.get_json()
        self._attributes = self.answer.get("sessionAttributes", {})
        self.ended = self.answer["response"].get("shouldEndSession", True)
        return self

    @property
    def hears(self) -> str:
        """What the speaker says, as SSML."""
        return str(self.answer["response"]["outputSpeech"]["ssml"])

    @property
    def hears_after_silence(self) -> str:
        """What the speaker says to a caller who does not answer."""
        return str(self.answer["response"]["reprompt"]["outputSpeech"]["ssml"])


@pytest.fixture
def speaker(post: Post) -> Callable[..., Speaker]:
    """Return a function that gives a new caller."""
    return lambda locale="en-US": Speaker(post, locale)
