"""The line on a PBX as a process: opened, looked after, and left in peace."""

import asyncio
import logging
import signal
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from ivr.errors import SipError
from ivr.phone.files import Audio, listed
from ivr.phone.transport import HttpTransport
from ivr.sip.agent import Agent
from ivr.sip.audio_cache import AudioCache
from ivr.sip.config import Setup
from ivr.sip.fallback import Lifeboat
from ivr.sip.recording_store import Recordings, service
from ivr.sip.session import CallSession
from ivr.sip.transfer import Transfers

log = logging.getLogger("ivr.sip")

LINE_SECONDS = 6.0
"""How long the line may take to answer; a caller hears nothing meanwhile, and then the lifeboat."""

LOOK_SECONDS = 300
"""How often the line is asked for its lifeboat and the words of its clips."""

FOLDER = "sip"


class Service:
    """The parts of a line on a PBX, put together."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self._line = HttpTransport(setup.token, LINE_SECONDS)
        self._folder = setup.state / FOLDER
        self._boat = Lifeboat(self._line, setup.app, self._folder)
        self._recordings = Recordings(self._folder / "recordings")
        self._audio: dict[str, Audio] = {}
        self._stop = asyncio.Event()

    async def run(self, lifeboat: Path | None, opened: Callable[[], None]) -> None:
        """Have the line on the PBX until the process is told to end. Raises SipError."""
        self._recordings.ready()
        await asyncio.to_thread(self._boat.ready, lifeboat)
        agent = Agent(self.setup)
        answering = CallSession(
            self._line,
            self.setup.app,
            self.setup.fallback,
            self._boat,
            AudioCache(),
            Transfers(agent, self.setup.dialling),
            self._recordings,
            self._audio,
        )
        server = await self._serve_recordings()
        await agent.start(answering.take)
        looking = asyncio.create_task(self._look())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        opened()
        try:
            await self._until_told(agent)
        finally:
            looking.cancel()
            await agent.close()
            if server is not None:
                await server.cleanup()
            self._line.close()

    async def _until_told(self, agent: Agent) -> None:
        """Wait to be told to end, then for the calls, unless told again. Raises SipError."""
        stop = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait([stop, agent.died], return_when=asyncio.FIRST_COMPLETED)
        if agent.died.done():
            stop.cancel()
            raise SipError("the SIP library has given up: start the line again")
        self._stop.clear()
        again = asyncio.ensure_future(self._stop.wait())
        leaving = asyncio.ensure_future(agent.leave())
        _, rest = await asyncio.wait([leaving, again], return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()

    async def _look(self) -> None:
        """Look after what is not a call's: the clips' words, the lifeboat, old recordings."""
        while True:
            await asyncio.to_thread(self._look_once)
            await asyncio.sleep(LOOK_SECONDS)

    def _look_once(self) -> None:
        try:
            self._audio.update(listed(self.setup.app))
            self._boat.refresh()
            if count := self._recordings.forget_old(self.setup.keep_days):
                log.info("old recordings were deleted: %d", count)
        except Exception:  # whatever it is, it must not end the look
            log.exception("the line could not be looked after")

    async def _serve_recordings(self) -> web.AppRunner | None:
        """Serve recordings to the line, on this machine alone, where there is an account."""
        setup = self.setup
        if not (setup.account_sid and setup.token and setup.recordings_port):
            log.warning("recordings can only be fetched with TWILIO_ACCOUNT_SID and ..._AUTH_TOKEN")
            return None
        app = service(self._recordings, setup.account_sid, setup.token)
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
