"""Recordings at the carrier: fetch them with the account's credentials, and delete them."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ivr.carrier.client import Account, client, map_carrier_errors, media
from ivr.errors import CarrierError
from ivr.phone_numbers import RECORDING_SID

API = "https://api.twilio.com"
CHUNK_BYTES = 64 * 1024

WAITS_SECONDS = (0.5, 1.0, 2.0)
"""Pauses between tries to fetch a recording: it is there a moment after its call says so."""

MAX_BYTES = 10_000_000
"""The largest recording that is fetched, in bytes; two minutes of speech have 2,000,000."""


@dataclass(frozen=True)
class Media:
    """A recording that is being fetched. `length` is in bytes; None if the carrier does not say.

    `status` is HTTP's: 200 for a whole recording, 206 for a part, which `headers` describe.
    """

    content_type: str
    length: int | None
    chunks: Iterator[bytes]
    """To be read to the end, or closed. Raises CarrierError if the connection breaks off."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    close: Callable[[], None] = lambda: None
    """Closes the connection before the end."""


def open_recording(account: Account, sid: str, kind: str = "wav", byte_range: str = "") -> Media:
    """Open a recording (RE…) as "wav" or "mp3"; `byte_range` is HTTP's Range, for a part.

    Raises CarrierError.
    """
    path = f"Recordings/{valid_sid(sid)}.{kind}"
    answer = media(account, path, "fetch the recording", byte_range)
    length = answer.headers.get("Content-Length", "")

    def chunks() -> Iterator[bytes]:
        with answer, map_carrier_errors("fetch the recording"):
            yield from answer.iter_content(CHUNK_BYTES)

    return Media(
        answer.headers.get("Content-Type", ""),
        int(length) if length.isdigit() else None,
        chunks(),
        answer.status_code,
        {name: answer.headers[name] for name in _PART_HEADERS if name in answer.headers},
        answer.close,
    )


_PART_HEADERS = ("Content-Length", "Content-Range", "Accept-Ranges")


def fetch_wav(account: Account, sid: str, waits: Sequence[float] = WAITS_SECONDS) -> bytes:
    """Return a recording as WAV, waiting for it for a few seconds if it is not there yet.

    Raises CarrierError if it cannot be fetched, is no sound, or is too long.
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
    media, content = open_recording(account, sid), b""
    for chunk in media.chunks:
        content += chunk
        if len(content) > MAX_BYTES:
            media.close()
            raise CarrierError("cannot fetch the recording: it is too long")
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise CarrierError("cannot fetch the recording: the carrier's answer is not a WAV file")
    return content


def media_url(account: str, sid: str) -> str:
    """Return the URL of a recording, for the carrier to play. Raises CarrierError if it is none."""
    return f"{API}/2010-04-01/Accounts/{account}/Recordings/{valid_sid(sid)}"


def delete_recording(account: Account, sid: str) -> None:
    """Delete a recording at the carrier, if it is not gone already.

    Raises CarrierError.
    """
    try:
        with map_carrier_errors("delete the recording", changes=True):
            client(account).recordings(valid_sid(sid)).delete()
    except CarrierError as e:
        if e.status != GONE:
            raise


GONE = 404


def valid_sid(sid: str) -> str:
    """Return the id of a recording. Raises CarrierError if it is none."""
    if not RECORDING_SID.fullmatch(sid):
        raise CarrierError(f'"{sid}" is no recording: the carrier names them RE and 32 digits')
    return sid
