"""Measures the line on a PBX: gaps in the sound, the reaction to a key, memory and CPU.

    python -m bench.sip

The calls are real SIP calls on this machine: the callers are telephones in this process, the line
is a process of its own. First many calls at once hear a steady tone, and the gaps in what they
recorded are counted. Then callers of the shipped line press keys, and the time to the next sound
is measured.
"""

import argparse
import asyncio
import io
import statistics
import tempfile
import time
import wave
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.rivals import TOKEN
from bench.served import cpu_seconds
from bench.served import line as serving
from ivr.cli.local_server import on_loopback
from tests.serving import free_port
from tests.sip.conftest import Opened, opened
from tests.sip.telephones import FRAME, RATE, Telephone, Telephones, loud, telephones

DOCUMENT = """<Response><Gather numDigits="1" finishOnKey="" timeout="60" action="/voice/again">
<Play loop="9">/tone.wav</Play></Gather></Response>"""
BOAT = "<Response><Say>Dial 9 1 1.</Say><Dial>+12025550111</Dial></Response>"

GAP_SECONDS = 0.04
"""Seconds of silence in a tone that can be heard as a gap."""

OPENING_SECONDS = 9.0
"""Seconds of the opening during which keys do nothing."""

WAY = ("1", "1", "*", "2", "*", "7", "#", "1", "*", "4", "*", "2")


def main() -> None:
    """Make the calls, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--callers", type=int, default=6, help="who press keys")
    options = parser.parse_args()
    table = Table("what", "figure")
    with telephones(free_port()) as phones, tempfile.TemporaryDirectory() as room:
        for row in load(phones, Path(room), options.calls, options.seconds):
            table.add_row(*row)
        for row in keys(phones, Path(room), options.callers):
            table.add_row(*row)
    Console().print(table)


def load(phones: Telephones, room: Path, calls: int, seconds: float) -> list[tuple[str, str]]:
    """Let `calls` callers hear a tone at once, for `seconds`; return rows of the table."""
    Telephone.looks = 0.05
    with ExitStack() as stack:
        app = stack.enter_context(on_loopback(tone))
        line = stack.enter_context(opened(room / "load", app, phones.port, "--calls", str(calls)))
        before = line.memory()
        began = cpu_seconds(line.process.pid)
        calls_made = phones.run(hear(phones, line, calls, seconds), seconds=seconds + calls + 60)[0]
        used = (cpu_seconds(line.process.pid) - began) / (seconds + calls / 10)
        most = max(memory for _, memory in calls_made)
    Telephone.looks = 0.01
    gaps = [gap for phone, _ in calls_made for gap in gaps_in(phone)]
    long = [gap for gap in gaps if gap > GAP_SECONDS]
    total = sum(phone.seconds for phone, _ in calls_made)
    return [
        ("calls at once", str(len(calls_made))),
        ("sound recorded", f"{total / 60:.0f} min"),
        ("gaps over 40 ms", str(len(long))),
        ("the longest gap", f"{max(gaps, default=0) * 1000:.0f} ms"),
        ("memory, no call", f"{before:.0f} MiB"),
        ("memory a call", f"{(most - before) / len(calls_made):.2f} MiB"),
        ("CPU of the line", f"{used * 100:.0f} % of a core"),
    ]


async def hear(
    phones: Telephones, line: Opened, calls: int, seconds: float
) -> list[tuple[Telephone, float]]:
    """Return each caller's telephone, and the memory of the line during its call, in MiB."""

    async def one(i: int) -> tuple[Telephone, float]:
        await asyncio.sleep(i / 10)
        phone = await phones.dial(line.address, seconds=30)
        await asyncio.sleep(seconds + (calls - i) / 10)
        memory = line.memory()
        await phone.hang_up()
        return phone, memory

    return list(await asyncio.gather(*(one(i) for i in range(calls))))


def keys(phones: Telephones, room: Path, callers: int) -> list[tuple[str, str]]:
    """Let callers of the shipped line press keys; return rows with the times of its reaction."""
    with ExitStack() as stack:
        app = stack.enter_context(serving(workers=1))
        url = f"http://127.0.0.1:{app.port}/voice"
        line = stack.enter_context(opened(room / "keys", url, phones.port, TWILIO_AUTH_TOKEN=TOKEN))
        pressed = phones.run(*(press(phones, line, i) for i in range(callers)), seconds=120)
    quiet = [q for one in pressed for q, _ in one]
    sound = sorted(s for one in pressed for _, s in one)
    return [
        ("keys pressed", str(len(sound))),
        ("key to silence, median", f"{statistics.median(quiet) * 1000:.0f} ms"),
        ("key to silence, longest", f"{max(quiet) * 1000:.0f} ms"),
        ("key to first sound, median", f"{statistics.median(sound) * 1000:.0f} ms"),
        ("key to first sound, p99", f"{sound[int(len(sound) * 0.99)] * 1000:.0f} ms"),
    ]


async def press(phones: Telephones, line: Opened, i: int) -> list[tuple[float, float]]:
    """Return, for each key, the seconds until silence and until the next sound."""
    await asyncio.sleep(i * 0.7)
    phone = await phones.dial(line.address)
    await phone.waits(OPENING_SECONDS)
    took = []
    for key in WAY:
        await phone.waits(2.5)
        at = len(phone.sound)
        await phone.press(key)
        await phone.waits(1.5)
        frames = loud(phone.sound[at:])
        if not loud(phone.sound[at - FRAME * 20 : at]).any():
            continue  # nothing was playing when the key was pressed
        quiet = next((j for j in range(len(frames) - 6) if not frames[j : j + 6].any()), None)
        if quiet is None:
            raise SystemExit(f"the key {key} did not stop the sound")
        later = int(np.argmax(frames[quiet:])) + quiet
        took.append((quiet * FRAME / RATE, later * FRAME / RATE))
    await phone.hang_up()
    return took


def gaps_in(phone: Telephone) -> list[float]:
    """Return the seconds of each silence within a tone, without those at its ends."""
    frames = loud(phone.sound)
    sounding = np.flatnonzero(frames)
    apart = np.diff(sounding)
    return [float((n - 1) * FRAME / RATE) for n in apart[apart > 1]]


def tone(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    """A WSGI application that answers every call with a tone."""
    path = environ["PATH_INFO"]
    kind = "audio/wav" if path.endswith(".wav") else "text/xml"
    body = TONE if path.endswith(".wav") else (BOAT if "lifeboat" in path else DOCUMENT).encode()
    start("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def _tone() -> bytes:
    at = np.arange(RATE * 10)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.sin(2 * np.pi * 440 / RATE * at) * 9000).astype("<i2").tobytes())
    return file.getvalue()


TONE = _tone()

if __name__ == "__main__":
    began = time.monotonic()
    main()
    print(f"{time.monotonic() - began:.0f} s")
