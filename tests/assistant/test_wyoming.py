"""Home Assistant talks to the skill by the Wyoming protocol, on a port of this machine."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from wyoming.asr import Transcript
from wyoming.client import AsyncTcpClient
from wyoming.handle import Handled
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong

from ivr.dialog import Place
from ivr.schedule.duty import Duty
from ivr.script.model import Script
from ivr.skill import Answer, Service
from ivr.web.assistant import wyoming as service
from ivr.web.assistant.wyoming import Conversations, WyomingServer
from tests.assistant.conftest import NOW

HOTLINE = "1, 8 8 8, 3 7 3, 7 8 8 8"


class Counted:
    """Takes what is counted."""

    def __init__(self) -> None:
        self.nodes: list[tuple[bool, str]] = []

    def answered(self, service: Service, before: Place | None, answer: Answer) -> None:
        self.nodes.append((before is None, answer.place.node))


@pytest.fixture
def conversations(script: Script) -> Conversations:
    return Conversations(script, lambda _: Duty(True), Counted(), lambda: NOW)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def served(conversations: Conversations) -> AsyncIterator[int]:
    port = free_port()
    serving = asyncio.create_task(WyomingServer(conversations, "127.0.0.1", port).serve())
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                break
        yield port
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def say(port: int, words: str, conversation: str = "c1", language: str = "en") -> str:
    """Say something as Home Assistant passes it on: one connection an utterance."""
    async with AsyncTcpClient("127.0.0.1", port) as client:
        context = {"conversation_id": conversation, "device_id": "d1", "satellite_id": "s1"}
        await client.write_event(Transcript(words, context=context, language=language).event())
        event = await client.read_event()
        assert event is not None
        return Handled.from_event(event).text or ""


def run(conversations: Conversations, talk: Callable[[int], Awaitable[Any]]) -> Any:
    async def all_of_it() -> Any:
        async with served(conversations) as port:
            return await talk(port)

    with ThreadPoolExecutor(1) as pool:  # the thread of the tests may have a loop, a browser's
        return pool.submit(asyncio.run, all_of_it()).result()


def test_home_assistant_is_told_what_the_service_does(conversations: Conversations) -> None:
    async def talk(port: int) -> None:
        async with AsyncTcpClient("127.0.0.1", port) as client:
            await client.write_event(Describe().event())
            event = await client.read_event()
            assert event is not None
            program = Info.from_event(event).handle[0]
            assert program.name == "the family help line"
            assert program.models[0].languages == ["en", "en-US", "es", "es-US"]
            await client.write_event(Ping(text="there?").event())
            answer = await client.read_event()
            assert answer is not None
            assert Pong.from_event(answer).text == "there?"

    run(conversations, talk)


def test_a_conversation_in_each_language(conversations: Conversations) -> None:
    async def talk(port: int) -> None:
        assert (await say(port, "hello?", "c0")).startswith("In danger? Call 9 1 1 from a phone.")
        first = await say(port, "family help line")
        assert first.startswith("In danger? Call 9 1 1 from a phone. Others may hear this.")
        assert HOTLINE in first
        assert "Welcome" in await say(port, "Yes, please.")
        assert "mandated reporter" in await say(port, "I want to know what to do")
        number = await say(port, "I want to talk to a person please")
        assert number.count(HOTLINE) == 2
        assert "Call it from a phone." in number
        assert (await say(port, "stop")).endswith("Goodbye.")
        assert "En peligro" not in await say(port, "hola", "c2", "es")
        assert "Esta es la línea" in await say(port, "sí", "c2", "es")
        assert HOTLINE in await say(port, "quiero hablar con una persona", "c2", "es")

    run(conversations, talk)


def test_two_people_talk_at_a_time(conversations: Conversations) -> None:
    async def talk(port: int) -> None:
        await asyncio.gather(*(say(port, "hello", f"c{i}") for i in range(20)))
        answers = await asyncio.gather(*(say(port, "yes", f"c{i}") for i in range(20)))
        assert all("Welcome" in answer for answer in answers)

    run(conversations, talk)


def test_a_session_is_forgotten_after_a_while_and_when_it_has_ended(script: Script) -> None:
    ticks = [0.0]
    sessions = Conversations(script, lambda _: Duty(), Counted(), lambda: NOW, lambda: ticks[0])
    sessions.answer("hello", "en", "c1")
    assert "Welcome" in sessions.answer("yes", "en", "c1")
    ticks[0] = service.SESSION_SECONDS + 1
    assert "Others may hear this." in sessions.answer("what to do", "en", "c1")
    sessions.answer("stop", "en", "c1")
    assert "Others may hear this." in sessions.answer("what to do", "en", "c1")
    for i in range(service.MOST_SESSIONS + 10):
        sessions.answer("hello", "en", f"many-{i}")
    assert len(sessions._sessions) == service.MOST_SESSIONS


def test_talk_that_means_nothing_leads_to_a_number(conversations: Conversations) -> None:
    conversations.answer("hello", "en", "c1")
    conversations.answer("yes", "en", "c1")
    answers = [conversations.answer("the weather is nice", "en", "c1") for _ in range(6)]
    assert HOTLINE in answers[2]
    assert answers[5].endswith("Goodbye.")


def test_a_failure_is_answered_with_911_and_a_number(script: Script) -> None:
    def fails(_: object) -> Duty:
        raise RuntimeError("the database")

    broken = Conversations(script, fails, Counted(), lambda: NOW)
    answer = broken.answer("hello", "en", "c1")
    assert "Call 9 1 1 from a phone." in answer
    assert HOTLINE in answer


@pytest.mark.parametrize(
    "sent",
    [
        b"\n",
        b"not json\n",
        b"[]\n",
        b'{"type": "transcript"}\n',
        b'{"type": "transcript", "data": {"text": 5, "context": 7}}\n',
        b'{"type": "transcript", "data_length": 99999999999}\n',
        b'{"type": "transcript", "data_length": -5}\n',
        b'{"type": "audio-chunk", "payload_length": 99999999}\n',
        b"x" * 200_000,
        b"\xff\xfe\n",
    ],
)
def test_what_is_no_message_ends_its_own_connection_alone(
    sent: bytes, conversations: Conversations
) -> None:
    async def talk(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        writer.write_eof()
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        assert "Others may hear this." in await say(port, "hello")

    run(conversations, talk)
