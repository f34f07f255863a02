"""Malformed SIP, and SIP from who has no business here: refused or dropped, and the line goes on.

IVR_SIP_FUZZ=5000 pytest tests/sip/test_fuzz.py    (make fuzz-sip)
"""

import os
import random
import socket
import time
from collections.abc import Callable

import pytest

from tests.sip.conftest import IN_ONE_WORKER, Opens
from tests.sip.telephones import Telephones

pytestmark = IN_ONE_WORKER

MESSAGES = int(os.environ.get("IVR_SIP_FUZZ", "400"))

METHODS = (
    "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "MESSAGE", "REFER", "SUBSCRIBE",
    "NOTIFY", "INFO", "UPDATE", "PRACK", "X",
)  # fmt: skip
SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
)
ODD = (
    "", "\0", "%00", "-1", "99999999999999999999", "\u00ff" * 40, "A" * 3000, ";" * 200, "<<>>",
    "sip:", "sip:@", "sips:ivr@[::1", '"', "\r\n\r\n", " \t ", "%s%n%x", "../../etc", "\ufeff",
)  # fmt: skip


def message(chance: random.Random, port: int, mine: int) -> bytes:
    """Return a SIP message as anybody may send one, with something odd about it."""
    method = chance.choice(METHODS)
    user = chance.choice(("ivr", "ivr", "admin", "1000", "", "ivr;x=" + "y" * 50))
    branch = f"z9hG4bK{chance.getrandbits(60):x}"
    body = SDP if chance.random() < 0.6 else chance.choice(ODD)
    lines = [
        f"{method} sip:{user}@127.0.0.1:{port} SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:{mine};branch={branch};rport",
        f"From: <sip:x@127.0.0.1>;tag={chance.getrandbits(30):x}",
        f"To: <sip:{user}@127.0.0.1>",
        f"Call-ID: {chance.getrandbits(60):x}",
        f"CSeq: {chance.choice((1, 0, -1, 2**33))} {method}",
        f"Contact: <sip:x@127.0.0.1:{mine}>",
        "Max-Forwards: " + chance.choice(("70", "0", "-5", "x")),
        "Refer-To: <sip:18883737888@127.0.0.1>" if chance.random() < 0.2 else "Event: refer",
        "Content-Type: " + chance.choice(("application/sdp", "text/plain", "multipart/mixed")),
        f"Content-Length: {chance.choice((len(body), 0, 5, -1, 10**9))}",
    ]
    for _ in range(chance.randint(0, 3)):
        what, i = chance.random(), chance.randrange(len(lines))
        if what < 0.3:
            name, colon, _ = lines[i].partition(":")
            lines[i] = name + colon + " " + chance.choice(ODD)
        elif what < 0.5:
            lines.insert(i, lines[i])
        elif what < 0.7:
            del lines[i]
        else:
            lines.insert(i, chance.choice(ODD))
    packet = bytearray(("\r\n".join(lines) + "\r\n\r\n" + body).encode(errors="replace"))
    if chance.random() < 0.4:
        for _ in range(chance.randint(1, 8)):
            packet[chance.randrange(len(packet))] = chance.randrange(256)
    if chance.random() < 0.2:
        packet = packet[: chance.randrange(len(packet) + 1)]
    return bytes(packet[:60000])


@pytest.mark.timeout(1200)
def test_malformed_messages_do_the_line_no_harm(
    urls: Callable[..., str], opens: Opens, phones: Telephones
) -> None:
    chance = random.Random(10)  # noqa: S311 a test's messages
    with opens(urls("shipped"), "--calls", "20") as line:
        before = line.memory()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            mine = s.getsockname()[1]
            for i in range(MESSAGES):
                s.sendto(message(chance, line.port, mine), ("127.0.0.1", line.port))
                if i % 20 == 0:
                    time.sleep(0.05)
                    assert line.process.poll() is None, line.log_text[-3000:]

        answered = phones.run(goes_on(phones, line.address), seconds=100)
        assert answered == [True]
        assert line.memory() - before < 60
        assert "Traceback" not in line.log_text


async def goes_on(phones: Telephones, address: str) -> bool:
    """Tell whether the line answers a call, once the half calls of before have run out."""
    end = time.monotonic() + 80
    while time.monotonic() < end:
        try:
            phone = await phones.dial(address, seconds=10)
        except Exception:  # noqa: BLE001 busy with what was sent before
            await phones.later(3)
            continue
        await phone.until_sound()
        await phone.hang_up()
        return True
    return False
