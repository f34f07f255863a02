"""SIP service: start-up, periodic maintenance and graceful shutdown."""

import asyncio
import logging
import signal
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from ivr.errors import SipError
from ivr.phone.files import Audio, list_audio
from ivr.phone.transport import HttpTransport
from ivr.sip.agent import Agent
from ivr.sip.audio_cache import AudioCache
from ivr.sip.config import Setup
from ivr.sip.fallback import Lifeboat
from ivr.sip.recording_store import Recordings, recordings_api
from ivr.sip.session import CallSession
from ivr.sip.transfer import Transfers

log = logging.getLogger("ivr.sip")

LINE_SECONDS = 6.0
"""Seconds that the line may take to answer: the caller hears silence, then the lifeboat."""

MAINTENANCE_SECONDS = 300
"""Seconds between two fetches of the line's lifeboat and of the words of its clips."""

FOLDER = "sip"


class Service:
    """The parts of the line on a PBX, put together."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self._line = HttpTransport(setup.token, LINE_SECONDS)
        self._folder = setup.state / FOLDER
        self._lifeboat = Lifeboat(self._line, setup.app, self._folder)
        self._store = Recordings(self._folder / "recordings", setup.quota)
        self._audio: dict[str, Audio] = {}
        self._stop = asyncio.Event()

    async def run(self, lifeboat: Path | None, opened: Callable[[], None]) -> None:
        """Run the line on the PBX until the process is asked to stop. Raises SipError."""
        self._store.make_folder()
        await asyncio.to_thread(self._lifeboat.load, lifeboat)
        agent = Agent(self.setup)
        session = CallSession(
            self._line,
            self.setup.app,
            self.setup.fallback,
            self._lifeboat,
            AudioCache(),
            Transfers(agent, self.setup.dial_plan),
            self._store,
            self._audio,
        )
        server = await self._serve_recordings(agent)
        await agent.start(session.run)
        maintaining = asyncio.create_task(self._maintain())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        opened()
        try:
            await self._run_until_stopped(agent)
        finally:
            maintaining.cancel()
            await agent.close()
            if server is not None:
                await server.cleanup()
            self._line.close()

    async def _run_until_stopped(self, agent: Agent) -> None:
        """Wait for a signal to stop, then for the calls or a second signal. Raises SipError."""
        stop = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait([stop, agent.died], return_when=asyncio.FIRST_COMPLETED)
        if agent.died.done():
            stop.cancel()
            raise SipError("the SIP library has stopped: start the line again")
        self._stop.clear()
        again = asyncio.ensure_future(self._stop.wait())
        leaving = asyncio.ensure_future(agent.leave())
        _, rest = await asyncio.wait([leaving, again], return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()

    async def _maintain(self) -> None:
        """Refresh the words of the clips and the lifeboat, and delete old recordings."""
        while True:
            await asyncio.to_thread(self._maintain_once)
            await asyncio.sleep(MAINTENANCE_SECONDS)

    def _maintain_once(self) -> None:
        try:
            self._audio.update(list_audio(self.setup.app))
            self._lifeboat.refresh()
            if count := self._store.delete_expired(self.setup.keep_days):
                log.info("old recordings were deleted: %d", count)
        except Exception:  # no error may end the maintenance
            log.exception("the periodic maintenance failed")

    async def _serve_recordings(self, agent: Agent) -> web.AppRunner | None:
        """Serve recordings to the line, on this machine only, if there is an account."""
        setup = self.setup
        if not (setup.account_sid and setup.token and setup.recordings_port):
            log.warning("recordings can only be fetched with TWILIO_ACCOUNT_SID and ..._AUTH_TOKEN")
            return None
        app = recordings_api(self._store, setup.account_sid, setup.token, agent.status)
        runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", setup.recordings_port).start()
        except OSError as e:
            await runner.cleanup()
            raise SipError(
                f"recordings cannot be served at port {setup.recordings_port} ({e.strerror}):"
                " choose another with --recordings"
            ) from None
        return runner
