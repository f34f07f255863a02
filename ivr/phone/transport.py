"""The transport between the phone and a line: HTTP as the carrier speaks it, signed.

`HttpTransport` goes over a network; `WsgiTransport` calls an application in this process, with the
very same bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urldefrag, urlencode, urljoin, urlsplit

import requests
from werkzeug.datastructures import Headers
from werkzeug.test import Client

from ivr.phone.signature import sign
from ivr.phone.twiml.markup import MAX_BYTES
from ivr.phone.twiml.values import URL
from ivr.phone.twiml.verbs import Refused

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Form = Sequence[tuple[str, str]]

TIMEOUT_SECONDS = 15
"""Seconds that the carrier waits for an answer (Twilio: the hard limit of a webhook)."""

MAX_REDIRECTS = 10
"""HTTP redirects that the carrier follows (Twilio)."""

CONNECTION, BAD_URL, TOO_MANY_REDIRECTS = 11205, 11100, 11215
"""The carrier's error codes for failed requests (twilio.com/docs/api/errors)."""

SAME_METHOD = {307, 308}
REDIRECTS = {301, 302, 303, *SAME_METHOD}


@dataclass(frozen=True)
class Answer:
    """A line's answer; `location` is the target of a redirect, or ""."""

    status: int
    content_type: str
    body: bytes
    location: str = ""

    @classmethod
    def of(cls, status: int, headers: Mapping[str, str] | Headers, body: bytes) -> "Answer":
        """Return an answer from its parts in HTTP."""
        return cls(status, headers.get("Content-Type", ""), body, headers.get("Location", ""))


class Transport(Protocol):
    """A way to make the carrier's requests to a line."""

    def request(self, method: str, url: str, form: Form) -> Answer:
        """Make one request, without following redirects. Raises Refused if there is no answer."""
        ...


class HttpTransport:
    """HTTP over a network. Requests are signed if there is a token."""

    def __init__(self, token: str | None, timeout: float | None = None) -> None:
        self._token = token
        self._timeout = timeout
        self._session = requests.Session()
        # The carrier uses neither our proxy settings nor passwords from a .netrc file.
        self._session.trust_env = False
        # A line that reloads its script closes idle connections, sometimes just as one is used.
        self._session.headers["Connection"] = "close"

    def request(self, method: str, url: str, form: Form) -> Answer:
        """Make one request. Raises Refused: 11205 if nobody answers in time, 11100 bad URL."""
        request = signed_request(self._session, method, url, form, self._token)
        try:
            with self._session.send(
                request,
                timeout=self._timeout or TIMEOUT_SECONDS,
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer.of(response.status_code, response.headers, _body(response))
        except requests.RequestException as e:
            place = "{0.scheme}://{0.netloc}".format(urlsplit(url))
            what = "in time" if isinstance(e, requests.Timeout) else "at all"
            raise Refused(
                CONNECTION, f"{place} does not answer {what}: is the line running there?"
            ) from None

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


class WsgiTransport:
    """A WSGI application in this process. Requests are signed if there is a token."""

    def __init__(self, app: "WSGIApplication", token: str | None) -> None:
        self._token = token
        self._client = Client(app)
        self._session = requests.Session()

    def request(self, method: str, url: str, form: Form) -> Answer:
        """Make one request. Raises Refused (11100) for a URL that cannot be requested."""
        request = signed_request(self._session, method, url, form, self._token)
        root = "{0.scheme}://{0.netloc}/".format(urlsplit(str(request.url)))
        response = self._client.open(
            request.path_url,
            base_url=root,
            method=request.method or method,
            data=request.body or b"",
            headers=list(request.headers.items()),
            environ_overrides={"REMOTE_ADDR": "127.0.0.1"},
            buffered=True,
        )
        return Answer.of(response.status_code, response.headers, response.get_data())


def fetch(line: Transport, method: str, url: str, form: Form) -> tuple[Answer, str]:
    """Ask a line and follow its redirects; return the answer and the URL that gave it.

    Twilio: at most 10 HTTP redirects (11215), and Digits do not survive one. A fragment
    (connection overrides) is never sent.
    """
    url = urldefrag(url).url
    for _ in range(MAX_REDIRECTS + 1):
        answer = line.request(method, url, form)
        if answer.status not in REDIRECTS or not answer.location:
            return answer, url
        url = urldefrag(urljoin(url, answer.location)).url
        method = method if answer.status in SAME_METHOD else "GET"
        form = [(name, value) for name, value in form if name != "Digits"]
    raise Refused(TOO_MANY_REDIRECTS, f"the line redirects more than {MAX_REDIRECTS} times")


def _request(method: str, url: str, form: Form) -> requests.Request:
    """Return the carrier's request: a form is the body of a POST and the query of a GET."""
    url = urldefrag(url).url
    if not URL.fits(url) or urlsplit(url).scheme not in {"http", "https"}:
        what = "is not a web address such as https://line.example.org/voice"
        raise Refused(BAD_URL, f'"{url}" {what}')
    headers = {"User-Agent": "TwilioProxy/1.1", "Accept": "*/*"}
    if method == "POST":
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        return requests.Request(method, url, headers=headers, data=urlencode(form).encode())
    query = ("&" if "?" in url else "?") + urlencode(form) if form else ""
    return requests.Request(method, url + query, headers=headers)


def signed_request(
    session: requests.Session, method: str, url: str, form: Form, token: str | None
) -> requests.PreparedRequest:
    """Return a request as it is sent, with the signature of the URL as it is sent."""
    try:
        request = session.prepare_request(_request(method, url, form))
    except requests.RequestException as e:
        raise Refused(BAD_URL, f'"{url}" cannot be requested: {e}') from None
    if token is not None:
        params = form if request.method == "POST" else ()
        request.headers["X-Twilio-Signature"] = sign(token, str(request.url), params)
    return request


def _body(response: requests.Response) -> bytes:
    """Read an answer, but little more of it than the carrier accepts."""
    body = b""
    for chunk in response.iter_content(MAX_BYTES):
        body += chunk
        if len(body) > MAX_BYTES:
            break
    return body
