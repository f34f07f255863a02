"""Alexa's certificates: fetched once, within bounds, and kept for as long as they can be trusted.

Whoever sends requests chooses the file that is fetched, so few are fetched a minute, and only a
chain that leads to a trusted root is kept.
"""

import datetime as dt
import re
import threading
import time
import warnings
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import certifi
import requests
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509 import Certificate, load_pem_x509_certificate
from cryptography.x509.verification import Store

from ivr.web.assistant.signature import (
    ForgedError,
    certificate_url,
    certificates,
    check_chain,
    check_signature,
)

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

Chain = tuple[Certificate, ...]


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
                roots.append(load_pem_x509_certificate(pem))
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
