"""The SIP user agent: registers, takes calls up to a limit, makes calls, and shuts down gracefully.

There is one in a process, since the SIP library (baresip) allows one. Signalling runs on asyncio's
loop. Each call has its own thread, so that a fault in one call does not reach another.
"""

import asyncio
import contextlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, MutableMapping

from baresip import BaresipError, Call, CallState, Runtime, UserAgent
from baresip.events import Event, StackEvent

from ivr.errors import SipError
from ivr.phone.parties import Parties, made_up_sid
from ivr.sip import stack_config
from ivr.sip.config import Setup, address_towards, in_uri, require_route, telephone_number
from ivr.sip.leg import COMMAND_SECONDS, Leg
from ivr.sip.reachability import check_address, check_callable
from ivr.sip.registration import Registration
from ivr.sip.source_filter import attach

log = logging.getLogger("ivr.sip")

ANONYMOUS = "+266696687"
"""The caller's number if it is withheld (Twilio: the keys of "anonymous")."""

_REMEMBERED = 500
"""Answers and ends of calls that are remembered, for those that come before their leg exists."""


def give_lost_answer(call: Call, answers: MutableMapping[int, StackEvent]) -> None:
    """Give a call the answer that came before the library had an object of it.

    Otherwise the call would ring on for ever, though somebody speaks at the other end.
    """
    answer = answers.pop(call.handle, None)
    if answer is not None and call.state is CallState.OUTGOING:
        # The library has no public way; without this method, tests/sip/test_bridge.py fails.
        call._on_stack_event(answer)  # noqa: SLF001


class Agent:
    """A user agent, set up from the operator's options."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._runtime = Runtime()
        self._agents: list[UserAgent] = []
        self._loop = asyncio.get_running_loop()
        self._ended: OrderedDict[int, str] = OrderedDict()
        self._answers: OrderedDict[int, StackEvent] = OrderedDict()
        self._legs: set[Leg] = set()
        self._refusing: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._leaving = False
        self._registration: Registration | None = None
        self._registering: asyncio.Task[None] | None = None
        self._taken = self._with_sound = 0
        self._outgoing: list[Leg] = []
        self._dialled = self._connected = 0
        self.died = self._loop.create_future()
        """Set when the SIP library has stopped; then a new process is needed."""

    @property
    def calls(self) -> int:
        """How many callers are on the line now."""
        return len(self._legs)

    async def start(self, run_call: Callable[[Leg, Parties], None]) -> None:
        """Open the line; `run_call` runs each call, in its own thread. Raises SipError."""
        self._run = run_call
        setup = self._setup
        check_address(setup.host, setup.port)
        for towards in setup.routes:
            require_route(setup.host, towards)
        try:
            await self._runtime.start(stack_config.config(setup))
            self._runtime.on_dead = self._died
            self._runtime.subscribe(self._on_event)
            for account in stack_config.accounts(setup):
                agent = await UserAgent.create(self._runtime, account, transfer_policy="reject")
                self._agents.append(agent)
        except (BaresipError, ValueError) as e:
            where = f"{in_uri(setup.host)}:{setup.port}"
            raise SipError(f"the line cannot be opened at {where}: {e}") from None
        await asyncio.to_thread(
            check_callable, self._own_address(), setup.port, setup.identity.user
        )
        if setup.peers:
            attach(setup.port, setup.peers)
        for agent in self._agents:
            agent.on_incoming(self._on_call)  # until now, nothing answers a call
        if setup.registers:
            self._registration = Registration(self._agents[0])
            self._registering = self._loop.create_task(self._registration.run())

    def _own_address(self) -> str:
        """Return an address at which this machine can call the line."""
        if self._setup.host != "0.0.0.0" or not self._setup.peers:  # noqa: S104 compared
            return self._setup.host
        return address_towards(str(self._setup.peers[0].network_address))

    async def leave(self) -> None:
        """Take no more calls, and wait until the present ones have ended."""
        self._leaving = True
        if self._registering is not None:
            self._registering.cancel()
        if self._registration is not None:
            try:
                await self._agents[0].unregister(timeout=COMMAND_SECONDS / 2)
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
        if not self._agents:
            raise BaresipError("the line is not open")
        identity = f"<sip:{shown}@{self._setup.identity.domain}>"
        # RFC 3325; Asterisk reads P-Asserted-Identity alone (trust_id_inbound).
        names = ("P-Preferred-Identity", "P-Asserted-Identity")
        call = await self._agents[0].dial(
            address, headers=dict.fromkeys(names if shown else (), identity)
        )
        # The call may have been answered, or have ended, before the library made an object of it.
        give_lost_answer(call, self._answers)
        leg = Leg(call, self._loop, self._ended.pop(call.handle, None))
        self._dialled += 1
        self._count_outgoing()
        self._outgoing.append(leg)
        return leg

    def _count_outgoing(self) -> None:
        """Count the calls to people that are over, and were answered."""
        self._connected += sum(leg.was_answered for leg in self._outgoing if leg.is_over)
        self._outgoing = [leg for leg in self._outgoing if not leg.is_over]

    def status(self) -> dict[str, str | int]:
        """Return how the line stands at the PBX, for `ivr doctor`; counted since it was opened."""
        self._count_outgoing()
        tones = ", tones in the sound" if self._setup.inband else ""
        return {
            "registration": self._registration.state if self._registration is not None else "",
            "taken": self._taken,
            "with_sound": self._with_sound + sum(leg.has_sent_sound for leg in self._legs),
            "dialled": self._dialled,
            "answered": self._connected + sum(leg.was_answered for leg in self._outgoing),
            "codecs": "PCMU, PCMA" + (", encrypted alone (SRTP)" if self._setup.srtp else ""),
            "keys": f"taken by RFC 4733, SIP INFO (dtmf-relay){tones}; sent by RFC 4733",
        }

    def _on_event(self, event: StackEvent) -> None:
        if event.event is Event.CALL_ESTABLISHED:
            self._answers[event.call] = event
        elif event.event is Event.CALL_CLOSED:
            self._answers.pop(event.call, None)
            self._ended[event.call] = event.text or ""
        for remembered in (self._answers, self._ended):
            while len(remembered) > _REMEMBERED:
                remembered.popitem(last=False)

    def _on_call(self, call: Call) -> None:
        setup = self._setup
        leg = Leg(call, self._loop, inband=setup.inband)
        if self._leaving or self.calls >= setup.calls:
            log.warning("a call was refused as busy: %d go on", self.calls)
            self._refuse(call)
            return
        self._legs.add(leg)
        self._idle.clear()
        self._taken += 1
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
        self._with_sound += leg.has_sent_sound
        if not self._legs:
            self._idle.set()

    def _parties(self, call: Call) -> Parties:
        caller = telephone_number(call.peer or "") or ANONYMOUS
        sid = self._setup.account_sid or made_up_sid("AC")
        return Parties(caller, self._setup.number, made_up_sid("CA"), sid)


async def _refused(call: Call) -> None:
    with contextlib.suppress(BaresipError):  # the caller may have hung up
        await call.reject()
