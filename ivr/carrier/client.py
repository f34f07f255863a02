"""The account at the carrier, and the one way to its API: patient, and clear about what fails.

What may be asked twice is asked again: GET; anything that the carrier was too busy to take (429);
anything that never reached it. A POST whose answer is lost may have been done, and is not repeated.
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
"""How long the carrier's API is waited for; an answer usually takes less than a second."""

HASTY_SECONDS = 1.0
"""How long each step of what a caller waits for may take."""

BUSY = 429
TROUBLE = (500, 502, 503, 504)


class RetryPolicy(Retry):
    """When a request is made again: also a POST, if the carrier says that it was too busy."""

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Tell whether an answer is to be asked for once more."""
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
    """An account at the carrier. `api`: the URL of a stand-in for its API; None: its own hosts."""

    sid: str
    token: str = field(repr=False)
    api: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Account":
        """Return the account that the settings name. Raises SettingsError where they do not."""
        for variable, value in (
            ("TWILIO_ACCOUNT_SID", settings.account_sid),
            ("TWILIO_AUTH_TOKEN", settings.auth_tokens),
        ):
            if not value:
                raise SettingsError(
                    f"{variable} is not set: copy it from the Account Info of your Twilio console"
                )
        return cls(settings.account_sid, settings.auth_tokens[0], settings.carrier_api or None)

    @classmethod
    def known(cls, settings: Settings) -> "Account | None":
        """Return the account that the settings name, None where they do not."""
        try:
            return cls.of(settings)
        except SettingsError:
            return None


def client(account: Account, *, hasty: bool = False) -> Client:
    """Return the carrier's client for an account, with time-outs and retries.

    Use it inside `clearly`, so that what fails becomes one CarrierError. `hasty` is for what a
    caller waits for: it is tried once, HASTY_SECONDS for each step. (So no retry is logged, with
    an address that may have their number in it.)
    """
    http = TwilioHttpClient(logger=_SILENT)
    http.timeout = (HASTY_SECONDS, HASTY_SECONDS) if hasty else (CONNECT_SECONDS, READ_SECONDS)
    http.session.mount("https://", _Road(account.api, None if hasty else PATIENCE))
    return Client(account.sid, account.token, http_client=http)


@contextmanager
def map_carrier_errors(what: str, *, changes: bool = False) -> Iterator[None]:
    """Turn whatever goes wrong with the carrier into one CarrierError.

    `what` is being done, as it follows "cannot": "fetch the recording"; `changes` says that it
    changes something there, so that without an answer nobody knows whether it is done.
    """
    try:
        yield
    except TwilioException as e:
        raise _refused(what, *_told(e), changes) from None
    except requests.RequestException as e:
        raise _lost(what, e, changes) from None
    except ValueError:  # JSON that broke off
        raise _lost(what, requests.RequestException(), changes) from None


def media(account: Account, path: str, what: str, within: str = "") -> requests.Response:
    """Open a file of the account's, by its path below it; the body is still to be read.

    `within` is the part that is wanted, as HTTP's Range tells it. Raises CarrierError.
    """
    speaking = client(account)
    url = f"https://api.twilio.com/2010-04-01/Accounts/{account.sid}/{path}"
    with map_carrier_errors(what):
        answer: requests.Response = speaking.http_client.session.get(
            url,
            auth=(account.sid, account.token),
            headers={"Range": within} if within else {},
            stream=True,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
        )
    if answer.ok:
        return answer
    with answer:
        raise _refused(what, answer.status_code, {}, changes=False)


class _Road(HTTPAdapter):
    """The way to the carrier: to its hosts, or all of them to one stand-in, named by `Host`."""

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


def _refused(what: str, status: int | None, told: Mapping[str, Any], changes: bool) -> CarrierError:
    code = told.get("code")
    why = _WHY.get(status or 0, "")
    if not why and status in TROUBLE:
        why = f"the carrier has trouble of its own ({status}): try again in a few minutes"
    elif not why:
        text = str(told.get("msg") or told.get("title") or status)
        why = f"the carrier refuses: {_OWN.sub('', text)}"
    number = code if isinstance(code, int) and code != status else None
    more = f" (error {number})" if number else ""
    unsure = changes and status in TROUBLE
    return CarrierError(f"cannot {what}: {why}{more}", code=number, status=status, unsure=unsure)


def _told(error: TwilioException) -> tuple[int | None, Mapping[str, Any]]:
    """Return the HTTP status of a refusal, and what it tells; the library's lists hide both."""
    answer: Any = error.args[-1] if error.args else None
    if hasattr(error, "status") or not hasattr(answer, "status_code"):
        return getattr(error, "status", None), vars(error)
    try:
        told = json.loads(answer.text)
    except ValueError:
        told = {}
    return answer.status_code, {"msg": told.get("message"), "code": told.get("code")}


def _lost(what: str, error: requests.RequestException, changes: bool) -> CarrierError:
    # After several tries the reason stands inside the error.
    reason = getattr(error.args[0] if error.args else None, "reason", error)
    late = isinstance(reason, requests.Timeout | ReadTimeoutError)
    insecure = isinstance(error, requests.exceptions.SSLError)
    never_sent = insecure or isinstance(
        reason, requests.ConnectTimeout | ConnectTimeoutError | NewConnectionError
    )
    if insecure:
        why = "the carrier's certificate is not good here: is something between you and it?"
    elif never_sent:
        why = "the carrier cannot be reached: is this machine online?"
    elif late:
        why = "the carrier does not answer in time: try again"
    else:
        why = "the carrier's answer broke off: try again"
    unsure = changes and not never_sent
    doubt = "; it may have been done all the same" if unsure else ""
    return CarrierError(f"cannot {what}: {why}{doubt}", unsure=unsure)
