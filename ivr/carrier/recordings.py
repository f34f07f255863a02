"""Recordings that the carrier holds: fetched with the account's credentials, then deleted there."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ivr.carrier.account import Account, clearly, client, media
from ivr.errors import CarrierError

CHUNK_BYTES = 64 * 1024

_SID = re.compile(r"RE[0-9a-f]{32}", re.ASCII)


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
    path = f"Recordings/{_whole(sid)}.{kind}"
    answer = media(account, path, "fetch the recording", within)
    length = answer.headers.get("Content-Length", "")

    def chunks() -> Iterator[bytes]:
        with answer, clearly("fetch the recording"):
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


def delete_recording(account: Account, sid: str) -> None:
    """Delete a recording at the carrier; one that is gone already is as good.

    Raises CarrierError.
    """
    try:
        with clearly("delete the recording", changes=True):
            client(account).recordings(_whole(sid)).delete()
    except CarrierError as e:
        if e.status != GONE:
            raise


GONE = 404


def _whole(sid: str) -> str:
    if not _SID.fullmatch(sid):
        raise CarrierError(f'"{sid}" is no recording: the carrier names them RE and 32 digits')
    return sid
