"""A Wyoming service with which Home Assistant answers what is said to its assistant.

Home Assistant sends each utterance on a connection of its own, with the id of the conversation
(https://www.home-assistant.io/integrations/wyoming/). Sessions are kept in memory for a few
minutes; nothing of what is said is stored or logged.
"""

import asyncio
import datetime as dt
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from wyoming.asr import Transcript
from wyoming.event import Event
from wyoming.handle import Handled
from wyoming.info import Attribution, Describe, HandleModel, HandleProgram, Info
from wyoming.ping import Ping, Pong
from wyoming.server import AsyncEventHandler, AsyncTcpServer

from ivr.dialog import Place
from ivr.schedule.duty import Duty
from ivr.script.model import Script
from ivr.skill import Answer, Service
from ivr.skill.alexa import language_of
from ivr.skill.conversation import read_place, respond
from ivr.skill.meaning import NOTHING, OPEN, understand
from ivr.skill.sayings import context_at
from ivr.skill.speech_markup import plain
from ivr.web.assistant.telemetry import SessionTelemetry

log = logging.getLogger("ivr.assistant")

SERVICE: Service = "wyoming"

SESSION_SECONDS = 300.0
"""Seconds after which an unanswered session is forgotten."""

MOST_SESSIONS = 1000
"""Sessions that are kept; the oldest is forgotten first."""

MOST_BYTES = 65_536
"""Bytes of the longest part of a message that is read."""

MOST_CONNECTIONS = 100
IDLE_SECONDS = 60.0
"""How many connections are served at a time, and how long one may stay open."""

MOST_WORDS = 500
"""Characters of an utterance that are looked at."""


@dataclass
class Conversations:
    """The sessions of one line. `duty` returns who is at the agency at a moment (aware)."""

    script: Script
    duty: Callable[[dt.datetime], Duty]
    telemetry: SessionTelemetry
    clock: Callable[[], dt.datetime]
    ticks: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """Begin without sessions, in the words of a speaker."""
        self._script = self.script.on_speaker
        self._sessions: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def answer(self, words: str, locale: str, conversation: str) -> str:
        """Return what is said to an utterance. Whatever fails, it is 911 and a number."""
        language = language_of(self._script, locale)
        try:
            return self._answer(words[:MOST_WORDS], language, conversation)
        except Exception:
            log.exception("an utterance could not be answered as it should")
            place = Place(language, self._script.graph.person)
            return plain((context_at(self._script, place).spoken("lifeboat"),))

    def _answer(self, words: str, language: str, conversation: str) -> str:
        script, url = self._script, self._place_of(conversation)
        place = read_place(script, language, url or "")
        meaning = understand(script, language, words)
        if url is None and meaning == NOTHING:
            meaning = OPEN
        answer = respond(script, SERVICE, place, meaning, self.duty(self.clock()))
        self._keep(conversation, answer)
        self.telemetry.answered(SERVICE, None if url is None else place, answer)
        return plain(answer.words)

    def _place_of(self, conversation: str) -> str | None:
        session = self._sessions.get(conversation)
        if session is None or self.ticks() - session[0] > SESSION_SECONDS:
            return None
        return session[1]

    def _keep(self, conversation: str, answer: Answer) -> None:
        self._sessions.pop(conversation, None)
        if conversation and not answer.ends:
            self._sessions[conversation] = self.ticks(), answer.place.url()
        while len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)


class _BoundedReader:
    """Reads from a connection, but no part of a message that is longer than any of ours."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def readline(self) -> bytes:
        """Return a line."""
        return await self._reader.readline()

    async def readexactly(self, count: int) -> bytes:
        """Return that many bytes. Raises ValueError if they are too many."""
        if not 0 <= count <= MOST_BYTES:
            raise ValueError("a message is too long")
        return await self._reader.readexactly(count)

    def feed_eof(self) -> None:
        """End the connection."""
        self._reader.feed_eof()


class _Handler(AsyncEventHandler):
    """One connection."""

    def __init__(
        self,
        conversations: Conversations,
        connections: asyncio.Semaphore,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        super().__init__(_BoundedReader(reader), writer)  # type: ignore[arg-type] # what it reads by
        self._conversations = conversations
        self._connections = connections

    async def run(self) -> None:
        """Serve the connection until it is closed, idle too long, or says what is no message."""
        with _logged():
            async with asyncio.timeout(IDLE_SECONDS), self._connections:
                await super().run()
        self.writer.close()

    async def handle_event(self, event: Event) -> bool:
        """Answer a message; others than those of a conversation are passed over."""
        if Describe.is_type(event.type):
            await self.write_event(self._info().event())
        elif Ping.is_type(event.type):
            await self.write_event(Pong(text=Ping.from_event(event).text).event())
        elif Transcript.is_type(event.type):
            utterance = Transcript.from_event(event)
            context = utterance.context if isinstance(utterance.context, dict) else {}
            conversation = str(context.get("conversation_id") or "")[:MOST_WORDS]
            words = self._conversations.answer(
                str(utterance.text), str(utterance.language or ""), conversation
            )
            await self.write_event(Handled(text=words, context=utterance.context).event())
        return True

    def _info(self) -> Info:
        line = self._conversations.script.line
        about: dict[str, Any] = {
            "attribution": Attribution(name="ivr", url=""),
            "installed": True,
            "description": "The line's words, for a speaker",
            "version": None,
        }
        languages = [
            tag for code, one in line.languages.items() for tag in (code, one.speech) if tag
        ]
        model = HandleModel(name="ivr", languages=languages, **about)
        name = line.agency.name[line.default_language]
        return Info(handle=[HandleProgram(name=name, models=[model], **about)])


@contextmanager
def _logged() -> Iterator[None]:
    """Pass over the end of a connection, and log what else ends it, without its words."""
    try:
        yield
    except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
        pass
    except Exception as e:  # noqa: BLE001 a stranger's message must not end the service
        log.warning("a connection was closed: %s", type(e).__name__)


class WyomingServer:
    """The service on a port of this machine."""

    def __init__(self, conversations: Conversations, host: str, port: int) -> None:
        self._conversations = conversations
        self._server = AsyncTcpServer(host, port)

    async def serve(self) -> None:
        """Serve until the task is cancelled. Raises OSError if the port cannot be had."""
        connections = asyncio.Semaphore(MOST_CONNECTIONS)
        await self._server.run(
            lambda reader, writer: _Handler(self._conversations, connections, reader, writer)
        )
