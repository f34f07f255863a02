"""Requests at a steady rate, whatever the server does; latency counts from when each was due."""

import asyncio
import time
from collections.abc import Sequence

from bench.calls import HOST, Webhook

CONNECTIONS = 64


class _Connection(asyncio.Protocol):
    """A kept-alive connection with one request at a time."""

    def __init__(self) -> None:
        self._received = b""
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 for the type
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator or self._answer is None:
            return
        length = next(x for x in head.lower().split(b"\r\n") if x.startswith(b"content-length:"))
        if len(body) >= int(length[15:]) and not self._answer.done():
            self._answer.set_result(head)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("closed"))

    async def ask(self, request: bytes) -> bytes:
        self._received = b""
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._answer


async def latencies(port: int, sent: Sequence[Webhook], rate: int) -> list[float]:
    """Send `rate` requests a second; return the milliseconds of each. Raises SystemExit."""
    loop = asyncio.get_running_loop()
    free: asyncio.LifoQueue[_Connection] = asyncio.LifoQueue()
    made = [
        await loop.create_connection(_Connection, "127.0.0.1", port) for _ in range(CONNECTIONS)
    ]
    for _, connection in made:
        free.put_nowait(connection)
    requests = [_wire(w) for w in sent]
    took: list[float] = []

    async def one(request: bytes, due: float) -> None:
        connection = await free.get()
        head = await connection.ask(request)
        took.append((time.perf_counter() - due) * 1000)
        free.put_nowait(connection)
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"a request was not answered with 200: {head!r}")

    began = time.perf_counter() + 0.1
    async with asyncio.TaskGroup() as group:
        for i, request in enumerate(requests):
            due = began + i / rate
            while (ahead := due - time.perf_counter()) > 0:  # noqa: ASYNC110 it waits for the clock
                await asyncio.sleep(ahead if ahead > SPIN else 0)
            group.create_task(one(request, due))
    for transport, _ in made:
        transport.close()
    return took


SPIN = 0.002
"""Seconds before a request is due that are waited for without sleep, which is inexact."""


def _wire(webhook: Webhook) -> bytes:
    body = webhook.body.encode()
    head = (
        f"POST {webhook.path} HTTP/1.1\r\nHost: {HOST}\r\n"
        "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
        f"X-Twilio-Signature: {webhook.signature}\r\n"
        f"I-Twilio-Idempotency-Token: {webhook.token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
