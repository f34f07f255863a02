"""Whose requests the skill answers: Alexa's for this skill, of this moment, and nobody else's."""

import datetime as dt
import json
import os
import random
from pathlib import Path

import pytest
import trustme

from ivr.web.assistant.signature import (
    FETCHES,
    KEPT_SECONDS,
    Certificates,
    ForgedError,
    certificate_url,
)
from tests.assistant.conftest import CHAIN_URL, NOW, Amazon, Authority, Post, envelope

SECOND = dt.timedelta(seconds=1)
REQUESTS = int(os.environ.get("IVR_FUZZ_REQUESTS", "100"))


@pytest.mark.parametrize(
    "url",
    [
        CHAIN_URL,
        "https://s3.amazonaws.com:443/echo.api/echo-api-cert.pem",
        "HTTPS://S3.AMAZONAWS.COM/echo.api/echo-api-cert.pem",
        "https://s3.amazonaws.com/echo.api/../echo.api/echo-api-cert.pem",
    ],
)
def test_certificates_are_fetched_from_where_amazon_publishes_them(url: str) -> None:
    assert certificate_url(url).startswith("https://s3.amazonaws.com/echo.api/echo-api-cert")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://s3.amazonaws.com/echo.api/echo-api-cert.pem",
        "https://notamazon.com/echo.api/echo-api-cert.pem",
        "https://s3.amazonaws.com.evil.example/echo.api/a.pem",
        "https://s3.amazonaws.com@evil.example/echo.api/a.pem",
        "https://me:pw@s3.amazonaws.com/echo.api/a.pem",
        "https://s3.amazonaws.com:8443/echo.api/echo-api-cert.pem",
        "https://s3.amazonaws.com:port/echo.api/echo-api-cert.pem",
        "https://s3.amazonaws.com/EcHo.aPi/echo-api-cert.pem",
        "https://s3.amazonaws.com/invalid.path/echo-api-cert.pem",
        "https://s3.amazonaws.com/echo.api/../x.pem",
        "https://s3.amazonaws.com/echo.api/%2e%2e/x.pem",
        "https://s3.amazonaws.com/echo.api/a.pem?x=1",
        "https://s3.amazonaws.com/echo.api/a.pem#x",
        "https://s3.amazonaws.com/echo.api/" + "a" * 400,
        "https://[s3.amazonaws.com/echo.api/a.pem",
    ],
)
def test_nothing_is_fetched_from_anywhere_else(url: str, post: Post, amazon: Amazon) -> None:
    with pytest.raises(ForgedError):
        certificate_url(url)
    before = len(amazon.asked)
    assert post(envelope(), SignatureCertChainUrl=url).status_code == 400
    assert len(amazon.asked) == before


def test_a_signed_request_is_answered(post: Post) -> None:
    answer = post(envelope())
    assert answer.status_code == 200
    assert "Call 9 1 1 from a phone" in answer.get_json()["response"]["outputSpeech"]["ssml"]


@pytest.mark.parametrize("header", ["SignatureCertChainUrl", "Signature-256"])
def test_a_request_without_a_header_is_refused(header: str, post: Post) -> None:
    assert post(envelope(), **{header: ""}).status_code == 400


def test_a_body_that_was_changed_by_a_byte_is_refused(post: Post, authority: Authority) -> None:
    body = json.dumps(envelope()).encode()
    changed = body.replace(b"en-US", b"en-UT")
    assert post(changed, **{"Signature-256": authority.sign(body)}).status_code == 400


@pytest.mark.parametrize("signature", ["", "not base64!", "AAAA", "é"])
def test_what_is_no_signature_is_refused(signature: str, post: Post) -> None:
    sent = {"Signature-256": signature} if signature.isascii() else {"Signature-256": "%C3"}
    assert post(envelope(), **sent).status_code == 400


@pytest.mark.parametrize(
    ("age", "status"), [(-151, 400), (-150, 200), (0, 200), (150, 200), (151, 400)]
)
def test_a_request_of_another_time_is_refused(age: int, status: int, post: Post) -> None:
    assert post(envelope(at=NOW + age * SECOND)).status_code == status


def test_a_request_for_another_skill_is_refused(post: Post) -> None:
    assert post(envelope(skill="amzn1.ask.skill.another")).status_code == 400


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'{"request": 1}', b"\xff", b"{" * 9])
def test_what_is_no_request_of_alexas_is_refused(body: bytes, post: Post) -> None:
    assert post(body).status_code == 400


def test_a_long_body_is_refused(post: Post) -> None:
    assert post(b" " * 70_000).status_code == 413


