"""Callers' recordings: private files, and the part of the carrier's API that serves them.

The line fetches them as it does from a carrier (IVR_CARRIER_API has the URL of this API), with its
account and token, and deletes them when they expire or an operator deletes them.
"""

import contextlib
import io
import logging
import shutil
import time
import wave
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from aiohttp import BasicAuth, web

from ivr.atomic_file import make_private_folder, write_atomically
from ivr.errors import SipError
from ivr.phone.parties import made_up_sid
from ivr.phone_numbers import RECORDING_SID
from ivr.sip.leg import WIDTH
from ivr.speech.telephone import RATE

log = logging.getLogger("ivr.sip")

DAY_SECONDS = 24 * 3600

SPARE_BYTES = 50 * 10**6
"""Bytes of the disk that recordings leave free."""


class Recordings:
    """The recordings in a folder that only this user can read; `quota` is in bytes."""

    def __init__(self, folder: Path, quota: int) -> None:
        self.folder = folder
        self._quota = quota

    def make_folder(self) -> None:
        """Make the folder. Raises SipError."""
        try:
            make_private_folder(self.folder)
            self.folder.chmod(0o700)
        except OSError as e:
            raise SipError(f"{self.folder} cannot be made: {e.strerror}") from None

    def refusal(self) -> str:
        """Return why no recording can be taken now, for the log, or "" if one can."""
        try:
            size = sum(self._sizes())
            free = shutil.disk_usage(self.folder).free
        except OSError as e:
            return f"{self.folder} cannot be read: {e.strerror}"
        if size >= self._quota:
            return f"stored messages take up {size // 10**6} MB, the most that --quota allows"
        if free < SPARE_BYTES:
            return f"the disk has only {free // 10**6} MB left"
        return ""

    def _sizes(self) -> Iterator[int]:
        for path in self.folder.glob("*RE*"):
            with contextlib.suppress(FileNotFoundError):  # deleted in the meantime
                yield path.stat().st_size

    def save(self, sound: bytes) -> str:
        """Save a sound (8 kHz, 16 bits); return its name, RE and 32 hex digits. Raises OSError."""
        name = made_up_sid("RE")
        file = io.BytesIO()
        with wave.open(file, "wb") as written:
            written.setnchannels(1)
            written.setsampwidth(WIDTH)
            written.setframerate(RATE)
            written.writeframes(sound)
        write_atomically(self.path(name), file.getvalue())
        return name

    def path(self, name: str) -> Path:
        """Return the file of a recording."""
        return self.folder / f"{name}.wav"

    def delete_expired(self, days: int) -> int:
        """Delete recordings that are older than `days`; return how many there were."""
        oldest = time.time() - days * DAY_SECONDS
        count = 0
        for path in self.folder.glob("*RE*"):  # "*": also a temporary file of a killed process
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
                    count += 1
            except OSError as e:
                log.warning("an old recording cannot be deleted: %s", e.strerror)
        return count


def recordings_api(
    recordings: Recordings, account: str, token: str, status: Callable[[], Mapping[str, str | int]]
) -> web.Application:
    """Return the carrier's API for recordings: fetch (also byte ranges) and delete.

    Beside it, /sip/status says how the line stands at the PBX.
    """
    app = web.Application()
    expected = BasicAuth(account, token)

    def requested_file(request: web.Request) -> Path:
        _authorize(request, expected)
        name = request.match_info["name"]
        path = recordings.path(name)
        if not RECORDING_SID.fullmatch(name) or not path.is_file():
            raise web.HTTPNotFound
        return path

    async def fetch(request: web.Request) -> web.FileResponse:
        return web.FileResponse(requested_file(request), headers={"Content-Type": "audio/x-wav"})

    async def delete(request: web.Request) -> web.Response:
        requested_file(request).unlink(missing_ok=True)
        return web.Response(status=204)

    async def state(request: web.Request) -> web.Response:
        _authorize(request, expected)
        return web.json_response(dict(status()))

    app.router.add_get("/sip/status", state)
    root = "/2010-04-01/Accounts/{account}/Recordings/"
    app.router.add_get(root + "{name}.wav", fetch)
    app.router.add_delete(root + "{name}.json", delete)
    return app


def _authorize(request: web.Request, expected: BasicAuth) -> None:
    """Raise HTTPUnauthorized, unless the request has the account and its token."""
    header = request.headers.get("Authorization", "")
    try:
        is_authorized = BasicAuth.decode(header) == expected
    except ValueError:
        is_authorized = False
    account = request.match_info.get("account", expected.login)
    if not is_authorized or account != expected.login:
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="recordings"'})
