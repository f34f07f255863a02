"""Recordings that the carrier holds: fetched with the account's credentials, then deleted there."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ivr.carrier.client import Account, client, map_carrier_errors, media
from ivr.errors import CarrierError
from ivr.phone_numbers import RECORDING_SID

API = "https://api.twilio.com"
CHUNK_BYTES = 64 * 1024

WAITS_SECONDS = (0.5, 1.0, 2.0)
"""A recording can be fetched a moment after its call tells of it."""

MAX_BYTES = 10_000_000
"""Two minutes of telephone sound are two million."""


@dataclass(frozen=True)
class Media:
    """A recording on its way. `length` is in bytes; None where the carrier does not tell.

    `status` and `headers` are what HTTP tells of it: whether it is whole (200) or a part (206).
    """

    content_type: str
    length: int | None
    chunks: Iterator[bytes]
    """To be read to the end, or closed. Raises CarrierError where it breaks off."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    close: Callable[[], None] = lambda: None
    """Ends it before its end."""


def recording(account: Account, sid: str, kind: str = "wav", within: str = "") -> Media:
    """Open a recording (RE…) as "wav" or "mp3"; `within` is the part wanted, as HTTP's Range.

    Raises CarrierError.
    """
    path = f"Recordings/{checked(sid)}.{kind}"
    answer = media(account, path, "fetch the recording", within)
    length = answer.headers.get("Content-Length", "")

    def chunks() -> Iterator[bytes]:
        with answer, map_carrier_errors("fetch the recording"):
            yield from answer.iter_content(CHUNK_BYTES)

    return Media(
        answer.headers.get("Content-Type", ""),
        int(length) if length.isdigit() else None,
        chunks(),
        answer.status_code,
        {name: answer.headers[name] for name in _OF_A_PART if name in answer.headers},
        answer.close,
    )


_OF_A_PART = ("Content-Length", "Content-Range", "Accept-Ranges")


def whole(account: Account, sid: str, waits: Sequence[float] = WAITS_SECONDS) -> bytes:
    """Return a recording as WAV; where it is not there yet, it is waited for.

    Raises CarrierError where the carrier does not give it, or gives no sound, or too much.
    """
    failed: CarrierError | None = None
    for wait in (0.0, *waits):
        time.sleep(wait)
        try:
            return _sound(account, sid)
        except CarrierError as e:
            failed = e
            if e.status not in {None, GONE}:
                break
    raise failed or CarrierError("cannot fetch the recording")


def _sound(account: Account, sid: str) -> bytes:
    media, content = recording(account, sid), b""
    for chunk in media.chunks:
        content += chunk
        if len(content) > MAX_BYTES:
            media.close()
            raise CarrierError("cannot fetch the recording: it is too long")
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise CarrierError("cannot fetch the recording: what the carrier gives is no sound")
    return content


def address(account: str, sid: str) -> str:
    """Return where a recording lies, for the carrier to play. Raises CarrierError."""
    return f"{API}/2010-04-01/Accounts/{account}/Recordings/{checked(sid)}"


def delete_recording(account: Account, sid: str) -> None:
    """Delete a recording at the carrier; one that is gone already is as good.

    Raises CarrierError.
    """
    try:
        with map_carrier_errors("delete the recording", changes=True):
            client(account).recordings(checked(sid)).delete()
    except CarrierError as e:
        if e.status != GONE:
            raise


GONE = 404


def checked(sid: str) -> str:
    """Return a recording's name. Raises CarrierError for what is none."""
    if not RECORDING_SID.fullmatch(sid):
        raise CarrierError(f'"{sid}" is no recording: the carrier names them RE and 32 digits')
    return sid
