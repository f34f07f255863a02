"""The SIP user agent: registers, takes calls up to a limit, makes calls, and shuts down gracefully.

There is one in a process, since the SIP library (baresip) allows one. Signalling runs on asyncio's
loop. Each call has its own thread, so that a fault in one call does not reach another.
"""

import asyncio
import contextlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable

from baresip import Account, BaresipError, Call, Config, RegistrationError, Runtime, UserAgent
from baresip.events import Event, StackEvent

from ivr.errors import SipError
from ivr.phone.parties import Parties, made_up_sid
from ivr.sip.config import Setup, is_loopback, telephone_number
from ivr.sip.leg import COMMAND_SECONDS, Leg
from ivr.sip.source_filter import attach

log = logging.getLogger("ivr.sip")

REGISTER_SECONDS = 300
"""Seconds that a registration lasts; the library renews it in time."""

AGAIN_SECONDS = (2, 5, 15, 30, 60)
"""Seconds before each retry of a failed registration; the last one repeats."""

SILENT_SECONDS = 120
"""Seconds without sound after which a call counts as dead: the message that it ended was lost."""

ANONYMOUS = "+266696687"
"""The caller's number if it is withheld (Twilio: the keys of "anonymous")."""

_ENDED = 500
"""Ended calls that are remembered, for a call that ends before its leg exists."""