def chains(authority: Authority) -> dict[str, bytes]:
    other = trustme.CA()
    return {
        "another name": authority.chain_for("echo-api.example.org"),
        "expired": authority.chain_for("echo-api.amazon.com", NOW - SECOND),
        "another root": authority.chain_for("echo-api.amazon.com", issuer=other),
        "no certificate": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "nothing": b"",
    }


@pytest.mark.parametrize(
    "which", ["another name", "expired", "another root", "no certificate", "nothing"]
)
def test_a_certificate_that_is_not_alexas_is_refused(which: str, authority: Authority) -> None:
    forged = Amazon({CHAIN_URL: chains(authority)[which]})
    strict = Certificates(authority.roots, forged.fetch)
    with pytest.raises(ForgedError):
        strict.check(CHAIN_URL, authority.sign(b"{}"), b"{}", NOW)


def test_the_roots_that_browsers_trust_do_not_trust_ours(authority: Authority) -> None:
    public = Certificates(None, Amazon({CHAIN_URL: authority.chain}).fetch)
    with pytest.raises(ForgedError, match="not trusted"):
        public.check(CHAIN_URL, authority.sign(b"{}"), b"{}", NOW)


def test_a_chain_is_fetched_once_and_checked_at_each_request(authority: Authority) -> None:
    published = Amazon({CHAIN_URL: authority.chain})
    ticks = [0.0]
    certificates = Certificates(authority.roots, published.fetch, lambda: ticks[0])
    for _ in range(3):
        certificates.check(CHAIN_URL, authority.sign(b"{}"), b"{}", NOW)
    assert published.asked == [CHAIN_URL]
    with pytest.raises(ForgedError, match="not trusted"):
        certificates.check(CHAIN_URL, authority.sign(b"{}"), b"{}", NOW + dt.timedelta(days=31))
    ticks[0] = KEPT_SECONDS
    certificates.check(CHAIN_URL, authority.sign(b"{}"), b"{}", NOW)
    assert published.asked == [CHAIN_URL] * 2


def test_strangers_make_the_line_fetch_few_files_and_displace_no_certificate(
    authority: Authority,
) -> None:
    published = Amazon({CHAIN_URL: authority.chain})
    names = [f"https://s3.amazonaws.com/echo.api/x{i}.pem" for i in range(50)]
    published.files.update(dict.fromkeys(names, b"nothing"))
    ticks = [0.0]
    certificates = Certificates(authority.roots, published.fetch, lambda: ticks[0])
    certificates.check(CHAIN_URL, authority.sign(b"{}"), b"{}", NOW)
    for name in names:
        with pytest.raises(ForgedError):
            certificates.check(name, "AAAA", b"{}", NOW)
    assert len(published.asked) == FETCHES
    ticks[0] = KEPT_SECONDS  # it would be fetched anew, but the flood goes on
    for name in names:
        with pytest.raises(ForgedError):
            certificates.check(name, "AAAA", b"{}", NOW)
    certificates.check(CHAIN_URL, authority.sign(b"{}"), b"{}", NOW)


def test_odd_requests_are_refused_or_answered_and_never_fail(
    post: Post, authority: Authority
) -> None:
    """Bytes of a good request are changed at random; half of them are signed all the same."""
    chance = random.Random(24)  # noqa: S311 no secret
    good = json.dumps(envelope("IntentRequest", intent="GoReport", new=False)).encode()
    for i in range(REQUESTS):
        body = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        sent = bytes(body)
        headers = {} if i % 2 else {"Signature-256": authority.sign(good)}
        answer = post(sent, **headers)
        assert answer.status_code in {200, 400}, sent
        assert answer.status_code == 400 or sent == good or i % 2, sent


@pytest.mark.parametrize("attributes", [None, {}, {"place": 5}, {"place": None}, {"place": []}])
def test_odd_attributes_of_a_session_are_no_failure(attributes: object, post: Post) -> None:
    asked = envelope("IntentRequest", intent="AMAZON.NextIntent", attributes=attributes)
    for sent in (asked, {**asked, "session": None}):
        answer = post(sent).get_json()
        assert answer["response"]["shouldEndSession"] is False  # as the lifeboat would


def test_without_assistant_in_line_yaml_there_is_no_such_address(tmp_path: Path) -> None:
    from tests.assistant.conftest import make_app
    from tests.lines import SHIPPED

    app = make_app(SHIPPED, tmp_path, Certificates())
    assert app.test_client().post("/assistant/alexa", json=envelope()).status_code == 404
