"""Whether a request is Alexa's: its signature, its certificate, and where the certificate lies.

Whoever sends requests chooses the file of certificates that is fetched, so few are fetched a
minute, and only a chain that leads to a trusted root is kept, for as long as it can be trusted.

See https://developer.amazon.com/docs/alexa/custom-skills/host-a-custom-skill-as-a-web-service.html
"""

import base64
import binascii
import datetime as dt
import posixpath
import re
import threading
import time
import warnings
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import requests
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

NAME = "echo-api.amazon.com"
"""The name for which the certificate must be made out."""

URL_HEADER, SIGNATURE_HEADER = "SignatureCertChainUrl", "Signature-256"

_HOST, _FOLDER, _PORT = "s3.amazonaws.com", "/echo.api/", 443
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9/._-]+")
_LONGEST_URL = 300


MOST_BYTES = 65_536
"""Bytes of the longest file that is read; Amazon's has about 6,000."""

WAIT_SECONDS = 2.0
"""How long a request waits for the certificate."""

KEPT_SECONDS = 24 * 3600.0
"""How long a chain is kept, if it does not expire before."""

MOST_KEPT = 8
"""Chains that are kept."""

FETCHES, WINDOW_SECONDS = 6, 60.0
"""How many files are fetched in that many seconds."""

Chain = tuple[x509.Certificate, ...]


class ForgedError(Exception):
    """A request is not Alexa's, or cannot be shown to be."""


def certificate_url(text: str) -> str:
    """Return where the certificates lie, in its normal form. Raises ForgedError.

    Only the place at which Amazon publishes them is taken, so that no request makes the line fetch
    anything else.
    """
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError:
        raise ForgedError("the URL of its certificate is no URL") from None
    path = posixpath.normpath(url.path)
    is_plain = len(text) <= _LONGEST_URL and _PLAIN_PATH.fullmatch(url.path) is not None
    is_amazons = url.scheme == "https" and host == _HOST and port in {None, _PORT}
    has_more = "@" in url.netloc or url.query or url.fragment
    if not (is_plain and is_amazons and path.startswith(_FOLDER)) or has_more:
        raise ForgedError("its certificate does not lie where Alexa's do")
    return f"https://{_HOST}{path}"


def certificates(pem: bytes) -> Chain:
    """Return the certificates of a file, the leaf first. Raises ForgedError if there are none."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        raise ForgedError("its certificate cannot be read") from None


def check_chain(chain: Chain, roots: Store, moment: dt.datetime) -> None:
    """Check that a chain leads from Alexa's name to a trusted root. Raises ForgedError."""
    verifier = PolicyBuilder().store(roots).time(moment).build_server_verifier(x509.DNSName(NAME))
    try:
        verifier.verify(chain[0], list(chain[1:]))
    except VerificationError as e:
        raise ForgedError(f"its certificate is not trusted ({_in_one_line(str(e))})") from None


def check_signature(leaf: x509.Certificate, signature: str, body: bytes) -> None:
    """Check the signature over the bytes of a request. Raises ForgedError."""
    key = leaf.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise ForgedError("its certificate has no RSA key")
    try:
        given = base64.b64decode(signature, validate=True)
        key.verify(given, body, padding.PKCS1v15(), SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        raise ForgedError("its signature is not that of this body") from None


def _in_one_line(text: str) -> str:
    return " ".join(text.split())[:120]


def fetch(url: str) -> bytes:
    """Return a file of certificates. Raises ForgedError if it cannot be had in time, or is long."""
    end = time.monotonic() + WAIT_SECONDS
    try:
        with requests.get(url, timeout=WAIT_SECONDS, stream=True, allow_redirects=False) as answer:
            if answer.status_code != requests.codes.ok:
                raise ForgedError(f"its certificate is not there (HTTP {answer.status_code})")
            content = b""
            for piece in answer.iter_content(4096):
                content += piece
                if len(content) > MOST_BYTES or time.monotonic() > end:
                    raise ForgedError("its certificate is too long, or takes too long")
            return content
    except (requests.RequestException, OSError):
        raise ForgedError("its certificate cannot be fetched") from None


def _trusted(file: Path) -> Store:
    """Return the roots in a file, without those that have faults the library does not forgive."""
    roots = []
    with warnings.catch_warnings():
        warnings.simplefilter("error", CryptographyDeprecationWarning)
        for pem in _PEM.findall(file.read_bytes()):
            with suppress(ValueError, CryptographyDeprecationWarning):
                roots.append(x509.load_pem_x509_certificate(pem))
    return Store(roots)


_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class Certificates:
    """The certificates that one process knows.

    `roots` is a file (PEM) of those to be trusted, by default the ones that browsers trust.
    """

    def __init__(
        self,
        roots: Path | None = None,
        fetch: Callable[[str], bytes] = fetch,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._roots = _trusted(roots or Path(certifi.where()))
        self._fetch = fetch
        self._ticks = ticks
        self._cache: OrderedDict[str, tuple[float, Chain]] = OrderedDict()
        self._fetched: deque[float] = deque(maxlen=FETCHES)
        self._lock = threading.Lock()

    def check(self, url: str, signature: str, body: bytes, moment: dt.datetime) -> None:
        """Check that Alexa signed a body. `moment` is aware. Raises ForgedError."""
        where = certificate_url(url)
        chain = self._chain(where, moment)
        check_chain(chain, self._roots, moment)
        check_signature(chain[0], signature, body)

    def _chain(self, url: str, moment: dt.datetime) -> Chain:
        with self._lock:
            cached = self._cache.get(url)
        if cached and self._ticks() - cached[0] < KEPT_SECONDS:
            return cached[1]
        if not self._may_fetch():
            if cached:
                return cached[1]
            raise ForgedError("too many certificates were asked for in a minute")
        chain = certificates(self._fetch(url))
        check_chain(chain, self._roots, moment)
        with self._lock:
            self._cache[url] = (self._ticks(), chain)
            self._cache.move_to_end(url)
            while len(self._cache) > MOST_KEPT:
                self._cache.popitem(last=False)
        return chain

    def _may_fetch(self) -> bool:
        with self._lock:
            now = self._ticks()
            if len(self._fetched) == FETCHES and now - self._fetched[0] < WINDOW_SECONDS:
                return False
            self._fetched.append(now)
            return True
