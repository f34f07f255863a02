"""Checks that a request comes from the carrier, by the carrier's published algorithm.

Twilio and SignalWire sign the URL as they called it, so the raw request target counts, not Flask's
decoded `request.url` (Twilio, webhooks security), and behind a proxy the public URL.
Telnyx signs the time and the body (ivr.web.voice.telnyx_signature).

Twilio's own library does the same at sixteen times the cost, and raises an error for some
addresses; a test holds this one to its answers, for every URL and form.
"""

import hmac
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any
from urllib.parse import quote, urlparse, urlsplit

from werkzeug.wsgi import get_host

from ivr.script.carriers import CarrierName
from ivr.settings import Settings
from ivr.web.voice import telnyx_signature
from ivr.web.voice.webhook_form import WebhookRequest

Form = Collection[tuple[str, str]]
"""Names and values in the order in which they came, repeated names included."""

Check = Callable[[WebhookRequest], bool]

HASHES = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
"""Twilio's names of the hash functions: SHA-1 with an auth token, SHA-256 with a shared key."""

LONG_URL = 500
"""Longest URL that is cached, in characters: a longer one is not ours."""


HEADERS: Mapping[CarrierName, str] = {
    "twilio": "HTTP_X_TWILIO_SIGNATURE",
    "signalwire": "HTTP_X_SIGNALWIRE_SIGNATURE",
}
"""The header of a carrier that signs URL and form, as WSGI names it."""


def checker(tokens: tuple[str, ...], public_url: str, carrier: CarrierName = "twilio") -> Check:
    """Return a check of requests against any of the tokens (two while one is being rotated).

    A token is Twilio's auth token, SignalWire's signing key, or Telnyx's public key (base64).
    Raises SettingsError for a key that cannot be one.
    """
    if carrier not in HEADERS:
        return telnyx_signature.checker(tokens)
    signature = Signature(tokens, public_url, carrier)
    return lambda request: signature(request.environ, request.fields)


class Signature:
    """Checks requests of a carrier that signs URL and form against any of the tokens."""

    def __init__(
        self, tokens: tuple[str, ...], public_url: str, carrier: CarrierName = "twilio"
    ) -> None:
        self._header = HEADERS[carrier]
        self._keys = [token.encode() for token in tokens]
        self._public_urls = tuple(dict.fromkeys((public_url, _in_small_letters(public_url))))

    def __call__(self, environ: dict[str, Any], form: Form) -> bool:
        """Tell whether a request bears the signature of its URL and form."""
        if not environ.get(self._header):
            return False
        return any(self.signs(environ, form, called_url(environ, u)) for u in self._public_urls)

    def signs(self, environ: dict[str, Any], form: Form, url: str) -> bool:
        """Tell whether the signature of a request is that of its form and a given URL."""
        signature = environ.get(self._header, "")
        algorithm = _algorithm(environ.get("HTTP_X_TWILIO_WEBHOOKS_SIGNATURE_SETTINGS", ""))
        return any(is_valid(key, url, form, signature, algorithm) for key in self._keys)


def signature_of(settings: Settings, carrier: CarrierName) -> Signature | None:
    """Return the check of a carrier that signs URL and form; None if the carrier signs neither."""
    if carrier not in HEADERS:
        return None
    return Signature(settings.auth_tokens, settings.public_url, carrier)


def is_valid(
    key: bytes, url: str, form: Form, signature: str, algorithm: str = "HMAC_SHA1"
) -> bool:
    """Tell whether a signature is that of a form and a URL, with or without its port.

    A repeated pair of name and value counts once. A URL that nobody can have signed, such as one
    with a port that is not a number, is not valid.
    """
    name = HASHES.get(algorithm.upper())
    if name is None:
        return False
    try:
        addresses = _addresses(url) if len(url) > LONG_URL else _cached_addresses(url)
        fields = "".join(chain.from_iterable(sorted(set(form))))
        given = signature.encode()
        return any(
            hmac.compare_digest(b64encode(hmac.digest(key, (a + fields).encode(), name)), given)
            for a in addresses
        )
    except ValueError:  # a bad URL, or text that cannot be encoded in UTF-8
        return False


def _in_small_letters(url: str) -> str:
    """Return a URL with its host as clients write it; some carriers sign it as it was typed."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.lower()).geturl()


def _algorithm(settings: str) -> str:
    """Return the algorithm named in X-Twilio-Webhooks-Signature-Settings, `key=…,algorithm=…`."""
    for part in settings.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip()
    return "HMAC_SHA1"


def _addresses(url: str) -> tuple[str, str]:
    """Return a URL without its port, and with it: the carrier signs one or the other."""
    parts = urlparse(url)
    if parts.port:
        bare = parts._replace(netloc=parts.netloc.split(":")[0])
        return bare.geturl(), parts.geturl()
    port = 443 if parts.scheme == "https" else 80
    return parts.geturl(), parts._replace(netloc=f"{parts.netloc}:{port}").geturl()


_cached_addresses = lru_cache(maxsize=2048)(_addresses)


def called_url(environ: dict[str, Any], public_url: str) -> str:
    """Return the URL as the carrier called it.

    Path and query are the raw request target if the server passes it on (gunicorn, Werkzeug), or
    else the WSGI path and raw query, which is the same for the plain ASCII of our URLs.
    """
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if not target:
        target = quote(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""))
        if query := environ.get("QUERY_STRING"):
            target += f"?{query}"
    elif not target.startswith("/"):  # the absolute form, which proxies may send
        parts = urlsplit(target)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
    if not public_url:
        return f"{environ['wsgi.url_scheme']}://{get_host(environ)}{target}"
    return public_url + str(target)