class Agent:
    """A user agent, set up from the operator's options."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._runtime = Runtime()
        self._ua: UserAgent | None = None
        self._loop = asyncio.get_running_loop()
        self._ended: OrderedDict[int, str] = OrderedDict()
        self._legs: set[Leg] = set()
        self._refusing: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._leaving = False
        self._registering: asyncio.Task[None] | None = None
        self.died = self._loop.create_future()
        """Set when the SIP library has stopped; then a new process is needed."""

    @property
    def calls(self) -> int:
        """How many callers are on the line now."""
        return len(self._legs)

    async def start(self, run_call: Callable[[Leg, Parties], None]) -> None:
        """Open the line; `run_call` runs each call, in its own thread. Raises SipError."""
        self._run = run_call
        try:
            await self._runtime.start(_config(self._setup))
            self._runtime.on_dead = self._died
            self._runtime.subscribe(self._on_event)
            if self._setup.peers:
                attach(self._setup.port, self._setup.peers)
            account = _account(self._setup)
            self._ua = await UserAgent.create(self._runtime, account, transfer_policy="reject")
        except (BaresipError, ValueError) as e:
            host, port = self._setup.host, self._setup.port
            raise SipError(f"the line cannot be opened at {host}:{port}: {e}") from None
        self._ua.on_incoming(self._on_call)
        if self._setup.registers:
            self._registering = self._loop.create_task(self._keep_registered())

    async def leave(self) -> None:
        """Take no more calls, and wait until the present ones have ended."""
        self._leaving = True
        if self._registering is not None:
            self._registering.cancel()
        if self._ua is not None and self._setup.registers:
            try:
                await self._ua.unregister(timeout=COMMAND_SECONDS / 2)
            except BaresipError as e:
                log.warning("the line could not unregister from the PBX: %s", e)
        log.info("the line takes no more calls; calls that go on: %d", self.calls)
        await self._idle.wait()

    async def close(self) -> None:
        """End the calls that go on, and stop the SIP library."""
        for leg in list(self._legs):
            await asyncio.to_thread(leg.hang_up)
        try:
            await self._runtime.close()
        except BaresipError as e:
            log.warning("%s", e)

    def _died(self) -> None:
        if not self.died.done():
            self.died.set_result(None)

    def dial(self, address: str, shown: str) -> Leg | None:
        """Begin a call to an address, showing a number (E.164); return None if it fails."""
        work = asyncio.run_coroutine_threadsafe(self._dial(address, shown), self._loop)
        try:
            return work.result(COMMAND_SECONDS)
        except (BaresipError, ValueError, TimeoutError) as e:
            log.error("a call to the PBX cannot be made: %s", e)  # noqa: TRY400 one line
            return None

    async def _dial(self, address: str, shown: str) -> Leg:
        if self._ua is None:
            raise BaresipError("the line is not open")
        domain = self._setup.identity.domain
        headers = {"P-Preferred-Identity": f"<sip:{shown}@{domain}>"} if shown else {}
        call = await self._ua.dial(address, headers=headers)
        # The call may have ended already: then its event came before the leg could see it.
        return Leg(call, self._loop, self._ended.pop(call.handle, None))

    def _on_event(self, event: StackEvent) -> None:
        if event.event is Event.CALL_CLOSED:
            self._ended[event.call] = event.text or ""
            while len(self._ended) > _ENDED:
                self._ended.popitem(last=False)

    def _on_call(self, call: Call) -> None:
        leg = Leg(call, self._loop)
        if self._leaving or self.calls >= self._setup.calls:
            log.warning("a call was refused as busy: %d go on", self.calls)
            self._refuse(call)
            return
        self._legs.add(leg)
        self._idle.clear()
        thread = threading.Thread(
            target=self._run_call, args=(leg, self._parties(call)), daemon=True
        )
        try:
            thread.start()
        except RuntimeError:
            log.error("a call was refused as busy: there is no thread left")  # noqa: TRY400
            self._call_over(leg)
            self._refuse(call)

    def _refuse(self, call: Call) -> None:
        refusing = self._loop.create_task(_refused(call))
        self._refusing.add(refusing)  # the loop holds tasks only weakly
        refusing.add_done_callback(self._refusing.discard)

    def _run_call(self, leg: Leg, parties: Parties) -> None:
        """Run a call, in its thread; an exception ends this call only."""
        try:
            self._run(leg, parties)
        except Exception:
            log.exception("a call ended by an internal error")
            leg.hang_up()
        finally:
            self._loop.call_soon_threadsafe(self._call_over, leg)

    def _call_over(self, leg: Leg) -> None:
        self._legs.discard(leg)
        if not self._legs:
            self._idle.set()

    def _parties(self, call: Call) -> Parties:
        caller = telephone_number(call.peer or "") or ANONYMOUS
        sid = self._setup.account_sid or made_up_sid("AC")
        return Parties(caller, self._setup.number, made_up_sid("CA"), sid)

    async def _keep_registered(self) -> None:
        """Register, and register again if the registration is lost; the library renews it."""
        failed = asyncio.Event()
        if self._ua is None:
            return

        def on_event(event: StackEvent) -> None:
            if event.event is Event.REGISTER_FAIL:
                failed.set()

        self._ua.on(on_event)
        tries = 0
        while True:
            failed.clear()
            try:
                await self._ua.register()
            except RegistrationError as e:
                wait = AGAIN_SECONDS[min(tries, len(AGAIN_SECONDS) - 1)]
                log.error("the PBX refuses the line's registration: %s; next try in %d s", e, wait)  # noqa: TRY400
                tries += 1
                await asyncio.sleep(wait)
                continue
            log.info("the line is registered at the PBX")
            tries = 0
            await failed.wait()
            log.warning("the registration at the PBX was lost")


async def _refused(call: Call) -> None:
    with contextlib.suppress(BaresipError):  # the caller may have hung up
        await call.reject()


def _config(setup: Setup) -> Config:
    lines = [
        f"sip_listen {setup.host}:{setup.port}",
        "sip_verify_server yes",
        "audio_jitter_buffer_type fixed",
        "call_hold_other_calls no",
    ]
    # With TLS the library listens at the next port, too, and needs a certificate for it.
    tls = setup.certificate is not None or setup.identity.transport == "tls"
    lines.append(f"sip_transports udp,tcp{',tls' if tls else ''}")
    if setup.registers:
        lines.append("filter_registrar udp,tcp,tls")  # only the PBX may call
    if setup.certificate is not None:
        lines.append(f"sip_certificate {setup.certificate}")
    if setup.authorities is not None:
        lines.append(f"sip_cafile {setup.authorities}")
    anywhere = setup.host in {"0.0.0.0", "::"}  # noqa: S104 compared, not bound
    return Config(
        net_interface=None if anywhere else setup.host,
        max_concurrent_calls=None,  # the agent counts: a refused call must not use up a leg
        rtp_timeout=0 if is_loopback(setup.host) else SILENT_SECONDS,
        native_log_level="warning",
        sip_trace=setup.trace,
        extra_config_text="\n".join(lines) + "\n",
    )


def _account(setup: Setup) -> Account | str:
    """Return the line's identity in the library's form.

    A registered account takes calls over its own transport only, a trunk over any.
    """
    identity = setup.identity
    account = Account(
        identity.user,
        identity.domain,
        password=setup.password,
        reg_interval=REGISTER_SECONDS if setup.registers else 0,
        transport=identity.transport,
        audio_codecs=("pcmu", "pcma"),
        dtmf_mode="rtpevent",
        extra_params=("mediaenc=srtp-mand",) if setup.srtp else (),
    )
    return account if setup.registers else account.aor().replace(";transport=udp", "", 1)
