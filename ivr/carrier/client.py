"""The account at the carrier, and the client of its API, with time-outs, retries and clear errors.

A GET is retried, and so is any request that the carrier was too busy to take (429) or that never
reached it. A POST whose answer is lost may have been carried out, and is not repeated.
"""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError
from urllib3.util import Retry

from ivr.errors import CarrierError, SettingsError
from ivr.settings import Settings

CONNECT_SECONDS, READ_SECONDS = 5.0, 20.0
"""Time-outs of the carrier's API, in seconds; an answer usually takes less than one."""

LOW_LATENCY_SECONDS = 1.0
"""Both time-outs, in seconds, while a caller waits."""

BUSY = 429
TROUBLE = (500, 502, 503, 504)


class RetryPolicy(Retry):
    """When a request is retried: also a POST, if the carrier says that it was too busy (429)."""

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Return whether a request is retried after an answer."""
        return status_code == BUSY or super().is_retry(method, status_code, has_retry_after)


PATIENCE = RetryPolicy(
    total=3,
    allowed_methods={"GET"},
    status_forcelist=TROUBLE,
    backoff_factor=0.5,  # 0, 1 and 2 s
    backoff_jitter=0.5,
    retry_after_max=20,
    raise_on_status=False,
)


@dataclass(frozen=True)
class Account:
    """An account at the carrier. `api` is the URL of a stand-in for its API, as tests have one."""

    sid: str
    token: str = field(repr=False)
    api: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Account":
        """Return the account that the settings name. Raises SettingsError if they name none."""
        if variable := settings.missing_account:
            raise SettingsError(
                f"{variable} is not set: copy it from the Account Info of your Twilio console"
            )
        return cls(settings.account_sid, settings.auth_tokens[0], settings.carrier_api or None)

    @classmethod
    def configured(cls, settings: Settings) -> "Account | None":
        """Return the account that the settings name; None if they name none."""
        try:
            return cls.of(settings)
        except SettingsError:
            return None


def client(account: Account, *, low_latency: bool = False) -> Client:
    """Return the carrier's client for an account, with time-outs and retries.

    Use it inside `map_carrier_errors`, so that every failure becomes a CarrierError. With
    `low_latency`, for requests that a caller waits for, it tries once, with time-outs of
    LOW_LATENCY_SECONDS. (So no retry is logged with a URL that may hold the caller's number.)
    """
    http = TwilioHttpClient(logger=_SILENT)
    http.timeout = (
        (LOW_LATENCY_SECONDS, LOW_LATENCY_SECONDS)
        if low_latency
        else (CONNECT_SECONDS, READ_SECONDS)
    )
    http.session.mount("https://", _RoutedAdapter(account.api, None if low_latency else PATIENCE))
    return Client(account.sid, account.token, http_client=http)


@contextmanager
def map_carrier_errors(what: str, *, changes: bool = False) -> Iterator[None]:
    """Turn every failure of the carrier's API into a CarrierError.

    `what` follows "cannot" in its text, such as "fetch the recording". `changes`: the request
    changes something at the carrier, so without an answer it is unknown whether it was done.
    """
    try:
        yield
    except TwilioException as e:
        raise _refused(what, *_status_and_body(e), changes) from None
    except requests.RequestException as e:
        raise _lost(what, e, changes) from None
    except ValueError:  # JSON that broke off
        raise _lost(what, requests.RequestException(), changes) from None


def media(account: Account, path: str, what: str, byte_range: str = "") -> requests.Response:
    """Request a file by its path below the account's; the body of the answer is not read yet.

    `byte_range` is a value of HTTP's Range, to get a part. Raises CarrierError.
    """
    api_client = client(account)
    url = f"https://api.twilio.com/2010-04-01/Accounts/{account.sid}/{path}"
    with map_carrier_errors(what):
        answer: requests.Response = api_client.http_client.session.get(
            url,
            auth=(account.sid, account.token),
            headers={"Range": byte_range} if byte_range else {},
            stream=True,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
        )
    if answer.ok:
        return answer
    with answer:
        raise _refused(what, answer.status_code, {}, changes=False)


class _RoutedAdapter(HTTPAdapter):
    """Sends requests to the carrier's hosts, or all to one stand-in with the host as `Host`."""

    def __init__(self, api: str | None, patience: RetryPolicy | None) -> None:
        super().__init__(max_retries=patience or 0)
        self._api = api

    def send(
        self,
        request: requests.PreparedRequest,
        *args: Any,  # noqa: ANN401 requests' own
        **kwargs: Any,  # noqa: ANN401
    ) -> requests.Response:
        """Send a request."""
        if self._api is not None:
            _, _, rest = str(request.url).partition("://")
            host, _, path = rest.partition("/")
            request.headers["Host"] = host
            request.url = f"{self._api}/{path}"
            kwargs["proxies"] = {}
        return super().send(request, *args, **kwargs)


_SILENT = logging.getLogger("ivr.carrier.wire")
_SILENT.setLevel(logging.WARNING)  # the library logs the forms, with people's numbers in them

_OWN = re.compile(r"^Unable to \w+ (record|page): ")  # the library's words before the carrier's
_WHY = {
    401: "the carrier does not know this account and token: TWILIO_ACCOUNT_SID and"
    " TWILIO_AUTH_TOKEN are in the Account Info of your Twilio console",
    404: "the account has no such thing",
    BUSY: "the carrier is asked too often: wait a minute, and try again",
}


def _refused(what: str, status: int | None, body: Mapping[str, Any], changes: bool) -> CarrierError:
    code = body.get("code")
    why = _WHY.get(status or 0, "")
    if not why and status in TROUBLE:
        why = f"the carrier has trouble of its own ({status}): try again in a few minutes"
    elif not why:
        text = str(body.get("msg") or body.get("title") or status)
        why = f"the carrier refuses: {_OWN.sub('', text)}"
    number = code if isinstance(code, int) and code != status else None
    more = f" (error {number})" if number else ""
    unsure = changes and status in TROUBLE
    return CarrierError(f"cannot {what}: {why}{more}", code=number, status=status, unsure=unsure)


def _status_and_body(error: TwilioException) -> tuple[int | None, Mapping[str, Any]]:
    """Return the HTTP status and the body of a refusal; for lists the library hides both."""
    answer: Any = error.args[-1] if error.args else None
    if hasattr(error, "status") or not hasattr(answer, "status_code"):
        return getattr(error, "status", None), vars(error)
    try:
        body = json.loads(answer.text)
    except ValueError:
        body = {}
    return answer.status_code, {"msg": body.get("message"), "code": body.get("code")}


def _lost(what: str, error: requests.RequestException, changes: bool) -> CarrierError:
    # After several tries the reason stands inside the error.
    reason = getattr(error.args[0] if error.args else None, "reason", error)
    late = isinstance(reason, requests.Timeout | ReadTimeoutError)
    insecure = isinstance(error, requests.exceptions.SSLError)
    never_sent = insecure or isinstance(
        reason, requests.ConnectTimeout | ConnectTimeoutError | NewConnectionError
    )
    if insecure:
        why = (
            "the carrier's certificate is not trusted here: does a proxy intercept the connection?"
        )
    elif never_sent:
        why = "the carrier cannot be reached: is this machine online?"
    elif late:
        why = "the carrier does not answer in time: try again"
    else:
        why = "the carrier's answer broke off: try again"
    unsure = changes and not never_sent
    doubt = "; it may have been done all the same" if unsure else ""
    return CarrierError(f"cannot {what}: {why}{doubt}", unsure=unsure)
