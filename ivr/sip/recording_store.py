"""Recordings that callers left: files for the service alone, and the carrier's API to them.

The line asks for them as it asks a carrier (IVR_CARRIER_API points it here), with its account and
token, and deletes them there when they are old or an operator says so.
"""

import io
import logging
import os
import time
import wave
from pathlib import Path

from aiohttp import BasicAuth, web

from ivr.atomic_file import make_private_folder
from ivr.errors import SipError
from ivr.phone.parties import made_up_sid
from ivr.phone_numbers import RECORDING_SID
from ivr.sip.leg import WIDTH
from ivr.speech.telephone import RATE

log = logging.getLogger("ivr.sip")

DAY_SECONDS = 24 * 3600


class Recordings:
    """The recordings in a folder, which is made so that nobody else can look into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ready(self) -> None:
        """Have the folder. Raises SipError."""
        try:
            make_private_folder(self.folder)
            self.folder.chmod(0o700)
        except OSError as e:
            raise SipError(f"{self.folder} cannot be made: {e.strerror}") from None

    def keep(self, sound: bytes) -> str:
        """Keep a sound (8 kHz, 16 bits), and return its name, RE and 32 digits. Raises OSError."""
        name = made_up_sid("RE")
        file = io.BytesIO()
        with wave.open(file, "wb") as written:
            written.setnchannels(1)
            written.setsampwidth(WIDTH)
            written.setframerate(RATE)
            written.writeframes(sound)
        put(self.path(name), file.getvalue())
        return name

    def path(self, name: str) -> Path:
        """Return the file of a recording."""
        return self.folder / f"{name}.wav"

    def forget_old(self, days: int) -> int:
        """Delete what is older than some days; return how many that were."""
        oldest = time.time() - days * DAY_SECONDS
        count = 0
        for path in self.folder.glob("RE*"):
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
                    count += 1
            except OSError as e:
                log.warning("an old recording cannot be deleted: %s", e.strerror)
        return count


def put(path: Path, content: bytes) -> None:
    """Write a file for the service alone, there as a whole or not at all. Raises OSError."""
    made = path.with_name(f"{path.name}.new")
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    made.replace(path)


def service(recordings: Recordings, account: str, token: str) -> web.Application:
    """Return the part of the carrier's API that recordings need: fetch (also in parts), delete."""
    app = web.Application()
    expected = BasicAuth(account, token)

    def found(request: web.Request) -> Path:
        told = request.headers.get("Authorization", "")
        try:
            known = BasicAuth.decode(told) == expected
        except ValueError:
            known = False
        if not known or request.match_info["account"] != account:
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="recordings"'})
        name = request.match_info["name"]
        path = recordings.path(name)
        if not RECORDING_SID.fullmatch(name) or not path.is_file():
            raise web.HTTPNotFound
        return path

    async def fetch(request: web.Request) -> web.FileResponse:
        return web.FileResponse(found(request), headers={"Content-Type": "audio/x-wav"})

    async def delete(request: web.Request) -> web.Response:
        found(request).unlink(missing_ok=True)
        return web.Response(status=204)

    root = "/2010-04-01/Accounts/{account}/Recordings/"
    app.router.add_get(root + "{name}.wav", fetch)
    app.router.add_delete(root + "{name}.json", delete)
    return app
