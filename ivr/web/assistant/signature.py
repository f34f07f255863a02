"""Whether a request is Alexa's: its certificate, its signature, and where the certificate lies.

See https://developer.amazon.com/docs/alexa/custom-skills/host-a-custom-skill-as-a-web-service.html
"""

import base64
import binascii
import datetime as dt
import posixpath
import re
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

NAME = "echo-api.amazon.com"
"""The name for which the certificate must be made out."""

URL_HEADER, SIGNATURE_HEADER = "SignatureCertChainUrl", "Signature-256"

_HOST, _FOLDER, _PORT = "s3.amazonaws.com", "/echo.api/", 443
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9/._-]+")
_LONGEST_URL = 300


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


def certificates(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a file, the leaf first. Raises ForgedError if there are none."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        raise ForgedError("its certificate cannot be read") from None


def check_chain(chain: tuple[x509.Certificate, ...], roots: Store, moment: dt.datetime) -> None:
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
