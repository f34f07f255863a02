"""Recordings that the carrier made, fetched from its API with the account's credentials."""

import re
import time
from collections.abc import Sequence

import requests

from ivr.errors import SpeechError

API = "https://api.twilio.com"
TIMEOUT_SECONDS = 10
WAITS_SECONDS = (0.5, 1.0, 2.0)
"""A recording can be fetched a moment after its call tells of it."""

MAX_BYTES = 10_000_000
"""Two minutes of telephone sound are two million."""

_SID = re.compile(r"RE[0-9a-f]{32}")


def address(account: str, sid: str, api: str = API) -> str:
    """Return where a recording lies. Raises SpeechError for what is no recording's id."""
    if not _SID.fullmatch(sid):
        raise SpeechError("this is no recording of the carrier")
    return f"{api}/2010-04-01/Accounts/{account}/Recordings/{sid}"


def fetched(
    account: str, token: str, sid: str, *, api: str = API, waits: Sequence[float] = WAITS_SECONDS
) -> bytes:
    """Return a recording as WAV. Raises SpeechError when the carrier does not give it."""
    failed = ""
    for wait in (0.0, *waits):
        time.sleep(wait)
        try:
            content = _asked(address(account, sid, api) + ".wav", (account, token))
        except requests.RequestException as e:
            failed = type(e).__name__
            continue
        if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
            return content
        failed = "no sound"
    raise SpeechError(f"the carrier does not give the recording ({failed})")


def _asked(url: str, credentials: tuple[str, str]) -> bytes:
    with (
        requests.Session() as session,
        session.get(url, auth=credentials, timeout=TIMEOUT_SECONDS, stream=True) as answer,
    ):
        answer.raise_for_status()
        content = b""
        for part in answer.iter_content(65536):
            content += part
            if len(content) > MAX_BYTES:
                raise requests.RequestException("too long")
    return content
